package sheets

import (
	"net/url"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// homepage is where the program's documents are.
const homepage = "https://github.com/parlance-chat/parlance"

// About says what the program is, and who one is.
func (s *Sheets) About() {
	self := s.model.Self
	link := widget.NewHyperlink(homepage[len("https://"):], mustURL(homepage))
	link.Alignment = fyne.TextAlignCenter
	body := container.New(kit.Stack{Gaps: []float32{10, 2, 6, 14, 4, 14, 4}},
		kit.NewLogo(64),
		kit.NewProse("Parlance "+s.version).Sized(theme.TextSize+3).Bold().Centered(),
		kit.NewProse("Chat with the people on your network.").Muted().Centered(),
		link,
		kit.NewProse("Your device ID").Sized(theme.NameSize).Bold(), idBlock(self.ID),
		kit.NewProse("Your profile").Sized(theme.NameSize).Bold(),
		kit.NewProse(self.Profile).Sized(theme.NameSize).Muted(),
	)
	done := kit.NewButton("Close", true, s.Dismiss)
	s.Show(kit.NewSheet(500, "About", body,
		kit.NewButton("Copy device ID", false, func() { fyne.CurrentApp().Clipboard().SetContent(self.ID.String()) }), done), done)
}

func mustURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err) // a constant of this file
	}
	return u
}

// Person says who somebody is.
func (s *Sheets) Person(p chat.Peer) {
	body := container.New(kit.Stack{Gaps: []float32{14, 4}},
		person(p, p.Name, s.caption(p), false, nil, nil),
		Label("Device ID"), idBlock(p.ID))
	write := kit.NewButton("Write", true, func() { s.talkTo(p) })
	s.Show(kit.NewSheet(500, "About "+phrase.Clip(p.Name, 30), body,
		kit.NewButton("Close", false, s.Dismiss),
		kit.NewButton("Compare device IDs…", false, func() { s.Compare(p) }), write), write)
}
