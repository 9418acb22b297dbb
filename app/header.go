package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

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
	link            *kit.Link
	more            *widget.Button
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
		more:     widget.NewButtonWithIcon("", fynetheme.MoreVerticalIcon(), onMore),
	}
	h.more.Importance = widget.LowImportance
	lines := container.New(kit.Stack{Gaps: []float32{1}}, h.title, h.subtitle)
	row := container.New(kit.Row{Gap: 8, Grow: 1}, container.New(kit.Inset{Right: 4}, h.avatar, h.wire, h.crowd), lines, h.link, h.more)
	h.object = container.New(kit.Stack{},
		kit.NewPanel(fynetheme.ColorNameHeaderBackground, kit.Inset{Top: 9, Right: 10, Bottom: 9, Left: 16}, row),
		kit.NewRule())
	return h
}

func (h *header) show(s model.Headline) {
	h.avatar.Hidden, h.wire.Hidden = s.Picture != people.Person, s.Picture != people.Wire
	h.crowd.Hidden = s.Picture != people.Group && s.Picture != people.Everyone
	h.avatar.Set(s.ID, s.Title)
	h.avatar.SetPresence(s.Presence)
	if s.Picture == people.Everyone {
		h.crowd.SetEveryone()
	} else {
		h.crowd.Set(s.ID, s.Title)
	}
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
