package sheets

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Connect asks for the address of somebody whom discovery does not reach.
func (s *Sheets) Connect() {
	var (
		sheet   *kit.Sheet
		address *kit.Field
		connect *kit.Button
		busy    = kit.NewBusy()
		own     = container.New(kit.Stack{Gaps: []float32{2}})
	)
	problem := NewProblem(func() *kit.Sheet { return sheet })
	busy.Hide()
	fail := func(err error) {
		busy.Stop()
		busy.Hide()
		connect.Enable()
		problem.Say(err)
	}
	submit := func() {
		text := strings.TrimSpace(address.Text)
		if text == "" {
			fail(errors.New("type the address of the other computer, such as 192.168.7.20"))
			return
		}
		problem.Hide()
		connect.Disable()
		busy.Show()
		busy.Start()
		sheet.Relayout()
		s.host.Ask(func(ctx context.Context) func() {
			peer, err := s.core.Connect(ctx, text)
			return func() {
				if s.shown != sheet {
					return // cancelled meanwhile
				}
				if err != nil {
					fail(err)
					return
				}
				busy.Stop()
				s.model.Peers[peer.ID] = peer
				s.Dismiss()
				s.host.Open(chat.DirectID(s.model.Self.ID, peer.ID))
			}
		})
	}
	connect = kit.NewButton("Connect", true, func() { submit() })
	address = s.Field("Address, such as 192.168.7.20 or anna-laptop.local", func() { submit() })
	for _, a := range s.model.Self.Link {
		line := kit.NewLine(theme.TextSize, fyne.TextStyle{Monospace: true}, fynetheme.ColorNameForeground)
		line.SetText(a.String())
		own.Add(line)
	}
	body := container.New(kit.Stack{Gaps: []float32{16, 4, 14, 4, 14}},
		kit.NewProse("For somebody on another subnet, or on a network that keeps its computers apart. Once you are connected, the people near them are introduced too.").Muted(),
		kit.NewProse("Their address").Sized(theme.NameSize).Bold(), address,
		kit.NewProse("Or tell them yours").Sized(theme.NameSize).Bold(), own,
		problem.Prose, busy,
	)
	if len(s.model.Self.Link) == 0 {
		own.Add(kit.NewProse("None: this computer is on no network right now.").Muted())
	}
	sheet = kit.NewSheet(500, "Connect to an address", body, kit.NewButton("Cancel", false, s.Dismiss), connect)
	s.Show(sheet, address)
}
