package app

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// compareIDs shows both device IDs of the open conversation, so that two people
// can compare them.
func (w *window) compareIDs() {
	c, ok := w.model.conversation(w.shown)
	if !ok {
		return
	}
	p, ok := w.model.peerOf(c)
	if !ok {
		return
	}
	body := container.New(kit.Stack{Gaps: []float32{16, 4, 14, 4, 14}},
		kit.NewProse("Read these to each other, in person or on the telephone. If both see the same two, nobody stands between you.").Muted(),
		kit.NewProse(p.Name).Sized(theme.NameSize).Bold(), idBlock(p.ID),
		kit.NewProse(w.model.self.Name+" (you)").Sized(theme.NameSize).Bold(), idBlock(w.model.self.ID),
	)
	buttons := []fyne.CanvasObject{
		button("Copy", false, func() { fyne.CurrentApp().Clipboard().SetContent(p.ID.String()) }),
	}
	done := button("Close", p.Trust == chat.Verified, w.dismiss)
	buttons = append(buttons, done)
	if p.Trust == chat.Verified {
		body.Add(kit.NewProse("You have verified this device.").Sized(theme.NameSize).Colored(fynetheme.ColorNameSuccess))
	} else {
		buttons = append(buttons, button("They match: verify", true, func() {
			w.setTrust(p.ID, chat.Verified)
			w.dismiss()
		}))
	}
	w.show(kit.NewSheet(500, "Compare device IDs", body, buttons...), done)
}

// idBlock shows a device ID large enough to read out: two lines of four groups.
func idBlock(id identity.DeviceID) fyne.CanvasObject {
	groups := strings.Split(id.String(), "-")
	half := len(groups) / 2
	text := strings.Join(groups[:half], " ") + "\n" + strings.Join(groups[half:], " ")
	return kit.NewPanel(theme.ColorPane, kit.Inset{Top: 10, Right: 14, Bottom: 10, Left: 14},
		kit.NewProse(text).Mono().Wide(400)).Rounded(8)
}
