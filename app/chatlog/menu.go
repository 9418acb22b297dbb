package chatlog

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/chatlog/palette"
	"github.com/parlance-chat/parlance/app/chatlog/words"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// TappedSecondary shows the menu of a message.
func (l *Log) TappedSecondary(e *fyne.PointEvent) {
	l.openMenu(l.menuAt(e.Position), e.AbsolutePosition)
}

func (l *Log) openMenu(menu *fyne.Menu, at fyne.Position) {
	c := fyne.CurrentApp().Driver().CanvasForObject(l)
	if menu == nil || c == nil {
		return
	}
	l.menuPlace = at
	widget.ShowPopUpMenuAtPosition(menu, c, at)
}

// menuAt returns what can be done with the message at a point.
func (l *Log) menuAt(p fyne.Position) *fyne.Menu {
	r, _ := l.hitAt(p)
	if r == nil {
		return nil
	}
	if link, ok := r.body.Layout.LinkAt(r.textPos(p)); ok {
		return l.menuOf(r, &link)
	}
	return l.menuOf(r, nil)
}

// menuOf returns what can be done with the message of a row, and with a link in
// it; for the keyboard, with the first there is.
func (l *Log) menuOf(r *row, link *msgtext.Link) *fyne.Menu {
	held, ok := l.message(r)
	if !ok {
		return nil
	}
	m := *held // the row may show another message by the time of the choice
	var b menuBuilder
	if links := r.body.Layout.Doc().Links(); link == nil && l.chosen == m.ID && len(links) > 0 {
		link = &links[0]
	}
	if link != nil {
		b.add("Open link", true, func() { l.open(*link) })
		b.add("Copy link", true, func() { l.clipboard().SetContent(link.URL) })
		b.group()
	}
	text, writes := m.Change == nil && words.InPlace(&m) == "", !l.conv.ReadOnly
	there := text && !words.Refused(&m) // where others can see it
	b.add("Reply", there && writes && l.OnReply != nil, func() { l.OnReply(l.latest(m)) })
	b.add("React…", there && writes && l.OnReact != nil, func() { l.openPalette(m) })
	b.group()
	b.add("Copy", !l.selection.Empty(), l.copySelection)
	b.add("Copy message", text, func() { l.clipboard().SetContent(m.Text) })
	b.add("Select all", true, l.selectAll)
	b.group()
	b.add("Send again", words.Refused(&m) && writes && l.OnResend != nil, func() { l.OnResend(l.latest(m)) })
	b.add("Edit", l.canEdit(&m) && l.OnEdit != nil, func() { l.OnEdit(l.latest(m)) })
	b.add("Take back…", (l.canEdit(&m) || words.Unsent(&m)) && l.OnRetract != nil, func() { l.OnRetract(l.latest(m)) })
	b.group()
	b.add(words.More, r.body.Folded && !l.unfolded[m.ID], func() { l.toggleFold(&m) })
	b.add(words.Less, r.body.Folded && l.unfolded[m.ID], func() { l.toggleFold(&m) })
	b.add("Show what it answers", text && m.Answers != nil, func() { l.FollowQuote(m.Answers.ID) })
	b.add("Who got it", counted(&m) && l.OnReceipts != nil, func() { l.OnReceipts(l.latest(m)) })
	b.add("Earlier versions", text && !m.Edited.IsZero() && l.OnRevisions != nil, func() { l.OnRevisions(l.latest(m)) })
	b.add("About "+phrase.Clip(m.From.Name, mostOfName), !m.Own && l.OnAuthor != nil, func() { l.OnAuthor(m.From) })
	return fyne.NewMenu("", b.items...)
}

// counted says whether it is known of a message whom it has reached.
func counted(m *chat.Message) bool {
	return m.Own && m.Change == nil && !m.Retracted && (m.Kind == chat.Group || m.Kind == chat.Lobby)
}

// latest returns a message as it is now, should it have changed since.
func (l *Log) latest(m chat.Message) chat.Message {
	if i, ok := l.win.Find(m.ID); ok {
		return l.win.Messages[i]
	}
	return m
}

// openPalette asks for a reaction to a message.
func (l *Log) openPalette(m chat.Message) {
	c := fyne.CurrentApp().Driver().CanvasForObject(l)
	if c == nil {
		return
	}
	mine := ""
	for _, r := range l.latest(m).Reactions {
		if r.Own {
			mine = r.Text
		}
	}
	palette.Show(c, l.menuPlace, mine, func(text string) { l.react(&m, text, text == mine) })
}

// react tells of one's own reaction to a message, which is taken back if it is
// there already.
func (l *Log) react(m *chat.Message, text string, own bool) {
	if l.OnReact == nil {
		return
	}
	if own {
		text = ""
	}
	l.OnReact(l.latest(*m), text)
}

// mostOfName is how much of a name stands in a menu, which is as wide as its widest
// line.
const mostOfName = 30

// menuBuilder puts a menu together; lines stand between groups that are there.
type menuBuilder struct {
	items []*fyne.MenuItem
	apart bool
}

func (b *menuBuilder) add(label string, offered bool, do func()) {
	if !offered {
		return
	}
	if b.apart && len(b.items) > 0 {
		b.items = append(b.items, fyne.NewMenuItemSeparator())
	}
	b.apart = false
	b.items = append(b.items, fyne.NewMenuItem(label, do))
}

func (b *menuBuilder) group() { b.apart = true }
