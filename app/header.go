package app

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// headline is what stands above a conversation.
type headline struct {
	id       string // that chooses the avatar's colour
	title    string
	subtitle string
	warning  bool // draw the subtitle as one
	wire     bool
	presence avatar.Presence
	short    string // of the device ID; empty where there is none
}

// headline says who a conversation is with and whether they are there.
func (m *model) headline(c chat.Conversation, now time.Time) headline {
	if c.Kind == chat.Plain {
		return headline{
			id: c.Address.String(), title: c.Title, wire: true,
			subtitle: "Plain UDP · not encrypted, sender not known", warning: true,
		}
	}
	p, ok := m.peerOf(c)
	if !ok {
		return headline{id: c.Peer.String(), title: c.Title, short: c.Peer.Short(), presence: avatar.Offline, subtitle: "offline"}
	}
	h := headline{
		id:       p.ID.String(),
		title:    p.Name,
		subtitle: m.presenceText(p, now),
		presence: presence(p),
		short:    p.ID.Short(),
	}
	switch p.Trust {
	case chat.Verified:
		h.subtitle += " · verified"
	case chat.Changed:
		h.subtitle, h.warning = "Not the device you know by this name", true
	case chat.Blocked:
		h.subtitle, h.presence = "Blocked", avatar.None
	}
	return h
}

// notice is what a bar above the messages says.
type notice struct {
	text    string
	serious bool
	choices []choice
}

// choice is something the user may answer to a notice.
type choice string

const (
	accept  choice = "Accept"
	block   choice = "Block"
	unblock choice = "Unblock"
	compare choice = "Compare IDs…"
)

// notice says what to know before reading or answering; its text is empty if
// there is nothing.
func (m *model) notice(c chat.Conversation) notice {
	if c.Kind == chat.Plain {
		return notice{text: "Anyone on the network can read this, and anyone can write in the name of this address."}
	}
	p, ok := m.peerOf(c)
	if !ok {
		return notice{}
	}
	switch {
	case p.Trust == chat.New && c.Last != nil && !c.Last.Own:
		return notice{
			text:    fmt.Sprintf("%s writes to you for the first time. Accept to keep talking; answering accepts too.", p.Name),
			choices: []choice{block, accept},
		}
	case p.Trust == chat.Changed:
		return notice{
			text: fmt.Sprintf("You know somebody called %s, but this is another device with another key. "+
				"It may be their new computer, or somebody who pretends. Ask them in person and compare the device IDs before you write.", p.Name),
			serious: true,
			choices: []choice{block, accept, compare},
		}
	case p.Trust == chat.Blocked:
		return notice{
			text:    fmt.Sprintf("You blocked %s. Nothing they write arrives here.", p.Name),
			choices: []choice{unblock},
		}
	}
	return notice{}
}

// closed says why nothing can be written in a conversation, or "".
func (m *model) closed(c chat.Conversation) string {
	p, ok := m.peerOf(c)
	switch {
	case !ok:
	case p.Trust == chat.Blocked:
		return fmt.Sprintf("You blocked %s.", p.Name)
	case p.Trust == chat.Changed:
		return "Accept this device before you write to it."
	}
	return ""
}

// quiet says what happens to what is written now, when that is not plain.
func (m *model) quiet(c chat.Conversation) string {
	if c.Kind == chat.Plain {
		return "Plain UDP does not tell whether a message arrived."
	}
	p, ok := m.peerOf(c)
	if ok && p.State != chat.Online && m.closed(c) == "" {
		name := clip(p.Name, 24) // it comes twice
		return fmt.Sprintf("%s is away. Messages wait here and are delivered when %s is back.", name, name)
	}
	return ""
}

// header shows a headline across the top of the conversation.
type header struct {
	avatar          *avatar.Avatar
	wire            *kit.Wire
	title, subtitle *kit.Line
	id              *kit.Link
	more            *widget.Button
	object          *fyne.Container
}

func newHeader(onID, onMore func()) *header {
	h := &header{
		avatar:   avatar.New(38),
		wire:     kit.NewWire(38),
		title:    kit.NewLine(theme.TextSize+2, fyne.TextStyle{Bold: true}, fynetheme.ColorNameForeground),
		subtitle: kit.NewLine(theme.NameSize, fyne.TextStyle{}, fynetheme.ColorNamePlaceHolder),
		id:       kit.NewLink("", onID).Mono(),
		more:     widget.NewButtonWithIcon("", fynetheme.MoreVerticalIcon(), onMore),
	}
	h.more.Importance = widget.LowImportance
	lines := container.New(kit.Stack{Gaps: []float32{1}}, h.title, h.subtitle)
	row := container.New(kit.Row{Gap: 8, Grow: 1}, container.New(kit.Inset{Right: 4}, h.avatar, h.wire), lines, h.id, h.more)
	h.object = container.New(kit.Stack{},
		kit.NewPanel(fynetheme.ColorNameHeaderBackground, kit.Inset{Top: 9, Right: 10, Bottom: 9, Left: 16}, row),
		kit.NewRule())
	return h
}

func (h *header) show(s headline) {
	h.avatar.Hidden, h.wire.Hidden = s.wire, !s.wire
	h.avatar.Set(s.id, s.title)
	h.avatar.SetPresence(s.presence)
	h.title.SetText(s.title)
	tone := fynetheme.ColorNamePlaceHolder
	if s.warning {
		tone = fynetheme.ColorNameWarning
	}
	h.subtitle.Set(s.subtitle, tone)
	h.id.SetText("ID " + s.short)
	h.id.Hidden = s.short == ""
	h.more.Hidden = s.short == ""
	h.object.Refresh()
}
