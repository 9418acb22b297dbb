package sheets

import (
	"fmt"

	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/app/kit"
)

// SharedIdentity explains, as soon as nothing else is shown, that the machine at an address has the same key as this
// one. renew gives this one another; nil, where that cannot be done from here.
func (s *Sheets) SharedIdentity(address string, renew func()) {
	s.Later(func() { s.sharedIdentity(address, renew) })
}

func (s *Sheets) sharedIdentity(address string, renew func()) {
	show := func() { s.sharedIdentity(address, renew) }
	body := container.New(kit.Stack{Gaps: []float32{10}},
		kit.NewProse(fmt.Sprintf("The machine at %s has the same key as this one, as happens when a disk or a profile folder is copied. "+
			"Others take the two of you for one: what they write reaches now one, now the other.", address)),
		kit.NewProse("One of the two needs a new identity. If this machine is the copy, give it one here. If the other one is, do it there.").Muted())
	later := kit.NewButton("Not now", false, s.Dismiss)
	if renew == nil {
		s.Show(kit.NewSheet(500, "Another machine is you", body, later), later)
		return
	}
	do := kit.NewButton("Give this machine a new identity…", true, func() {
		s.Confirm("A new identity for this machine?",
			"Others will see somebody new and have to accept you once more, and groups have to add you again. "+
				"What was said so far stays here to be read; conversations with one person begin afresh. The old key is put aside.",
			"New identity", renew, show)
	})
	s.Show(kit.NewSheet(500, "Another machine is you", body, later, do), do)
}

// Wait covers the window while something is done that it has to wait for.
func (s *Sheets) Wait(text string) {
	busy := kit.NewBusy()
	sheet := kit.NewSheet(400, "One moment", container.New(kit.Stack{Gaps: []float32{12}}, kit.NewProse(text).Muted(), busy))
	s.Show(sheet, nil)
	s.waiting = true
}
