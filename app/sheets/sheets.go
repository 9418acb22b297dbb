package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/kit"
)

// show puts a sheet over the window, in place of one that may be there.
func (w *window) show(s *kit.Sheet, first fyne.Focusable) {
	w.dismiss()
	w.sheet = s
	s.OnClosed = func() {
		w.sheet = nil
		w.focusComposer()
		w.showNotices()
	}
	s.ShowOn(w.win.Canvas(), first)
}

// dismiss closes the sheet, if there is one.
func (w *window) dismiss() {
	if w.sheet == nil {
		return
	}
	s := w.sheet
	w.sheet, s.OnClosed = nil, nil
	s.Close()
	w.focusComposer()
}

// escape closes the sheet at the Escape key.
func (w *window) escape(key fyne.KeyName) {
	if key == fyne.KeyEscape && w.sheet != nil {
		w.sheet.Close()
	}
}

// field returns a field for a sheet: Escape closes the sheet, Enter does enter.
func (w *window) field(hint string, enter func()) *kit.Field {
	f := kit.NewField(hint)
	f.OnKey = w.escape
	f.OnSubmitted = func(string) { enter() }
	return f
}

// button returns a button; main is the one most will want.
func button(label string, main bool, do func()) *widget.Button {
	b := widget.NewButton(label, do)
	if main {
		b.Importance = widget.HighImportance
	}
	return b
}

// say adds something the user should know; it is shown when nothing else is.
func (w *window) say(text string) {
	w.notices = append(w.notices, text)
	w.showNotices()
}

func (w *window) showNotices() {
	if w.sheet != nil || len(w.notices) == 0 {
		return
	}
	text := w.notices[0]
	w.notices = w.notices[1:]
	var s *kit.Sheet
	ok := button("OK", true, func() { s.Close() })
	s = kit.NewSheet(440, "Please note", kit.NewProse(text), ok)
	w.show(s, ok)
}
