package chatlog

import (
	"fmt"

	"github.com/parlance-chat/parlance/app/chatlog/pages"
	"github.com/parlance-chat/parlance/app/chatlog/selection"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// UpdateState shows how far own messages have come.
func (l *Log) UpdateState(ids []chat.MessageID, state chat.State) {
	for _, id := range ids {
		l.setState(id, state)
		if l.loading { // what is being read may be from before
			if l.pendingStates == nil {
				l.pendingStates = make(map[chat.MessageID]chat.State)
			}
			l.pendingStates[id] = state
		}
	}
	l.changed()
}

func (l *Log) setState(id chat.MessageID, state chat.State) {
	if i, ok := l.win.Find(id); ok {
		l.win.Messages[i].State = state
	}
}

// Update takes over messages that are different now: edited, taken back,
// reacted to, or come further. They stand where they stood; those that are not
// held are left alone.
func (l *Log) Update(messages []chat.Message) {
	if l.loading { // what is being read may be from before
		l.pendingChange = append(l.pendingChange, messages...)
	}
	follow := l.atEnd
	if l.change(messages); follow {
		l.toEnd()
	}
	l.changed()
}

// change puts messages in the place of what they were, and into the quotes of
// them that are held.
func (l *Log) change(messages []chat.Message) {
	if len(messages) == 0 {
		return
	}
	changed := make(map[chat.MessageID]*chat.Message, len(messages))
	for i := range messages {
		m := &messages[i]
		changed[m.ID] = m
		k, ok := l.win.Find(m.ID)
		if !ok {
			continue
		}
		held := &l.win.Messages[k]
		if from, to := l.selection.Ends(); held.Text != m.Text && (from.Position == held.Position || to.Position == held.Position) {
			l.setSelection(selection.Span{}) // its places are not places of the new text
		}
		position := held.Position
		*held = *m
		held.Position = position
		l.dropHeight(m.ID)
	}
	for i := range l.win.Messages {
		m := &l.win.Messages[i]
		if m.Answers == nil || changed[m.Answers.ID] == nil {
			continue
		}
		quote := *m.Answers // the one there may be somebody else's, too
		if text := beginning(changed[quote.ID].Text); text != quote.Text {
			quote.Text = text
			m.Answers = &quote
			l.dropHeight(m.ID)
		}
	}
}

// beginning returns as much of a text as a quote needs.
func beginning(text string) string {
	const most = 200
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i]
		}
	}
	return text
}

// Gone lets go of the messages before a position: they are no longer kept.
func (l *Log) Gone(before chat.Position) {
	if l.conv.Source == nil {
		return
	}
	if l.gone.Less(before) {
		l.gone = before
	}
	l.oldest = chat.Position{}
	dropped := l.win.DropBefore(before)
	for _, m := range dropped {
		l.dropHeight(m.ID)
	}
	l.anchor.index = max(l.anchor.index-len(dropped), 0)
	if len(dropped) > 0 && l.win.Len() == 0 && l.win.Newer {
		l.load(read{want: pages.Around, at: before, limit: firstPage, place: placeStart})
	}
	l.changed()
}

// overtaken says whether a read brought what is no longer kept.
func (l *Log) overtaken(res pages.Result) bool {
	for _, page := range [][]chat.Message{res.Older, res.Newer} {
		if len(page) > 0 && page[0].Position.Less(l.gone) {
			return true
		}
	}
	return res.First.Less(l.gone) && !res.First.IsZero()
}

// SetReadOnly says whether menus leave out what would write.
func (l *Log) SetReadOnly(on bool) { l.conv.ReadOnly = on }

// LastOwn returns the newest message of one's own that can be edited, of those
// that are held.
func (l *Log) LastOwn() (chat.Message, bool) {
	for i := l.win.Len() - 1; i >= 0; i-- {
		m := &l.win.Messages[i]
		if l.canEdit(m) {
			return *m, true
		}
		if m.Own && m.Kind == chat.Room { // one that was refused long ago is not meant
			break
		}
	}
	return chat.Message{}, false
}

// canEdit says whether a message can be changed or taken back; servers of rooms
// know nothing of that, but what they refused is here alone.
func (l *Log) canEdit(m *chat.Message) bool {
	return m.Own && (m.Kind != chat.Room || m.State == chat.Refused) && m.Change == nil && !m.Retracted && !l.conv.ReadOnly
}

// FollowQuote brings a message to the middle, as JumpTo does, wherever it is.
func (l *Log) FollowQuote(id chat.MessageID) {
	if i, ok := l.win.Find(id); ok {
		l.JumpTo(l.win.Messages[i].Position)
		return
	}
	if l.closed || l.conv.Find == nil {
		return
	}
	find, generation := l.conv.Find, l.generation
	l.loads.Add(1)
	l.spawn(func() {
		defer l.loads.Done()
		l.reading.Lock()
		p, err := find(id)
		l.reading.Unlock()
		l.do(func() {
			switch {
			case l.closed || generation != l.generation:
			case err == nil:
				l.JumpTo(p)
			case l.OnError != nil:
				l.OnError(fmt.Errorf("find the message that is answered: %w", err))
			}
		})
	})
}
