package sheets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/app/avatar"
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
	face := func(p avatar.Presence) fyne.CanvasObject {
		a := avatar.New(26)
		a.Set(s.model.Self.ID.String(), s.model.Self.Name)
		a.SetPresence(p)
		return a
	}
	crowd, everyone := kit.NewCrowd(26), kit.NewCrowd(26)
	crowd.Set("legend", "Group")
	everyone.SetEveryone()
	body := container.New(kit.Stack{Gaps: []float32{10}},
		line(stateMark(chat.Queued), "Queued", "On this computer's disk. It goes out as soon as the other side is there."),
		line(stateMark(chat.Sent), "Sent", "On its way. For plain UDP this is all that can be known."),
		line(stateMark(chat.Delivered), "Delivered", "Written to the other side's disk; in a group, to everybody's."),
		line(stateMark(chat.Read), "Read", "They say that it was seen."),
		line(stateMark(chat.Refused), "Not accepted", "A room's server will not take it, and says why beside it. Send it again, or take it back."),
		line(face(avatar.Online), "Online", "Running Parlance and reachable."),
		line(face(avatar.Offline), "Offline", "Messages wait here until they are back."),
		line(crowd, "Group", "Several people, who see one another's messages."),
		line(everyone, "Everyone nearby", "Whoever runs Parlance on this network."),
		line(kit.NewWire(28), "Plain UDP", "An address, not a person: not encrypted, sender not known."),
	)
	done := kit.NewButton("Close", true, s.Dismiss)
	s.Show(kit.NewSheet(480, "What the marks mean", body, done), done)
}
