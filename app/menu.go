package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// menu is the window's menu. Its shortcuts work wherever the focus is, which
// those of the canvas do not.
func (w *window) menu() *fyne.MainMenu {
	item := func(label string, key fyne.KeyName, mod fyne.KeyModifier, do func()) *fyne.MenuItem {
		i := fyne.NewMenuItem(label, do)
		if key != "" {
			i.Shortcut = &desktop.CustomShortcut{KeyName: key, Modifier: mod}
		}
		return i
	}
	// Nothing of this makes sense before the user has a name.
	named := func(do func()) func() {
		return func() {
			if w.firstRun == nil {
				do()
			}
		}
	}
	const ctrl, alt = fyne.KeyModifierShortcutDefault, fyne.KeyModifierAlt
	quit := item("Quit", fyne.KeyQ, ctrl, w.app.Quit)
	quit.IsQuit = true
	return fyne.NewMainMenu(
		fyne.NewMenu("Parlance",
			item("Settings…", fyne.KeyComma, ctrl, named(w.showSettings)),
			fyne.NewMenuItemSeparator(),
			quit),
		fyne.NewMenu("People",
			item("Search", fyne.KeyK, ctrl, named(w.focusSearch)),
			item("Previous conversation", fyne.KeyUp, alt, named(func() { w.step(-1) })),
			item("Next conversation", fyne.KeyDown, alt, named(func() { w.step(1) })),
			fyne.NewMenuItemSeparator(),
			item("New group…", fyne.KeyG, ctrl, named(w.sheets.NewGroup)),
			item("Join a room…", fyne.KeyJ, ctrl, named(w.joinRoom)),
			item("Connect to an address…", "", 0, named(w.sheets.Connect)),
			item("Talk to a raw UDP address…", fyne.KeyN, ctrl, named(w.sheets.RawUDP))),
		fyne.NewMenu("Help",
			item("Can't see someone?", "", 0, named(w.sheets.Doctor)),
			item("What the marks mean", "", 0, named(w.sheets.Legend)),
			item("About Parlance", "", 0, w.sheets.About)),
	)
}

func (w *window) focusSearch() {
	w.sheets.Dismiss()
	w.win.Canvas().Focus(w.left.search)
	w.left.search.SelectAll()
}
