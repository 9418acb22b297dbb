package app

import (
	"cmp"
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

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
		header:   newHeader(w.showMore, w.showTalkMenu),
		bar:      kit.NewBar(),
		log:      chatlog.New(w.cfg.spawn),
		quiet:    kit.NewProse("").Sized(theme.CaptionSize + 0.5).Colored(theme.ColorMeta).Centered(),
		composer: composer.New(w.cfg.modifiers),
	}
	t.quietBox = kit.NewPanel(theme.ColorPane, kit.Inset{Top: 5, Right: 16, Bottom: 5, Left: 16}, t.quiet)
	t.log.OnEnd = w.markSeen
	t.log.OnTyped = func(r rune) {
		w.focusComposer()
		t.composer.Insert(string(r))
	}
	t.log.OnShortcut = func(s fyne.Shortcut) { // such as a paste
		w.focusComposer()
		t.composer.TypedShortcut(s)
	}
	t.log.OnAuthor = w.showAuthor
	t.log.OnReply = t.composer.Answer
	t.log.OnEdit = t.composer.Edit
	t.log.OnResend = w.sendAgain
	t.log.OnReact = w.react
	t.log.OnRetract = w.sheets.ConfirmRetract
	t.log.OnReceipts = w.sheets.Receipts
	t.log.OnRevisions = w.sheets.Revisions
	t.log.ChangeText = w.model.ChangeText
	t.composer.OnSend = func(text string) error { return w.send(nil, text) }
	t.composer.OnReply = func(to chat.Message, text string) error { return w.send(&to, text) }
	t.composer.OnEdit = w.edit
	t.composer.OnEditLast = func() bool {
		m, ok := t.log.LastOwn()
		if ok {
			t.composer.Edit(m)
		}
		return ok
	}
	t.composer.OnTyping = func(active bool) { w.core.SetTyping(w.shown, active) }
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

// find says where a message stands.
func (s source) find(message chat.MessageID) (chat.Position, error) {
	m, err := s.core.Message(s.ctx, s.id, message)
	return m.Position, err
}

// open shows a conversation. It need not exist yet.
func (w *window) open(id chat.ConversationID) {
	c, ok := w.model.Conversation(id)
	if !ok || w.shown == id {
		return
	}
	if w.talk == nil {
		w.talk = newTalk(w) // not before: the window opens sooner without it
	}
	if !w.shown.IsZero() {
		w.talk.composer.Left()
		w.unfinished[w.shown] = w.talk.composer.State()
		w.places[w.shown] = w.talk.log.Place()
	}
	w.drafts.flush()
	w.shown = id
	w.drafts.loaded(c)
	if _, exists := w.model.Conversations[id]; !exists {
		w.tasks.Write(func(ctx context.Context) {
			_, err := w.core.Direct(ctx, c.Peer)
			w.report(err)
		})
	}
	from := source{w.tasks.Context, w.core, id}
	w.talk.log.SetConversation(chatlog.Conversation{
		Source:   from,
		Find:     from.find,
		Authors:  severalRead(c.Kind) || w.model.Several(c),
		ReadOnly: w.readOnly(c),
		Unread:   c.Unread,
		Place:    w.places[id],
		Empty:    w.beginning(c),
	})
	state := w.unfinished[id]
	state.Draft = w.drafts.text(id)
	w.talk.composer.SetState(state)
	w.talk.composer.SetError(w.failed[id])
	w.suit(c)
	w.left.list.Select(id.String())
	w.saveSetting(settingConversation, id.String())
	w.showTyping()
	w.learnMembers()
	w.learnInviter(c)
	w.refresh()
	w.markSeen()
}

// readOnly says whether messages of a conversation can only be read.
func (w *window) readOnly(c chat.Conversation) bool {
	return c.Kind == chat.Plain || w.model.Closed(c) != ""
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
	hint     string // in the empty box
}

// showTalk brings the open conversation's surroundings up to date.
func (w *window) showTalk(c chat.Conversation) {
	t, n := w.talk, w.model.Notice(c)
	now := surroundings{c.ID, w.model.Headline(c, w.cfg.now()), n.Text, w.model.Quiet(c), w.model.Closed(c), w.hint(c)}
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
	t.log.SetReadOnly(w.readOnly(c))
	typing := t.composer.Focused()
	switch {
	case now.closed != "" && c.Kind == chat.Lobby:
		t.composer.DisableWith(now.closed, string(model.Join), func() { w.choose(c, model.Join) })
	case now.closed != "" && c.Kind == chat.Room:
		t.composer.DisableWith(now.closed, "Join again", func() { w.rejoin(c) })
	case now.closed != "":
		t.composer.Disable(now.closed)
	default:
		t.composer.Enable()
		t.composer.SetPlaceHolder(now.hint)
	}
	if typing && now.closed != "" {
		w.focusComposer() // or the keyboard would be nowhere
	}
	t.object.Refresh()
}

// hint says in the empty box what it is for; in a room, also what the user is
// called there, which may not be the name that was wished for.
func (w *window) hint(c chat.Conversation) string {
	st := w.model.Rooms[c.ID]
	text := "Message " + placeName(c, w.model.Title(c))
	switch {
	case w.model.IsServer(c):
		return "A command, such as /join #room"
	case w.model.HasMembers(c) && st.Nick != "":
		return text + " as " + st.Nick
	}
	return text
}

// placeName is what a conversation is called within a sentence.
func placeName(c chat.Conversation, title string) string {
	if c.Kind == chat.Lobby {
		return "everyone nearby"
	}
	return title
}

// rejoin joins a room again that was left, or that the user was removed from.
func (w *window) rejoin(c chat.Conversation) {
	st, ok := w.model.Rooms[c.ID]
	if !ok || c.Closed != "" { // by hand: what it needed is not kept
		w.rooms.Join(cmp.Or(st.Address, "/"+c.Title))
		return
	}
	w.tasks.Read(func(ctx context.Context) { // the server may take long, and what is said elsewhere must not wait
		_, err := w.core.JoinRoom(ctx, st.Address, netcore.RoomOptions{})
		w.report(err)
	})
}

// choose does what the user answered to a conversation's notice.
func (w *window) choose(c chat.Conversation, ch model.Choice) {
	switch ch {
	case model.Accept, model.Unblock:
		w.setTrust(c.Peer, chat.Accepted)
		w.focusComposer()
	case model.Block:
		if c.Kind == chat.Group {
			w.setTrust(w.model.Inviters[c.ID].Device, chat.Blocked)
			w.choose(c, model.Leave)
			return
		}
		w.setTrust(c.Peer, chat.Blocked)
	case model.Compare:
		w.showMore()
	case model.Inspect:
		w.rooms.Inspect(c.ID)
	case model.Join:
		w.change(func(ctx context.Context) error { return w.core.Join(ctx, c.ID) })
		w.focusComposer()
	case model.Leave:
		w.change(func(ctx context.Context) error { return w.core.Leave(ctx, c.ID) })
	}
}

// change runs a change after all those before it, and says what went wrong.
func (w *window) change(do func(context.Context) error) {
	w.tasks.Write(func(ctx context.Context) { w.report(do(ctx)) })
}

func (w *window) setTrust(peer identity.DeviceID, t chat.Trust) {
	w.change(func(ctx context.Context) error { return w.core.SetTrust(ctx, peer, t) })
}

// markSeen clears the unread count of the open conversation if its end is in
// front of somebody's eyes.
func (w *window) markSeen() {
	c, ok := w.model.Conversations[w.shown]
	if !ok || c.Unread == 0 || !w.focused || !w.talk.log.AtEnd() {
		return
	}
	id := w.shown
	w.change(func(ctx context.Context) error { return w.core.MarkSeen(ctx, id) })
}

// beginning is what an empty conversation says.
func (w *window) beginning(c chat.Conversation) fyne.CanvasObject {
	name := w.model.Title(c)
	title, text := "Say hello to "+placeName(c, name), "What you write is encrypted and goes straight to their computer."
	switch c.Kind {
	case chat.Plain:
		title, text = name, "Each message is one UDP datagram of UTF-8 text. Whatever arrives from this address is shown here."
	case chat.Group:
		title, text = name, "What is written here goes to the members and nobody else. Who is away gets it later, from any of them."
	case chat.Lobby:
		text = "Whoever runs Parlance on this network can read and answer. Messages stay for seven days."
	case chat.Room:
		title, text = name, w.model.RoomBeginning(c)
	}
	return container.New(kit.Middle{Width: 360}, container.New(kit.Stack{Gaps: []float32{6}},
		kit.NewProse(title).Sized(theme.TextSize+3).Bold().Centered(),
		kit.NewProse(text).Muted().Centered()))
}

// focusComposer puts the keyboard into the box or, where nothing can be written, to the
// messages.
func (w *window) focusComposer() {
	switch {
	case w.shown.IsZero() || w.sheets.Shown() != nil:
	case w.talk.composer.Disabled():
		w.win.Canvas().Focus(w.talk.log)
	default:
		w.talk.composer.Focus(w.win.Canvas())
	}
}
