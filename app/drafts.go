package app

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parlance-chat/parlance/app/tasks"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// draftDelay is how long typing must rest before a draft is stored: short enough
// that a crash costs a word, long enough that typing costs no disk.
const draftDelay = 300 * time.Millisecond

// drafts holds what is typed and not sent, for every conversation, and stores it
// soon after it changed. Its methods are for the UI goroutine unless they say
// otherwise.
//
// A text that is on its way to the disk as a message is stored as part of the
// draft until it got there: whatever ends the program, the text is in one of the
// two.
type drafts struct {
	save  func(id chat.ConversationID, text string) // must not wait
	do    func(func())
	texts map[chat.ConversationID]string
	dirty map[chat.ConversationID]bool
	timer *time.Timer

	mu       sync.Mutex
	underway map[chat.ConversationID][]string // guarded by mu
}

func newDrafts(t *tasks.Tasks, core Core) *drafts {
	d := &drafts{
		do:       t.Do,
		texts:    make(map[chat.ConversationID]string),
		dirty:    make(map[chat.ConversationID]bool),
		underway: make(map[chat.ConversationID][]string),
	}
	d.save = func(id chat.ConversationID, text string) {
		t.Write(func(ctx context.Context) {
			// A draft that cannot be stored stays in memory; a disk that is full is
			// reported when the message is sent.
			_ = core.SetDraft(ctx, id, d.withUnderway(id, text))
		})
	}
	return d
}

// loaded takes the stored draft of a conversation, unless a newer one was typed.
func (d *drafts) loaded(c chat.Conversation) {
	if _, ok := d.texts[c.ID]; !ok {
		d.texts[c.ID] = c.Draft
	}
}

// text returns what is typed for a conversation.
func (d *drafts) text(id chat.ConversationID) string { return d.texts[id] }

// changed says that text is now what is typed.
func (d *drafts) changed(id chat.ConversationID, text string) {
	if d.texts[id] == text {
		return
	}
	d.texts[id] = text
	d.dirty[id] = true
	if d.timer != nil {
		d.timer.Stop()
	}
	d.timer = time.AfterFunc(draftDelay, func() { d.do(d.flush) })
}

// flush stores every draft that changed.
func (d *drafts) flush() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	for id := range d.dirty {
		d.save(id, d.texts[id])
	}
	clear(d.dirty)
}

// sending says that text has been taken out of the box to be sent.
func (d *drafts) sending(id chat.ConversationID, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.underway[id] = append(d.underway[id], text)
}

// sent says that a text is stored as a message. It may be called on any
// goroutine.
func (d *drafts) sent(id chat.ConversationID, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.underway[id]
	if i := slices.Index(list, text); i >= 0 {
		d.underway[id] = slices.Delete(list, i, i+1)
	}
}

// failed puts a text that could not be sent back before what was typed since.
func (d *drafts) failed(id chat.ConversationID, text string) {
	d.sent(id, text)
	d.changed(id, joined(text, d.texts[id]))
}

func (d *drafts) withUnderway(id chat.ConversationID, text string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return joined(append(slices.Clone(d.underway[id]), text)...)
}

// joined puts texts below one another, leaving out empty ones.
func joined(texts ...string) string {
	texts = slices.DeleteFunc(texts, func(t string) bool { return t == "" })
	return strings.Join(texts, "\n")
}
