package composer

import "unicode/utf8"

// behind is a place for the cursor that Fyne has none for: behind the blank that a row
// is wrapped at, while nothing follows in its line. Fyne shows the cursor before that
// blank and would put there what is typed next, so that two words became one.
type behind struct {
	text        string // in which that is so, if it is the one in the box
	row, column int    // where Fyne has the cursor
}

func (e *entry) isBehind() bool {
	return e.behind.text != "" && e.behind == behind{e.Text, e.CursorRow, e.CursorColumn} && e.SelectedText() == ""
}

// at returns how many code points stand before the cursor.
func (e *entry) at() int {
	at := e.CursorTextOffset()
	if e.isBehind() {
		at++
	}
	return min(at, utf8.RuneCountInString(e.Text))
}

// edit makes a change where the cursor is, after which it is to stand at a place, and
// tells of it once. Where a selection is replaced Fyne alone knows the place.
func (e *entry) edit(at int, change func()) {
	before, selected, quiet := e.Text, e.SelectedText() != "", e.quiet
	if e.isBehind() {
		e.CursorColumn++ // which Fyne counts from until it shows the cursor again
	}
	e.quiet = true
	change()
	if !selected {
		e.stand(at)
	}
	e.quiet = quiet
	switch {
	case quiet:
	case e.Text != before:
		e.c.changed(e.Text)
	default:
		e.c.offer()
	}
}

// stand puts the cursor at a place, or as close to it as Fyne can.
func (e *entry) stand(at int) {
	was, column := e.CursorRow, e.CursorColumn
	begin := func(row int) int {
		e.CursorRow, e.CursorColumn = row, 0
		return e.CursorTextOffset()
	}
	row := was
	for row > 0 && begin(row) > at {
		row--
	}
	for next := begin(row + 1); next > begin(row) && next <= at; next = begin(row + 1) {
		row++
	}
	if e.CursorColumn = at - begin(row); row != was || e.CursorColumn != column {
		e.Refresh() // which leaves it no further than the row's end
	}
	e.behind = behind{}
	if e.CursorTextOffset() < at {
		e.behind = behind{e.Text, e.CursorRow, e.CursorColumn}
	}
}
