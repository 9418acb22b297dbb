// Package palette asks for a reaction: a few emoji to choose from, by pointer or
// keyboard, and a box for any other.
package palette

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"github.com/rivo/uniseg"

	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Usual are the emoji one chooses from; Fyne's own font has them all.
var Usual = []string{"👍", "❤️", "😄", "😮", "😢", "🎉", "🙏", "👎"}

const (
	cell     float32 = 36 // of an emoji
	moreText         = "More…"
)

// strip is the row of emoji, with "More…" at its end. One of them has the
// keyboard's choice.
type strip struct {
	widget.BaseWidget
	popup   *widget.PopUp
	pick    func(string)
	mine    int // which is one's own already, or -1
	at      int // which is chosen by the keyboard
	over    int // which is under the pointer, or -1
	ring    *canvas.Rectangle
	hover   *canvas.Rectangle
	own     *canvas.Rectangle
	texts   []*canvas.Text
	objects []fyne.CanvasObject
}

// Show opens the palette beside a point of the canvas. mine is one's reaction of
// now, which stands out. pick is called with what was chosen.
func Show(c fyne.Canvas, at fyne.Position, mine string, pick func(text string)) {
	s := &strip{pick: pick, mine: -1, over: -1}
	rectangle := func() *canvas.Rectangle {
		r := canvas.NewRectangle(color.Transparent)
		r.CornerRadius = 8
		s.objects = append(s.objects, r)
		return r
	}
	s.own, s.hover, s.ring = rectangle(), rectangle(), rectangle()
	s.ring.StrokeWidth = 2
	for i, text := range append(append([]string(nil), Usual...), moreText) {
		if text == mine {
			s.mine, s.at = i, i
		}
		t := canvas.NewText(text, theme.Color(fynetheme.ColorNameForeground))
		if t.TextSize = 20; text == moreText {
			t.TextSize = theme.TextSize
		}
		s.texts = append(s.texts, t)
		s.objects = append(s.objects, t)
	}
	s.ExtendBaseWidget(s)
	s.popup = widget.NewPopUp(s, c)
	s.popup.ShowAtPosition(at)
	s.arrange()
	c.Focus(s)
}

// place returns where the i-th choice stands.
func (s *strip) place(i int) (fyne.Position, fyne.Size) {
	size := fyne.NewSquareSize(cell)
	if i == len(Usual) {
		size.Width = s.texts[i].MinSize().Width + 16
	}
	return fyne.NewPos(float32(i)*cell, 0), size
}

// choiceAt returns which choice stands at a point, or -1.
func (s *strip) choiceAt(p fyne.Position) int {
	for i := range s.texts {
		if at, size := s.place(i); p.X >= at.X && p.X < at.X+size.Width {
			return i
		}
	}
	return -1
}

func (s *strip) arrange() {
	mark := func(r *canvas.Rectangle, i int) {
		if r.Hidden = i < 0; r.Hidden {
			return
		}
		at, size := s.place(i)
		r.Move(at.AddXY(2, 2))
		r.Resize(size.SubtractWidthHeight(4, 4))
	}
	s.own.FillColor = theme.Color(theme.ColorSelectedRow)
	s.hover.FillColor = theme.Color(fynetheme.ColorNameHover)
	s.ring.StrokeColor = theme.Color(fynetheme.ColorNamePrimary)
	mark(s.own, s.mine)
	mark(s.hover, s.over)
	mark(s.ring, s.at)
	for i, t := range s.texts {
		at, size := s.place(i)
		own := t.MinSize()
		t.Resize(own)
		drop := float32(0)
		if i < len(Usual) {
			drop = msgtext.EmojiDrop * t.TextSize
		}
		t.Move(theme.GridOf(s).Pos(at.X+(size.Width-own.Width)/2, at.Y+(size.Height-own.Height)/2+drop))
	}
	canvas.Refresh(s)
}

// choose takes the i-th choice.
func (s *strip) choose(i int) {
	switch {
	case i < 0:
		return
	case i == len(Usual):
		s.ask()
		return
	}
	s.popup.Hide()
	s.pick(Usual[i])
}

// ask puts a box in place of the emoji.
func (s *strip) ask() {
	at, c := fyne.CurrentApp().Driver().AbsolutePositionForObject(s), s.popup.Canvas
	s.popup.Hide()
	box := newBox()
	popup := widget.NewPopUp(container.NewGridWrap(fyne.NewSize(230, box.MinSize().Height), box), c)
	box.cancel = popup.Hide
	box.OnSubmitted = func(text string) {
		if text = strings.TrimSpace(text); text != "" {
			popup.Hide()
			s.pick(text)
		}
	}
	popup.ShowAtPosition(at)
	c.Focus(box)
}

// TypedKey implements fyne.Focusable.
func (s *strip) TypedKey(e *fyne.KeyEvent) {
	last := len(Usual)
	switch e.Name {
	case fyne.KeyLeft:
		s.at = max(s.at-1, 0)
	case fyne.KeyRight:
		s.at = min(s.at+1, last)
	case fyne.KeyHome:
		s.at = 0
	case fyne.KeyEnd:
		s.at = last
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		s.choose(s.at)
		return
	case fyne.KeyEscape:
		s.popup.Hide()
		return
	}
	s.arrange()
}

// TypedRune implements fyne.Focusable.
func (s *strip) TypedRune(rune) {}

// FocusGained implements fyne.Focusable.
func (s *strip) FocusGained() {}

// FocusLost implements fyne.Focusable.
func (s *strip) FocusLost() {}

// Tapped implements fyne.Tappable.
func (s *strip) Tapped(e *fyne.PointEvent) { s.choose(s.choiceAt(e.Position)) }

// MouseIn implements desktop.Hoverable.
func (s *strip) MouseIn(e *desktop.MouseEvent) { s.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (s *strip) MouseMoved(e *desktop.MouseEvent) {
	if i := s.choiceAt(e.Position); i != s.over {
		s.over = i
		s.arrange()
	}
}

// MouseOut implements desktop.Hoverable.
func (s *strip) MouseOut() {
	s.over = -1
	s.arrange()
}

// Cursor implements desktop.Cursorable.
func (s *strip) Cursor() desktop.Cursor { return desktop.PointerCursor }

// MinSize implements fyne.CanvasObject.
func (s *strip) MinSize() fyne.Size {
	at, size := s.place(len(Usual))
	return fyne.NewSize(at.X+size.Width, cell)
}

// CreateRenderer implements fyne.Widget.
func (s *strip) CreateRenderer() fyne.WidgetRenderer { return &renderer{s} }

type renderer struct{ s *strip }

func (r *renderer) Layout(fyne.Size)             { r.s.arrange() }
func (r *renderer) MinSize() fyne.Size           { return r.s.MinSize() }
func (r *renderer) Refresh()                     { r.s.arrange() }
func (r *renderer) Objects() []fyne.CanvasObject { return r.s.objects }
func (r *renderer) Destroy()                     {}

// box takes any reaction, as long as one may be.
type box struct {
	widget.Entry
	cancel func()
}

func newBox() *box {
	b := &box{}
	b.PlaceHolder = "An emoji or a short word"
	b.OnChanged = func(text string) {
		if short := shorten(text); short != text {
			b.SetText(short)
		}
	}
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey implements fyne.Focusable.
func (b *box) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		b.cancel()
		return
	}
	b.Entry.TypedKey(e)
}

// shorten cuts a text to what a reaction may have, between two characters.
func shorten(text string) string {
	end, state := 0, -1
	for rest := text; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if end+len(cluster) > chat.MaxReaction {
			break
		}
		end += len(cluster)
	}
	return text[:end]
}
