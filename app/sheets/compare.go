package sheets

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Compare shows the own device ID and that of a peer, so that two people can
// compare them.
func (s *Sheets) Compare(p chat.Peer) {
	body := container.New(kit.Stack{Gaps: []float32{16, 4, 14, 4, 14}},
		kit.NewProse("Read these to each other, in person or on the telephone. If both see the same two, nobody stands between you.").Muted(),
		kit.NewProse(p.Name).Sized(theme.NameSize).Bold(), idBlock(p.ID),
		kit.NewProse(s.model.Self.Name+" (you)").Sized(theme.NameSize).Bold(), idBlock(s.model.Self.ID),
	)
	buttons := []fyne.CanvasObject{
		kit.NewButton("Copy", false, func() { fyne.CurrentApp().Clipboard().SetContent(p.ID.String()) }),
	}
	done := kit.NewButton("Close", p.Trust == chat.Verified, s.Dismiss)
	buttons = append(buttons, done)
	if p.Trust == chat.Verified {
		body.Add(kit.NewProse("You have verified this device.").Sized(theme.NameSize).Colored(fynetheme.ColorNameSuccess))
	} else {
		buttons = append(buttons, kit.NewButton("They match: verify", true, func() {
			s.host.Write(func(ctx context.Context) error { return s.core.SetTrust(ctx, p.ID, chat.Verified) })
			s.Dismiss()
		}))
	}
	s.Show(kit.NewSheet(500, "Compare device IDs", body, buttons...), done)
}

// idBlock shows a device ID large enough to read out: two lines of four groups.
func idBlock(id identity.DeviceID) fyne.CanvasObject {
	groups := strings.Split(id.String(), "-")
	half := len(groups) / 2
	text := strings.Join(groups[:half], " ") + "\n" + strings.Join(groups[half:], " ")
	return kit.NewPanel(theme.ColorPane, kit.Inset{Top: 10, Right: 14, Bottom: 10, Left: 14},
		kit.NewProse(text).Mono().Wide(400)).Rounded(8)
}
