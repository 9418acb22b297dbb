package sheets

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	personHeight float32 = 46
	// mostPeople is how many are listed at once; more are found by typing.
	mostPeople = 100
	// listHeight is that of a long list within a sheet: five and a half, so that one
	// sees that there are more.
	listHeight = 5.5 * personHeight
)

// person is one line of a sheet about somebody: the picture, the name, a few
// words, and what can be done; do and trailing may be nil.
func person(p chat.Peer, name, caption string, self bool, trailing fyne.CanvasObject, do func()) fyne.CanvasObject {
	face := avatar.New(theme.AvatarSize)
	face.Set(p.ID.String(), p.Name)
	switch {
	case self, p.Trust == chat.Blocked:
	case p.State == chat.Online:
		face.SetPresence(avatar.Online)
	default:
		face.SetPresence(avatar.Offline)
	}
	title := kit.NewLine(theme.TextSize, fyne.TextStyle{}, fynetheme.ColorNameForeground)
	title.SetText(name)
	words := kit.NewLine(theme.CaptionSize+0.5, fyne.TextStyle{}, fynetheme.ColorNamePlaceHolder)
	words.SetText(caption)
	row := container.New(kit.Row{Gap: 12, Grow: 1}, face, container.New(kit.Stack{}, title, words))
	if trailing != nil {
		row.Add(trailing)
	}
	return kit.NewTap(kit.Inset{Top: 4, Right: 8, Bottom: 4, Left: 8}, row, do)
}

// caption says whether somebody is there, and what one thinks of them.
func (s *Sheets) caption(p chat.Peer) string {
	text := s.model.PresenceText(p, s.host.Now())
	switch p.Trust {
	case chat.Verified:
		text += " · verified"
	case chat.New:
		text += " · not known to you yet"
	case chat.Changed:
		text += " · not the device you know by this name"
	case chat.Blocked:
		return "blocked"
	}
	return text
}

// ListOf shows lines, scrolling where there are many.
func ListOf(lines []fyne.CanvasObject) fyne.CanvasObject {
	all := container.New(kit.Stack{Gaps: []float32{0}}, lines...)
	if float32(len(lines))*personHeight <= listHeight {
		return all
	}
	return container.New(kit.Tall{Height: listHeight}, container.NewVScroll(all))
}

// byPresence orders people: those who are here first, each by name.
func byPresence(people []chat.Peer) {
	slices.SortFunc(people, func(a, b chat.Peer) int {
		switch {
		case a.State == b.State:
			return model.ByName(a, b)
		case a.State == chat.Online:
			return -1
		}
		return 1
	})
}
