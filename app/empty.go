package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/app/theme"
)

// empty shows an outlook.
type empty struct {
	title, who, cards *kit.Prose
	tries             *fyne.Container
	object            fyne.CanvasObject
	shown             model.Outlook
}

func newEmpty(connect, raw, doctor, room func()) *empty {
	e := &empty{
		title: kit.NewProse("").Sized(theme.TextSize + 6).Bold().Centered(),
		who:   kit.NewProse("").Muted().Centered(),
		cards: kit.NewProse("").Sized(theme.CaptionSize + 1).Colored(theme.ColorMeta).Centered(),
	}
	e.tries = container.New(kit.Stack{Gaps: []float32{6, 1}},
		kit.NewProse("What to try").Sized(theme.NameSize).Bold(),
		kit.NewOption(fynetheme.ComputerIcon(), "Check the other computer", "Parlance has to be running there, on the same network or Wi-Fi.", nil),
		kit.NewOption(fynetheme.SearchIcon(), "Connect to an address…", "For somebody on another subnet, or where the network keeps them apart.", connect),
		kit.NewOption(fynetheme.QuestionIcon(), "Can't see someone?", "Parlance looks at cards, ports and the firewall and says what to do.", doctor),
		kit.NewOption(fynetheme.StorageIcon(), "Join a room…", "For people on other networks: rooms on any IRC server, or on one of your own.", room),
		kit.NewOption(fynetheme.MailSendIcon(), "Talk to a raw UDP address…", "For programs that send plain text, such as a script of your own.", raw),
	)
	content := container.New(kit.Stack{Gaps: []float32{12, 8, 10, 18}}, kit.NewLogo(64), e.title, e.who, e.cards, e.tries)
	scroll := container.NewVScroll(container.New(kit.Inset{Top: 24, Right: 24, Bottom: 24, Left: 24},
		container.New(kit.Middle{Width: 440}, content)))
	e.object = kit.NewPanel(theme.ColorPane, kit.Inset{}, scroll)
	return e
}

func (e *empty) show(o model.Outlook) {
	if e.shown == o {
		return // most events change nothing here
	}
	e.shown = o
	e.title.SetText(o.Title)
	e.who.SetText(o.Who)
	e.cards.SetText(o.Cards)
	e.cards.Hidden = o.Cards == ""
	e.tries.Hidden = !o.Alone
	e.object.Refresh()
}
