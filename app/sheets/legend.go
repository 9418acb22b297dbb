package sheets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Legend says what the small marks mean.
func (s *Sheets) Legend() {
	line := func(mark fyne.CanvasObject, name, meaning string) fyne.CanvasObject {
		return container.New(kit.Row{Gap: 14, Grow: 1}, container.NewGridWrap(fyne.NewSize(32, 28), container.NewCenter(mark)),
			container.New(kit.Stack{}, kit.NewProse(name).Bold().Sized(theme.NameSize), kit.NewProse(meaning).Sized(theme.NameSize).Muted()))
	}
	drawings := make(parts.Drawings)
	mark := func(state chat.State) fyne.CanvasObject {
		img := canvas.NewImageFromResource(drawings.Get(parts.Mark(state), theme.Color(theme.ColorMeta)))
		img.FillMode = canvas.ImageFillContain
		img.SetMinSize(fyne.NewSize(parts.MarkWidth*1.5, parts.MarkHeight*1.5))
		return img
	}
	person := func(p avatar.Presence) fyne.CanvasObject {
		a := avatar.New(26)
		a.Set(s.model.Self.ID.String(), s.model.Self.Name)
		a.SetPresence(p)
		return a
	}
	body := container.New(kit.Stack{Gaps: []float32{10}},
		line(mark(chat.Queued), "Queued", "On this computer's disk. It goes out as soon as the other side is there."),
		line(mark(chat.Sent), "Sent", "On its way. For plain UDP this is all that can be known."),
		line(mark(chat.Delivered), "Delivered", "Written to the other side's disk."),
		line(person(avatar.Online), "Online", "Running Parlance and reachable."),
		line(person(avatar.Offline), "Offline", "Messages wait here until they are back."),
		line(kit.NewWire(28), "Plain UDP", "An address, not a person: not encrypted, sender not known."),
	)
	done := kit.NewButton("Close", true, s.Dismiss)
	s.show(kit.NewSheet(480, "What the marks mean", body, done), done)
}
