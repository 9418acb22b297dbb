package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/app/people"
	"github.com/parlance-chat/parlance/app/theme"
)

// header shows a headline across the top of the conversation.
type header struct {
	avatar          *avatar.Avatar
	wire            *kit.Wire
	crowd           *kit.Crowd
	title, subtitle *kit.Line
	open            *kit.Panel // says that nothing is encrypted
	link            *kit.Link
	more            *kit.Button
	object          *fyne.Container
}

func newHeader(onLink, onMore func()) *header {
	h := &header{
		avatar:   avatar.New(38),
		wire:     kit.NewWire(38),
		crowd:    kit.NewCrowd(38),
		title:    kit.NewLine(theme.TextSize+2, fyne.TextStyle{Bold: true}, fynetheme.ColorNameForeground),
		subtitle: kit.NewLine(theme.NameSize, fyne.TextStyle{}, fynetheme.ColorNamePlaceHolder),
		link:     kit.NewLink("", onLink),
		more:     kit.NewQuietButton("", fynetheme.MoreVerticalIcon(), onMore),
	}
	warning := kit.NewLine(theme.CaptionSize, fyne.TextStyle{}, fynetheme.ColorNameWarning).Whole()
	warning.SetText("not encrypted")
	h.open = kit.NewPanel("", kit.Inset{Top: 2, Right: 8, Bottom: 2, Left: 8}, warning).Rounded(9).Edged(fynetheme.ColorNameWarning)
	lines := container.New(kit.Stack{Gaps: []float32{1}}, h.title, h.subtitle)
	row := container.New(kit.Row{Gap: 8, Grow: 1}, container.New(kit.Inset{Right: 4}, h.avatar, h.wire, h.crowd), lines, h.open, h.link, h.more)
	h.object = container.New(kit.Stack{},
		kit.NewPanel(fynetheme.ColorNameHeaderBackground, kit.Inset{Top: 9, Right: 10, Bottom: 9, Left: 16}, row),
		kit.NewRule())
	return h
}

func (h *header) show(s model.Headline) {
	h.avatar.Hidden, h.wire.Hidden = s.Picture != people.Person, s.Picture != people.Wire
	h.crowd.Hidden = !h.avatar.Hidden || !h.wire.Hidden
	h.avatar.Set(s.ID, s.Title)
	h.avatar.SetPresence(s.Presence)
	switch s.Picture {
	case people.Everyone:
		h.crowd.SetEveryone()
	case people.Room:
		h.crowd.SetRoom(s.ID, s.Open)
	case people.Server:
		h.crowd.SetServer(s.ID, s.Open)
	default:
		h.crowd.Set(s.ID, s.Title)
	}
	h.open.Hidden = !s.Open
	h.title.SetText(s.Title)
	tone := fynetheme.ColorNamePlaceHolder
	if s.Warning {
		tone = fynetheme.ColorNameWarning
	}
	h.subtitle.Set(s.Subtitle, tone)
	h.link.SetText(s.Link)
	h.link.Hidden = s.Link == ""
	h.more.Hidden = s.Picture == people.Wire
	h.object.Refresh()
}
