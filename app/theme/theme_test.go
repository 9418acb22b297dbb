package theme

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"
)

func TestParseMode(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Mode
		ok   bool
	}{
		{"", System, true}, {"system", System, true}, {"light", Light, true}, {"dark", Dark, true},
		{"Dark", System, false}, {"blue", System, false},
	} {
		got, err := ParseMode(c.in)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("ParseMode(%q) = %q, %v", c.in, got, err)
		}
	}
}

func TestModeDecidesTheVariant(t *testing.T) {
	light, dark := lightPalette[fynetheme.ColorNameForeground], darkPalette[fynetheme.ColorNameForeground]
	for _, c := range []struct {
		mode    Mode
		desktop fyne.ThemeVariant
		want    any
	}{
		{System, fynetheme.VariantLight, light}, {System, fynetheme.VariantDark, dark}, {"", fynetheme.VariantDark, dark},
		{Light, fynetheme.VariantDark, light}, {Dark, fynetheme.VariantLight, dark},
	} {
		if got := New(c.mode).Color(fynetheme.ColorNameForeground, c.desktop); got != c.want {
			t.Errorf("mode %q on a desktop of variant %d shows %v", c.mode, c.desktop, got)
		}
	}
}

func TestColorOfThePackage(t *testing.T) {
	app := test.NewTempApp(t)
	if Color(ColorOwnBubble) == nil {
		t.Error("no colour of Parlance's under a foreign theme")
	}
	for _, c := range []struct {
		mode Mode
		want any
		dark bool
	}{{Light, lightPalette[ColorOwnBubble], false}, {Dark, darkPalette[ColorOwnBubble], true}} {
		app.Settings().SetTheme(New(c.mode))
		if Color(ColorOwnBubble) != c.want || IsDark() != c.dark {
			t.Errorf("mode %q is not what is shown", c.mode)
		}
		if Color(fynetheme.ColorNamePrimary) != New(c.mode).Color(fynetheme.ColorNamePrimary, 0) {
			t.Errorf("mode %q: Fyne's names are not the theme's", c.mode)
		}
	}
}

func TestUnknownNamesAreFynes(t *testing.T) {
	test.NewTempApp(t)
	th, base := New(Light), fynetheme.DefaultTheme()
	if th.Size(fynetheme.SizeNameInlineIcon) != base.Size(fynetheme.SizeNameInlineIcon) || th.Size(fynetheme.SizeNameText) != TextSize {
		t.Error("sizes do not come from the right theme")
	}
	if th.Icon(fynetheme.IconNameMailSend) == nil || th.Font(fyne.TextStyle{}) == nil {
		t.Error("no icon or no font")
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Anna Lindqvist":          "AL",
		"anna":                    "A",
		"Jean Paul van der Berg":  "JB",
		"  ":                      "?",
		"":                        "?",
		"...":                     "?",
		"(work) laptop":           "WL",
		"devbox-7":                "D",
		"7 dwarfs":                "7D",
		"田中 太郎":                   "田",
		"👩‍👩‍👧 family":            "👩‍👩‍👧",
		"e\u0301milie":            "E\u0301",
		"Ωmega Straße":            "ΩS",
		"udp 10.0.0.7":            "U1",
		"\u200b\u2060invisible x": "IX",
	} {
		if got := Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, not %q", name, got, want)
		}
	}
}

func TestPeopleKeepTheirColours(t *testing.T) {
	test.NewTempApp(t)
	used := map[any]bool{}
	for i := range 200 {
		id := string(rune('a'+i%26)) + string(rune('a'+i/26))
		ground, _ := Avatar(id)
		again, _ := Avatar(id)
		if ground != again {
			t.Fatalf("%q changed its colour", id)
		}
		used[ground] = true
	}
	if len(used) != len(people) {
		t.Errorf("200 people share %d of %d colours", len(used), len(people))
	}
	if Name("anna") == nil {
		t.Error("no colour for a name")
	}
}

func TestGrid(t *testing.T) {
	for _, c := range []struct {
		grid             Grid
		in, round, ceils float32
	}{
		{1, 10.4, 10, 11}, {1, 10.6, 11, 11}, {1, 10, 10, 10}, {2, 10.3, 10.5, 10.5}, {2, 10.2, 10, 10.5}, {1.5, 2, 2, 2},
	} {
		if got := c.grid.Round(c.in); got != c.round {
			t.Errorf("grid %v: Round(%v) = %v, not %v", c.grid, c.in, got, c.round)
		}
		if got := c.grid.Ceil(c.in); got != c.ceils {
			t.Errorf("grid %v: Ceil(%v) = %v, not %v", c.grid, c.in, got, c.ceils)
		}
	}
	if GridOf(nil) <= 0 {
		t.Error("no grid without a screen")
	}
}
