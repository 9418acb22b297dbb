package app

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// showMore shows what there is to know about those in the open conversation.
func (w *window) showMore() {
	if c, ok := w.model.Conversation(w.shown); ok {
		w.showMoreOf(c)
	}
}

func (w *window) showMoreOf(c chat.Conversation) {
	switch c.Kind {
	case chat.Group:
		w.sheets.Group(c.ID)
	case chat.Lobby:
		w.sheets.Lobby()
	case chat.Room:
		if w.model.IsWaiting(c, w.cfg.now()) {
			w.change(func(ctx context.Context) error { return w.core.RetryServer(ctx, c.ID) })
			return
		}
		w.rooms.About(c.ID)
	default:
		if p, ok := w.model.PeerOf(c); ok {
			w.sheets.Compare(p)
		}
	}
}

// showAuthor says who wrote a message.
func (w *window) showAuthor(a chat.Author) {
	c := w.model.Conversations[w.shown]
	if c.Kind == chat.Room && w.model.Commands(c) && a.Device.IsZero() && !w.model.IsServer(c) {
		w.rooms.Person(c.ID, a.Name)
	}
	if a.Device.IsZero() || a.Device == w.model.Self.ID {
		return
	}
	p, ok := w.model.Peers[a.Device]
	if !ok { // known by what they wrote only
		p = chat.Peer{ID: a.Device, Name: a.Name, State: chat.Offline, Trust: chat.New}
	}
	w.sheets.Person(p)
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
	items := w.menuOf(c)
	if len(items) == 0 {
		return
	}
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), w.win.Canvas())
	room := w.win.Canvas().Size().Width - menu.MinSize().Width - 8
	menu.ShowAtPosition(fyne.NewPos(min(at.X, room), at.Y))
}

// menuOf is what can be done with a conversation.
func (w *window) menuOf(c chat.Conversation) []*fyne.MenuItem {
	var items []*fyne.MenuItem
	add := func(label string, do func()) { items = append(items, fyne.NewMenuItem(label, do)) }
	mute := func() {
		label := "Mute"
		if c.Muted {
			label = "Unmute"
		}
		add(label, func() {
			w.change(func(ctx context.Context) error { return w.core.SetMuted(ctx, c.ID, !c.Muted) })
		})
	}
	switch c.Kind {
	case chat.Group:
		if c.Closed == "" {
			add("Members…", func() { w.sheets.Group(c.ID) })
			mute()
			add("Leave group…", func() { w.sheets.ConfirmLeave(c) })
		}
		return items
	case chat.Lobby:
		add("Who is here…", w.sheets.Lobby)
		if c.Closed != "" {
			add(string(model.Join), func() { w.choose(c, model.Join) })
		} else {
			mute()
			add("Leave…", func() { w.sheets.ConfirmLeave(c) })
		}
		return items
	case chat.Room:
		if c.Closed == "" {
			what := "Members and topic…"
			if !w.model.HasMembers(c) {
				what = "About…"
			}
			add(what, func() { w.rooms.About(c.ID) })
			mute()
			add("Leave…", func() { w.rooms.ConfirmLeave(c, nil) })
		} else {
			add("Join again…", func() { w.rejoin(c) })
		}
		return items
	}
	p, ok := w.model.PeerOf(c)
	if !ok {
		return nil
	}
	add("Compare device IDs…", func() { w.sheets.Compare(p) })
	if slices.Contains([]chat.Trust{chat.New, chat.Changed}, p.Trust) {
		add("Accept", func() { w.setTrust(p.ID, chat.Accepted) })
	}
	if _, exists := w.model.Conversations[c.ID]; exists && c.Closed == "" && p.Trust != chat.Blocked {
		mute()
	}
	if p.Trust == chat.Blocked {
		add("Unblock", func() { w.setTrust(p.ID, chat.Accepted) })
	} else {
		add("Block", func() { w.setTrust(p.ID, chat.Blocked) })
	}
	add("Copy device ID", func() { fyne.CurrentApp().Clipboard().SetContent(p.ID.String()) })
	return items
}
