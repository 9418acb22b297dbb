package theme

import (
	"fmt"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// luminance is the relative luminance of WCAG 2.2.
func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// over draws a colour that may be transparent over an opaque one.
func over(top, ground color.NRGBA) color.NRGBA {
	mix := func(t, g uint8) uint8 {
		a := float64(top.A) / 255
		return uint8(math.Round(float64(t)*a + float64(g)*(1-a)))
	}
	return color.NRGBA{mix(top.R, ground.R), mix(top.G, ground.G), mix(top.B, ground.B), 255}
}

// stack returns what one sees of the named colours laid over each other, the
// lowest first.
func stack(palette map[fyne.ThemeColorName]color.Color, names ...fyne.ThemeColorName) color.NRGBA {
	seen := palette[names[0]].(color.NRGBA)
	for _, n := range names[1:] {
		seen = over(palette[n].(color.NRGBA), seen)
	}
	return seen
}

var variants = []struct {
	name    string
	palette map[fyne.ThemeColorName]color.Color
}{{"light", lightPalette}, {"dark", darkPalette}}

func TestContrast(t *testing.T) {
	const text, mark = 4.5, 3.0 // WCAG 2.2, 1.4.3 and 1.4.11
	type names = []fyne.ThemeColorName
	cases := []struct {
		on    names // grounds over each other
		what  names
		least float64
	}{
		{names{fynetheme.ColorNameBackground}, names{fynetheme.ColorNameForeground, fynetheme.ColorNamePlaceHolder, fynetheme.ColorNameHyperlink, fynetheme.ColorNamePrimary,
			fynetheme.ColorNameError, fynetheme.ColorNameSuccess, fynetheme.ColorNameWarning, ColorMeta, ColorErrorText, ColorLink}, text},
		{names{fynetheme.ColorNameInputBackground}, names{fynetheme.ColorNameForeground, fynetheme.ColorNamePlaceHolder}, text},
		{names{fynetheme.ColorNameInputBackground, fynetheme.ColorNameSelection}, names{fynetheme.ColorNameForeground}, text},
		{names{fynetheme.ColorNameButton}, names{fynetheme.ColorNameForeground}, text},
		{names{fynetheme.ColorNameButton, fynetheme.ColorNameHover}, names{fynetheme.ColorNameForeground}, text},
		{names{fynetheme.ColorNameMenuBackground}, names{fynetheme.ColorNameForeground}, text},
		{names{fynetheme.ColorNameMenuBackground, fynetheme.ColorNameHover}, names{fynetheme.ColorNameForeground}, text},
		{names{fynetheme.ColorNameOverlayBackground}, names{fynetheme.ColorNameForeground, fynetheme.ColorNamePlaceHolder, fynetheme.ColorNameError}, text},
		{names{fynetheme.ColorNameHeaderBackground}, names{fynetheme.ColorNameForeground}, text},
		{names{fynetheme.ColorNamePrimary}, names{fynetheme.ColorNameForegroundOnPrimary}, text},
		{names{fynetheme.ColorNameError}, names{fynetheme.ColorNameForegroundOnError}, text},
		{names{fynetheme.ColorNameSuccess}, names{fynetheme.ColorNameForegroundOnSuccess}, text},
		{names{fynetheme.ColorNameWarning}, names{fynetheme.ColorNameForegroundOnWarning}, text},
		{names{ColorSidebar}, names{fynetheme.ColorNameForeground, ColorMeta}, text},
		{names{ColorSidebar}, names{ColorOnline}, mark},
		{names{ColorSelectedRow}, names{fynetheme.ColorNameForeground, ColorMeta}, text},
		{names{ColorPane}, names{fynetheme.ColorNameForeground, ColorUnread, ColorMeta}, text},
		{names{ColorBubble}, names{fynetheme.ColorNameForeground, ColorMeta, ColorLink}, text},
		{names{ColorBubble, ColorCode}, names{fynetheme.ColorNameForeground}, text},
		{names{ColorBubble, ColorMark}, names{fynetheme.ColorNameForeground, ColorLink}, text},
		{names{ColorBubble, ColorTextSelected}, names{fynetheme.ColorNameForeground, ColorLink}, text},
		{names{ColorOwnBubble}, names{fynetheme.ColorNameForeground, ColorMeta, ColorLink, ColorRead, ColorErrorText}, text},
		{names{ColorOwnBubble, ColorCode}, names{fynetheme.ColorNameForeground}, text},
		{names{ColorOwnBubble, ColorMark}, names{fynetheme.ColorNameForeground, ColorLink}, text},
		{names{ColorOwnBubble, ColorTextSelected}, names{fynetheme.ColorNameForeground, ColorLink}, text},
		{names{ColorPane, ColorFlash}, names{ColorMeta}, text},
		{names{ColorUnread}, names{ColorOnUnread}, text},
		{names{ColorNote}, names{ColorNoteText}, text},
		{names{ColorTooltip}, names{ColorTooltipText}, text},
		{names{ColorPill}, names{ColorPillText}, text},
		// The list, the head of a conversation, the pane, cards and menus as they stand.
		{names{ColorSidebar}, names{fynetheme.ColorNamePlaceHolder, fynetheme.ColorNamePrimary, fynetheme.ColorNameWarning}, text},
		{names{ColorSidebar, fynetheme.ColorNameHover}, names{fynetheme.ColorNamePlaceHolder, fynetheme.ColorNamePrimary, fynetheme.ColorNameWarning}, text},
		{names{ColorSelectedRow}, names{fynetheme.ColorNamePlaceHolder, fynetheme.ColorNamePrimary, fynetheme.ColorNameWarning}, text},
		{names{fynetheme.ColorNameHeaderBackground}, names{fynetheme.ColorNamePlaceHolder, fynetheme.ColorNameWarning}, text},
		{names{ColorPane}, names{fynetheme.ColorNamePlaceHolder}, text},
		{names{ColorNote}, names{ColorErrorText}, mark},
		{names{fynetheme.ColorNameOverlayBackground}, names{ColorErrorText, ColorLink, fynetheme.ColorNameWarning}, text},
		{names{fynetheme.ColorNameButton, fynetheme.ColorNameFocus}, names{fynetheme.ColorNameForeground}, text},
		{names{fynetheme.ColorNamePrimary, fynetheme.ColorNameFocus}, names{fynetheme.ColorNameForegroundOnPrimary}, text},
		{names{fynetheme.ColorNameError, fynetheme.ColorNameFocus}, names{fynetheme.ColorNameForegroundOnError}, text},
		{names{fynetheme.ColorNameMenuBackground}, names{ColorMeta}, text},
		{names{fynetheme.ColorNameBackground}, names{fynetheme.ColorNameInputBorder}, mark},
		{names{fynetheme.ColorNameOverlayBackground}, names{fynetheme.ColorNameInputBorder}, mark},
		{names{ColorSidebar}, names{fynetheme.ColorNameInputBorder}, mark},
	}
	for _, v := range variants {
		for _, c := range cases {
			ground := stack(v.palette, c.on...)
			for _, what := range c.what {
				if got := contrast(stack(v.palette, what), ground); got < c.least {
					t.Errorf("%s: %s on %v has a contrast of %.2f, under %.1f", v.name, what, c.on, got, c.least)
				}
			}
		}
	}
}

func TestContrastOfPeople(t *testing.T) {
	for i, p := range people {
		for _, c := range []struct {
			what   string
			letter color.NRGBA
			ground color.NRGBA
		}{
			{"initials", p.onAvatar, p.avatar},
			{"light name on the pane", p.lightName, lightPalette[ColorPane].(color.NRGBA)},
			{"light name on a bubble", p.lightName, lightPalette[ColorBubble].(color.NRGBA)},
			{"dark name on the pane", p.darkName, darkPalette[ColorPane].(color.NRGBA)},
			{"dark name on a bubble", p.darkName, darkPalette[ColorBubble].(color.NRGBA)},
		} {
			if got := contrast(c.letter, c.ground); got < 4.5 {
				t.Errorf("person %d: %s has a contrast of %.2f", i, c.what, got)
			}
		}
	}
}

// TestPalettesHaveTheSameNames finds a colour that one variant lacks, which
// would be another's or nil.
func TestPalettesHaveTheSameNames(t *testing.T) {
	for name := range lightPalette {
		if darkPalette[name] == nil {
			t.Errorf("the dark variant has no %s", name)
		}
	}
	for name := range darkPalette {
		if lightPalette[name] == nil {
			t.Errorf("the light variant has no %s", name)
		}
	}
}

func TestContrastFormula(t *testing.T) {
	black, white := rgb(0), rgb(0xffffff)
	if got := fmt.Sprintf("%.2f", contrast(black, white)); got != "21.00" {
		t.Errorf("black on white has a contrast of %s, not 21", got)
	}
	if got := fmt.Sprintf("%.2f", contrast(rgb(0x767676), white)); got != "4.54" { // a known pair
		t.Errorf("#767676 on white has a contrast of %s, not 4.54", got)
	}
}
