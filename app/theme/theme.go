package theme

import (
	"fmt"
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Mode says which variant is shown.
type Mode string

// The modes. The zero value means System.
const (
	System Mode = "system" // what the desktop prefers, and its changes
	Light  Mode = "light"
	Dark   Mode = "dark"
)

// ParseMode reads a stored mode; an empty one is System.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case "":
		return System, nil
	case System, Light, Dark:
		return m, nil
	}
	return System, fmt.Errorf("theme mode %q is none of %q, %q, %q", s, System, Light, Dark)
}

// Theme is Parlance's fyne.Theme. To change the mode, set a new one:
// app.Settings().SetTheme(theme.New(mode)).
type Theme struct {
	base fyne.Theme
	mode Mode
}

var _ fyne.Theme = (*Theme)(nil)

// New returns the theme in the given mode.
func New(mode Mode) *Theme {
	wholeEmoji()
	return &Theme{base: fynetheme.DefaultTheme(), mode: mode}
}

// Mode returns the mode the theme was made with.
func (t *Theme) Mode() Mode { return t.mode }

// variant returns the variant that is shown when the desktop prefers v.
func (t *Theme) variant(v fyne.ThemeVariant) fyne.ThemeVariant {
	switch t.mode {
	case Light:
		return fynetheme.VariantLight
	case Dark:
		return fynetheme.VariantDark
	}
	return v
}

// Color implements fyne.Theme.
func (t *Theme) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	v = t.variant(v)
	if c, ok := paletteOf(v)[name]; ok {
		return c
	}
	return t.base.Color(name, v)
}

// Font implements fyne.Theme.
func (t *Theme) Font(style fyne.TextStyle) fyne.Resource { return t.base.Font(style) }

// Icon implements fyne.Theme.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource {
	if name == fynetheme.IconNameCheckButton {
		return emptyBox
	}
	return t.base.Icon(name)
}

// emptyBox is a check box that is not checked. The line of Fyne's falls between pixels,
// and would be so faint that the box looks disabled.
var emptyBox = fynetheme.NewThemedResource(fyne.NewStaticResource("parlance-box.svg", []byte(
	`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"><path fill-rule="evenodd" `+
		`d="M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm1 3v12h12V6z"/></svg>`)))

// Size implements fyne.Theme.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := sizes[name]; ok {
		return s
	}
	return t.base.Size(name)
}

// Color returns a colour of the variant that is shown now: one of Fyne's names
// or one of this package's. Under a theme that is not Parlance's (tests), the
// names of this package come from Parlance's palette all the same.
func Color(name fyne.ThemeColorName) color.Color {
	settings := fyne.CurrentApp().Settings()
	if strings.HasPrefix(string(name), ownPrefix) {
		return paletteOf(currentVariant())[name]
	}
	return settings.Theme().Color(name, settings.ThemeVariant())
}

// IsDark says whether the dark variant is shown now.
func IsDark() bool { return currentVariant() == fynetheme.VariantDark }

func currentVariant() fyne.ThemeVariant {
	settings := fyne.CurrentApp().Settings()
	if t, ok := settings.Theme().(*Theme); ok {
		return t.variant(settings.ThemeVariant())
	}
	return settings.ThemeVariant()
}

func paletteOf(v fyne.ThemeVariant) map[fyne.ThemeColorName]color.Color {
	if v == fynetheme.VariantDark {
		return darkPalette
	}
	return lightPalette
}
