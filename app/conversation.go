package app

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/chatlog"
	"github.com/parlance-chat/parlance/app/composer"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// talk is the right side while a conversation is open: who it is with, what is
// to be known about it, its messages, and the box to write in.
type talk struct {
	header   *header
	bar      *kit.Bar
	log      *chatlog.Log
	quiet    *kit.Prose
	quietBox *kit.Panel
	composer *composer.Composer
	object   fyne.CanvasObject
	around   surroundings // what is shown
}

func newTalk(w *window) *talk {
	t := &talk{
		header:   newHeader(w.compareIDs, w.showTalkMenu),
		bar:      kit.NewBar(),
		log:      chatlog.New(w.cfg.spawn),
		quiet:    kit.NewProse("").Sized(theme.CaptionSize + 0.5).Colored(theme.ColorMeta).Centered(),
		composer: composer.New(w.cfg.modifiers),
	}
	t.quietBox = kit.NewPanel(theme.ColorPane, kit.Inset{Top: 5, Right: 16, Bottom: 5, Left: 16}, t.quiet)
	t.log.OnEnd = w.markSeen
	t.log.OnTyped = func(r rune) {
		t.composer.Focus()
		t.composer.Insert(string(r))
	}
	t.log.OnShortcut = func(s fyne.Shortcut) { // such as a paste
		t.composer.Focus()
		t.composer.TypedShortcut(s)
	}
	t.composer.OnSend = w.send
	t.composer.OnChanged = w.typed
	t.composer.OnKey = func(e *fyne.KeyEvent) bool { // such as Page Up
		t.log.TypedKey(e)
		return true
	}
	t.object = container.New(talkLayout{t}, t.header.object, t.bar, t.log, t.quietBox, t.composer)
	return t
}

// talkLayout gives the bars and the composer what they need at the pane's width,
// and the messages the rest.
type talkLayout struct{ talk *talk }

func (l talkLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(300, 240) }

func (l talkLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	t := l.talk
	fit := func(o fyne.CanvasObject) float32 {
		if !o.Visible() {
			return 0
		}
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		height := o.MinSize().Height
		o.Resize(fyne.NewSize(size.Width, height))
		return height
	}
	var top float32
	for _, o := range []fyne.CanvasObject{t.header.object, t.bar} {
		o.Move(fyne.NewPos(0, top))
		top += fit(o)
	}
	bottom := size.Height
	for _, o := range []fyne.CanvasObject{t.composer, t.quietBox} {
		bottom -= fit(o)
		o.Move(fyne.NewPos(0, bottom))
	}
	t.log.Move(fyne.NewPos(0, top))
	t.log.Resize(fyne.NewSize(size.Width, max(0, bottom-top)))
}

// source reads one conversation for the message pane.
type source struct {
	ctx  context.Context
	core Core
	id   chat.ConversationID
}

// Page implements chatlog.Source.
func (s source) Page(before, after chat.Position, limit int) ([]chat.Message, error) {
	return s.core.History(s.ctx, s.id, netcore.Page{Before: before, After: after, Limit: limit})
}

// Count implements chatlog.Source.
func (s source) Count() (int, error) { return s.core.Count(s.ctx, s.id) }

// open shows a conversation. It need not exist yet.
func (w *window) open(id chat.ConversationID) {
	c, ok := w.model.Conversation(id)
	if !ok || w.shown == id {
		return
	}
	if w.talk == nil {
		w.talk = newTalk(w) // not before: the window opens sooner without it
	}
	w.drafts.flush()
	w.shown = id
	w.drafts.loaded(c)
	if _, exists := w.model.Conversations[id]; !exists {
		w.tasks.write(func(ctx context.Context) {
			_, err := w.core.Direct(ctx, c.Peer)
			w.report(err)
		})
	}
	w.talk.log.SetConversation(chatlog.Conversation{
		Source:  source{w.tasks.ctx, w.core, id},
		Authors: c.Kind != chat.Direct && c.Kind != chat.Plain,
		Unread:  c.Unread,
		Empty:   w.beginning(c),
	})
	w.talk.composer.SetText(w.drafts.text(id))
	w.talk.composer.SetError(w.failed[id])
	w.left.list.Select(id.String())
	w.saveSetting(settingConversation, id.String())
	w.refresh()
	w.markSeen()
}

// openRow opens what a row of the list stands for.
func (w *window) openRow(key string) {
	if msg, ok := w.foundMessage(key); ok {
		w.open(msg.Conversation)
		w.talk.log.SetHighlight(w.left.search.Text)
		w.talk.log.JumpTo(msg.Position)
		return
	}
	var id chat.ConversationID
	if id.UnmarshalText([]byte(key)) == nil {
		w.open(id)
		w.talk.log.SetHighlight("")
	}
}

// surroundings is what stands around the messages of a conversation.
type surroundings struct {
	id       chat.ConversationID
	headline model.Headline
	notice   string
	quiet    string
	closed   string
}

// showTalk brings the open conversation's surroundings up to date.
func (w *window) showTalk(c chat.Conversation) {
	t, n := w.talk, w.model.Notice(c)
	now := surroundings{c.ID, w.model.Headline(c, w.cfg.now()), n.Text, w.model.Quiet(c), w.model.Closed(c)}
	if t.around == now {
		return // most events change nothing here
	}
	t.around = now
	t.header.show(now.headline)
	if n.Text == "" {
		t.bar.Hide()
	} else {
		var choices []kit.Choice
		for _, ch := range n.Choices {
			choices = append(choices, kit.Choice{Label: string(ch), Main: ch == n.Choices[len(n.Choices)-1], Do: func() { w.choose(c, ch) }})
		}
		t.bar.Say(c.ID.String(), n.Text, n.Serious, choices...)
	}
	t.quiet.SetText(now.quiet)
	t.quietBox.Hidden = now.quiet == ""
	if now.closed != "" {
		t.composer.Disable(now.closed)
	} else {
		t.composer.Enable()
		t.composer.SetPlaceHolder("Message " + now.headline.Title)
	}
	t.object.Refresh()
}

// choose does what the user answered to a conversation's notice.
func (w *window) choose(c chat.Conversation, ch model.Choice) {
	switch ch {
	case model.Accept, model.Unblock:
		w.setTrust(c.Peer, chat.Accepted)
		w.focusComposer()
	case model.Block:
		w.setTrust(c.Peer, chat.Blocked)
	case model.Compare:
		w.compareIDs()
	}
}

func (w *window) setTrust(peer identity.DeviceID, t chat.Trust) {
	w.tasks.write(func(ctx context.Context) {
		w.report(w.core.SetTrust(ctx, peer, t))
	})
}

// send takes a text from the box. It returns at once; should the text not get to
// the disk, it comes back into the box with the reason.
func (w *window) send(text string) error {
	if err := chat.CheckText(text); err != nil {
		return err
	}
	id := w.shown
	delete(w.failed, id)
	w.drafts.sending(id, text)
	w.tasks.write(func(ctx context.Context) {
		_, err := w.core.Send(ctx, id, text)
		if err == nil {
			w.drafts.sent(id, text)
			return
		}
		w.do(func() { w.unsent(id, text, err) })
	})
	return nil
}

// unsent gives a text back that could not be sent.
func (w *window) unsent(id chat.ConversationID, text string, err error) {
	w.drafts.failed(id, text)
	w.failed[id] = err
	if w.shown == id {
		w.talk.composer.SetText(w.drafts.text(id))
		w.talk.composer.SetError(err)
	}
	w.refreshList()
}

// typed says that the text in the box changed.
func (w *window) typed(text string) {
	if !w.shown.IsZero() {
		delete(w.failed, w.shown)
		w.drafts.changed(w.shown, text)
	}
}

// markSeen clears the unread count of the open conversation if its end is in
// front of somebody's eyes.
func (w *window) markSeen() {
	c, ok := w.model.Conversations[w.shown]
	if !ok || c.Unread == 0 || !w.focused || !w.talk.log.AtEnd() {
		return
	}
	id := w.shown
	w.tasks.write(func(ctx context.Context) { w.report(w.core.MarkSeen(ctx, id)) })
}

// beginning is what an empty conversation says.
func (w *window) beginning(c chat.Conversation) fyne.CanvasObject {
	title, text := "Say hello to "+c.Title, "What you write is encrypted and goes straight to their computer."
	if c.Kind == chat.Plain {
		title, text = c.Title, "Each message is one UDP datagram of UTF-8 text. Whatever arrives from this address is shown here."
	}
	return container.New(kit.Middle{Width: 360}, container.New(kit.Stack{Gaps: []float32{6}},
		kit.NewProse(title).Sized(theme.TextSize+3).Bold().Centered(),
		kit.NewProse(text).Muted().Centered()))
}

// compareIDs shows the device IDs of the open conversation.
func (w *window) compareIDs() {
	if c, ok := w.model.Conversation(w.shown); ok {
		if p, ok := w.model.PeerOf(c); ok {
			w.sheets.Compare(p)
		}
	}
}

func (w *window) focusComposer() {
	if !w.shown.IsZero() && w.sheets.Shown() == nil {
		w.talk.composer.Focus()
	}
}

// showTalkMenu opens the menu at the conversation's header.
func (w *window) showTalkMenu() {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(w.talk.header.more)
	w.showMenuOf(w.shown, at.AddXY(0, w.talk.header.more.Size().Height))
}

// showMenuOf opens the menu of a conversation.
func (w *window) showMenuOf(id chat.ConversationID, at fyne.Position) {
	c, ok := w.model.Conversation(id)
	if !ok {
		return
	}
	p, ok := w.model.PeerOf(c)
	if !ok {
		return
	}
	var items []*fyne.MenuItem
	add := func(label string, do func()) { items = append(items, fyne.NewMenuItem(label, do)) }
	if w.shown == id {
		add("Compare device IDs…", w.compareIDs)
	}
	if slices.Contains([]chat.Trust{chat.New, chat.Changed}, p.Trust) {
		add("Accept", func() { w.setTrust(p.ID, chat.Accepted) })
	}
	if p.Trust == chat.Blocked {
		add("Unblock", func() { w.setTrust(p.ID, chat.Accepted) })
	} else {
		add("Block", func() { w.setTrust(p.ID, chat.Blocked) })
	}
	add("Copy device ID", func() { fyne.CurrentApp().Clipboard().SetContent(p.ID.String()) })
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), w.win.Canvas())
	room := w.win.Canvas().Size().Width - menu.MinSize().Width - 8
	menu.ShowAtPosition(fyne.NewPos(min(at.X, room), at.Y))
}
