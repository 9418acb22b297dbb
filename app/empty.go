package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/assets"
)

var icon = fyne.NewStaticResource("icon.svg", assets.IconSVG)

// outlook is what the pane says while no conversation is open: whom it sees, on
// which cards, and what to try.
type outlook struct {
	title string
	who   string
	cards string
	alone bool // nobody is there: say what to try
}

func (m *model) outlook() outlook {
	cards, here := m.cards(), m.online()
	o := outlook{alone: len(here) == 0}
	switch {
	case len(cards) == 0 && len(here) == 0:
		o.title = "No network"
		o.who = "This computer is not connected to any network. Parlance will look for people as soon as it is."
	case len(here) == 0:
		o.title = "Nobody else here yet"
		o.who = "Parlance is looking. Whoever starts it on this network shows up on the left within a second or two."
	default:
		o.title = plural(len(here), "One person is here", "%d people are here")
		o.who = "Parlance sees " + listed(names(here), 5) + ". Pick somebody on the left and say hello."
	}
	if len(cards) > 0 {
		o.cards = "Looking on " + listed(cardNames(cards), 4)
	}
	return o
}

// empty shows an outlook.
type empty struct {
	title, who, cards *kit.Prose
	tries             *fyne.Container
	object            fyne.CanvasObject
	shown             outlook
}

func newEmpty(connect, raw, doctor func()) *empty {
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
		kit.NewOption(fynetheme.MailSendIcon(), "Talk to a raw UDP address…", "For programs that send plain text, such as a script of your own.", raw),
	)
	content := container.New(kit.Stack{Gaps: []float32{12, 8, 10, 18}}, picture(64), e.title, e.who, e.cards, e.tries)
	scroll := container.NewVScroll(container.New(kit.Inset{Top: 24, Right: 24, Bottom: 24, Left: 24},
		container.New(kit.Middle{Width: 440}, content)))
	e.object = kit.NewPanel(theme.ColorPane, kit.Inset{}, scroll)
	return e
}

func (e *empty) show(o outlook) {
	if e.shown == o {
		return // most events change nothing here
	}
	e.shown = o
	e.title.SetText(o.title)
	e.who.SetText(o.who)
	e.cards.SetText(o.cards)
	e.cards.Hidden = o.cards == ""
	e.tries.Hidden = !o.alone
	e.object.Refresh()
}

// picture is the program's icon, centred.
func picture(size float32) fyne.CanvasObject {
	img := canvas.NewImageFromResource(icon)
	img.FillMode = canvas.ImageFillContain
	img.SetMinSize(fyne.NewSquareSize(size))
	return container.NewCenter(img)
}
