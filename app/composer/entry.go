package composer

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"github.com/rivo/uniseg"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// maxRows is how many rows the box grows to before it scrolls.
const maxRows = 6

// entry is Fyne's text box with Parlance's keys. Its OnSubmitted stays nil: with
// it, Fyne would take Shift+Enter for sending.
type entry struct {
	widget.Entry
	c       *Composer
	focused bool
	quiet   bool // changes are not the user's, or not all of one
	behind  behind
	scroll  *container.Scroll
}

func newEntry(c *Composer) *entry {
	e := &entry{c: c}
	e.MultiLine = true
	e.Wrapping = fyne.TextWrapWord
	e.OnChanged = func(text string) {
		if !e.quiet {
			c.changed(text)
		}
	}
	e.OnCursorChanged = func() {
		if !e.quiet {
			c.offer()
		}
	}
	e.ExtendBaseWidget(e)
	return e
}

// CreateRenderer looks up the part of Fyne's that knows how high the text is.
func (e *entry) CreateRenderer() fyne.WidgetRenderer {
	r := e.Entry.CreateRenderer()
	for _, o := range r.Objects() {
		if s, ok := o.(*container.Scroll); ok {
			e.scroll = s
		}
	}
	return r
}

// MinSize grows with the text, up to maxRows.
func (e *entry) MinSize() fyne.Size {
	theme := e.Theme()
	pad := theme.Size(fynetheme.SizeNameInnerPadding)
	row := fyne.MeasureText("M", theme.Size(fynetheme.SizeNameText), fyne.TextStyle{}).Height
	rows := 1
	if e.scroll != nil && e.scroll.Content != nil {
		rows = int((e.scroll.Content.MinSize().Height-2*pad)/row + 0.5)
	}
	rows = min(max(rows, 1), maxRows)
	return fyne.NewSize(80, float32(rows)*row+2*pad+2*theme.Size(fynetheme.SizeNameInputBorder))
}

// Resize implements fyne.CanvasObject. Fyne keeps the row and the column of the cursor,
// which are another place in the text once that is wrapped anew.
func (e *entry) Resize(size fyne.Size) {
	at, wrapped := e.at(), size.Width != e.Size().Width
	e.Entry.Resize(size)
	if wrapped && e.SelectedText() == "" {
		quiet := e.quiet
		e.quiet = true
		e.stand(at)
		e.quiet = quiet
	}
}

// AcceptsTab lets Tab move the focus, as in all other boxes, unless there is
// something to complete.
func (e *entry) AcceptsTab() bool { return e.c.list.open() || e.c.canTab() }

// FocusGained implements fyne.Focusable.
func (e *entry) FocusGained() {
	e.focused = true
	e.Entry.FocusGained()
}

// FocusLost says that nobody types any more.
func (e *entry) FocusLost() {
	e.focused = false
	e.Entry.FocusLost()
	e.c.Left()
	if !e.c.list.over { // a press on the list comes with it
		e.c.closeList()
	}
}

// TypedKey gives keys their meaning in a chat.
func (e *entry) TypedKey(key *fyne.KeyEvent) {
	if e.Disabled() || e.c.listKey(key.Name) {
		return
	}
	switch key.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if e.c.modifiers()&fyne.KeyModifierShift == 0 {
			e.c.enter()
			return
		}
		if !e.hasRoom() {
			e.c.full()
			return
		}
		e.edit(e.at()+1, func() { e.Entry.TypedKey(key) })
		return
	case fyne.KeyTab:
		e.c.tab(e.c.modifiers()&fyne.KeyModifierShift != 0)
		return
	case fyne.KeyBackspace:
		n := e.clusterBefore()
		e.edit(e.at()-n, func() { e.repeat(key, n) })
		return
	case fyne.KeyDelete:
		e.edit(e.at(), func() { e.repeat(key, e.clusterAfter()) })
		return
	case fyne.KeyLeft:
		e.move(key, e.clusterBefore())
		return
	case fyne.KeyRight:
		e.move(key, e.clusterAfter())
		return
	case fyne.KeyEscape:
		if e.c.answering != nil || e.c.editing != nil {
			e.c.CancelMode()
			return
		}
		if e.c.OnKey != nil && e.c.OnKey(key) {
			return
		}
	case fyne.KeyPageUp, fyne.KeyPageDown:
		if e.c.OnKey != nil && e.c.OnKey(key) {
			return
		}
	case fyne.KeyHome, fyne.KeyEnd:
		if e.Text == "" && e.c.OnKey != nil && e.c.OnKey(key) {
			return
		}
	case fyne.KeyUp:
		if e.Text == "" && e.c.editing == nil && e.c.OnEditLast != nil && e.c.OnEditLast() {
			return
		}
		if e.Text == "" && e.c.OnKey != nil && e.c.OnKey(key) {
			return
		}
	}
	e.Entry.TypedKey(key)
}

// repeat types a key once for each code point of a cluster. A selection is dealt with
// as a whole by the first.
func (e *entry) repeat(key *fyne.KeyEvent, times int) {
	selected := e.SelectedText() != ""
	e.Entry.TypedKey(key)
	moving := key.Name == fyne.KeyLeft || key.Name == fyne.KeyRight
	if !selected || moving && e.SelectedText() != "" {
		for range times - 1 {
			e.Entry.TypedKey(key)
		}
	}
}

// move moves the cursor over a cluster, and tells of it once.
func (e *entry) move(key *fyne.KeyEvent, over int) {
	e.quiet = true
	e.repeat(key, over)
	e.quiet = false
	e.c.offer()
}

// clusterBefore returns how many code points the character before the cursor
// has.
func (e *entry) clusterBefore() int {
	text := []rune(e.Text)
	at := e.at()
	n := 0
	for graphemes := uniseg.NewGraphemes(string(text[lineStart(text, at):at])); graphemes.Next(); {
		n = len(graphemes.Runes())
	}
	return n
}

// clusterAfter returns how many code points the character after the cursor has.
func (e *entry) clusterAfter() int {
	text := []rune(e.Text)
	at := e.at()
	if graphemes := uniseg.NewGraphemes(string(text[at:])); graphemes.Next() {
		return len(graphemes.Runes())
	}
	return 0
}

// lineStart returns where the line begins that at stands in, itself included if
// it follows a line break: characters do not reach over those.
func lineStart(text []rune, at int) int {
	for i := at - 1; i > 0; i-- {
		if text[i-1] == '\n' {
			return i
		}
	}
	return 0
}

// TypedRune takes a character if there is room for it.
func (e *entry) TypedRune(r rune) {
	if e.Disabled() {
		return
	}
	e.c.runeComes(r)
	if !e.hasRoom() {
		e.c.full()
		return
	}
	e.edit(e.at()+1, func() { e.Entry.TypedRune(r) })
}

func (e *entry) hasRoom() bool { return e.room() > 0 }

// room returns how many characters can be put in where the cursor is.
func (e *entry) room() int {
	return MaxText - utf8.RuneCountInString(e.Text) + utf8.RuneCountInString(e.SelectedText())
}

// TypedShortcut asks the owner first, sends on Ctrl+Enter, and takes of a paste
// what fits.
func (e *entry) TypedShortcut(s fyne.Shortcut) {
	if e.c.OnShortcut != nil && e.c.OnShortcut(s) {
		return
	}
	switch s := s.(type) {
	case *fyne.ShortcutPaste:
		if s.Clipboard != nil && !e.Disabled() {
			e.insert(s.Clipboard.Content())
		}
		return
	case *desktop.CustomShortcut:
		switch s.KeyName {
		case fyne.KeyReturn, fyne.KeyEnter:
			e.c.enter()
			return
		case fyne.KeyBackspace, fyne.KeyDelete:
			e.deleteWord(s)
			return
		}
	}
	e.Entry.TypedShortcut(s)
}

// deleteWord has Fyne delete a word, and puts the cursor where it was.
func (e *entry) deleteWord(s *desktop.CustomShortcut) {
	at, after := e.at(), utf8.RuneCountInString(e.Text)-e.at()
	selected := e.SelectedText() != ""
	e.Entry.TypedShortcut(s)
	switch {
	case selected:
	case s.KeyName == fyne.KeyDelete:
		e.stand(at)
	default:
		e.stand(utf8.RuneCountInString(e.Text) - after)
	}
}

// insert puts in of text what fits.
func (e *entry) insert(text string) {
	if text == "" || e.Disabled() {
		return
	}
	taken, rest := split(chat.CleanText(text), max(e.room(), 0))
	if taken != "" {
		e.edit(e.at()+utf8.RuneCountInString(taken), func() {
			e.Entry.TypedShortcut(&fyne.ShortcutPaste{Clipboard: fixedClipboard(taken)})
		})
	}
	if rest != "" {
		e.c.tooLong(taken, rest)
	}
}

// exchange puts a text in place of as many code points before the cursor.
func (e *entry) exchange(before int, text string) {
	e.quiet = true
	for range before {
		e.edit(e.at()-1, func() { e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace}) })
	}
	e.quiet = false
	e.insert(text)
}

// split cuts text after at most n code points, between two characters.
func split(text string, n int) (head, tail string) {
	if utf8.RuneCountInString(text) <= n {
		return text, ""
	}
	at, state := 0, -1
	for at < len(text) {
		var cluster string
		cluster, _, _, state = uniseg.FirstGraphemeClusterInString(text[at:], state)
		if n -= utf8.RuneCountInString(cluster); n < 0 {
			break
		}
		at += len(cluster)
	}
	return text[:at], text[at:]
}

// replace puts a text in instead of the one there is, without telling.
func (e *entry) replace(text string) {
	e.quiet = true
	e.SetText(text)
	e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown}) // to the end, nothing selected
	e.stand(utf8.RuneCountInString(text))
	e.quiet = false
}

// fixedClipboard is a clipboard for handing a text to Fyne's box.
type fixedClipboard string

func (c fixedClipboard) Content() string   { return string(c) }
func (c fixedClipboard) SetContent(string) {}
