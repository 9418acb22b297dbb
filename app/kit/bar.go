package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Bar says something important across the top of a pane, with buttons that
// answer it.
type Bar struct {
	widget.BaseWidget
	icon    *widget.Icon
	text    *Prose
	buttons *fyne.Container
	panel   *Panel
	said    string
}

// Choice is a button of a bar.
type Choice struct {
	Label string
	Main  bool // the one most will want
	Do    func()
}

// NewBar returns a bar that is hidden until it says something.
func NewBar() *Bar {
	b := &Bar{
		icon:    widget.NewIcon(nil),
		text:    NewProse("").Sized(theme.NameSize).Colored(theme.ColorNoteText),
		buttons: container.New(Row{Gap: 6, Grow: -1}),
	}
	b.panel = NewPanel(theme.ColorNote, Inset{Top: 8, Right: 14, Bottom: 8, Left: 16},
		container.New(&barLayout{}, b.icon, b.text, b.buttons))
	b.ExtendBaseWidget(b)
	b.Hide()
	return b
}

// Say shows text and choices about subject: what is said of another subject
// replaces it even if the words are the same. Serious makes it look like an alarm.
func (b *Bar) Say(subject, text string, serious bool, choices ...Choice) {
	key := subject + "\x00" + text
	for _, c := range choices {
		key += "\x00" + c.Label
	}
	if b.said != key {
		b.said = key
		b.text.SetText(text)
		icon, ink := fynetheme.InfoIcon(), fyne.ThemeColorName(theme.ColorNoteText)
		if serious {
			icon, ink = fynetheme.WarningIcon(), theme.ColorErrorText
		}
		b.icon.SetResource(fynetheme.NewColoredResource(icon, ink))
		b.buttons.RemoveAll()
		for _, c := range choices {
			b.buttons.Add(NewButton(c.Label, c.Main, c.Do))
		}
		b.Refresh()
	}
	b.Show()
}

// Text returns what the bar says, "" while it is hidden.
func (b *Bar) Text() string {
	if !b.Visible() {
		return ""
	}
	return b.text.Text()
}

// Choices returns the buttons that the bar shows.
func (b *Bar) Choices() []*Button {
	var out []*Button
	for _, o := range b.buttons.Objects {
		out = append(out, o.(*Button))
	}
	return out
}

// Resize implements fyne.CanvasObject.
func (b *Bar) Resize(size fyne.Size) {
	b.panel.Resize(size)
	b.BaseWidget.Resize(size)
}

// MinSize implements fyne.CanvasObject.
func (b *Bar) MinSize() fyne.Size { return b.panel.MinSize() }

// CreateRenderer implements fyne.Widget.
func (b *Bar) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(b.panel) }

// leastBarText is the width that text keeps beside the buttons; in a narrower
// bar the buttons stand below it.
const leastBarText float32 = 260

// barLayout lays out icon, text and buttons.
type barLayout struct {
	below bool // the buttons
}

// MinSize implements fyne.Layout: the height at the width the text has.
func (l *barLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	text, buttons := o[1].(*Prose), o[2].MinSize()
	height := max(text.MinSize().Height, buttons.Height)
	if l.below {
		height = text.MinSize().Height + 8 + buttons.Height
	}
	return fyne.NewSize(120, height)
}

// Layout implements fyne.Layout.
func (l *barLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	icon, text, buttons := o[0], o[1].(*Prose), o[2]
	iconSize, buttonSize := icon.MinSize(), buttons.MinSize()
	left := iconSize.Width + 10
	width := size.Width - left
	l.below = buttonSize.Width > 0 && width-buttonSize.Width-10 < leastBarText
	if buttonSize.Width > 0 && !l.below {
		width -= buttonSize.Width + 10
	}
	height := text.HeightFor(width)
	text.Resize(fyne.NewSize(width, height))
	buttons.Resize(buttonSize)
	if l.below {
		text.Move(fyne.NewPos(left, 0))
		icon.Move(fyne.NewPos(0, max(0, (height-iconSize.Height)/2)))
		buttons.Move(fyne.NewPos(left, height+8))
	} else {
		text.Move(fyne.NewPos(left, max(0, (size.Height-height)/2)))
		icon.Move(fyne.NewPos(0, (size.Height-iconSize.Height)/2))
		buttons.Move(fyne.NewPos(size.Width-buttonSize.Width, (size.Height-buttonSize.Height)/2))
	}
	icon.Resize(iconSize)
}
