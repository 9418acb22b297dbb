package composer

import (
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// SetNames sets the names that are offered after an @; nil offers none.
func (c *Composer) SetNames(names []string) {
	c.names = slices.Clone(names)
	c.offerNames()
}

// calledAt finds the beginning of a name that is typed before a place in a text:
// where its @ stands, and what follows that.
func calledAt(text []rune, at int) (start int, query string, ok bool) {
	for i := at - 1; i >= 0 && at-i <= chat.MaxName+1 && text[i] != '\n'; i-- {
		if text[i] != '@' {
			continue
		}
		if i > 0 && (unicode.IsLetter(text[i-1]) || unicode.IsDigit(text[i-1])) {
			return 0, "", false // such as in an address
		}
		return i, string(text[i+1 : at]), true
	}
	return 0, "", false
}

// matching returns the names that begin with what was typed, then those of which
// a later word does. A name that was typed in full needs no more help, unless
// others go on where it ends.
func matching(names []string, query string) []string {
	if strings.HasPrefix(query, " ") {
		return nil
	}
	var first, later []string
	for _, name := range names {
		switch found := msgtext.Find(name, []string{query}); {
		case strings.EqualFold(name+" ", query):
			return nil
		case query == "" || len(found) > 0 && found[0].Start == 0:
			first = append(first, name)
		case slices.ContainsFunc(found, func(r msgtext.Range) bool { return name[r.Start-1] == ' ' }):
			later = append(later, name)
		}
	}
	all := append(first, later...)
	if len(all) == 1 && strings.EqualFold(all[0], query) {
		return nil
	}
	return all
}

// offerNames shows the names that fit what stands before the cursor.
func (c *Composer) offerNames() {
	var names []string
	if len(c.names) > 0 && strings.Contains(c.box.Text, "@") && !c.box.Disabled() && c.box.SelectedText() == "" {
		text := []rune(c.box.Text)
		start, query, ok := calledAt(text, min(c.box.CursorTextOffset(), len(text)))
		switch {
		case !ok:
			c.dismissed = -1
		case start != c.dismissed:
			c.dismissed = -1
			names = matching(c.names, query)
		}
	} else {
		c.dismissed = -1
	}
	if !slices.Equal(names, c.list.names) {
		c.list.offer(names)
		c.Refresh()
	}
}

// complete puts a name in for what was typed of it.
func (c *Composer) complete(name string) {
	text := []rune(c.box.Text)
	at := min(c.box.CursorTextOffset(), len(text))
	start, _, ok := calledAt(text, at)
	if !ok {
		return
	}
	if at < len(text) && text[at] == ' ' { // and over the space that is there
		c.box.exchange(at-start, "@"+name)
		c.box.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	} else {
		c.box.exchange(at-start, "@"+name+" ")
	}
	c.dismissed = start // also if another name goes on with a space
	c.offerNames()
	c.Focus()
}

// closeList takes the names away until another @ is typed.
func (c *Composer) closeList() {
	if !c.list.open() {
		return
	}
	c.dismiss()
	c.list.offer(nil)
	c.Refresh()
}

// dismiss offers no names for the @ before the cursor.
func (c *Composer) dismiss() {
	c.dismissed = -1
	text := []rune(c.box.Text)
	if start, _, ok := calledAt(text, min(c.box.CursorTextOffset(), len(text))); ok {
		c.dismissed = start
	}
}

// listKey gives a key to the list of names, and says whether that took it.
func (c *Composer) listKey(key fyne.KeyName) bool {
	if !c.list.open() {
		return false
	}
	switch key {
	case fyne.KeyUp:
		c.list.choose(-1)
	case fyne.KeyDown:
		c.list.choose(1)
	case fyne.KeyTab, fyne.KeyReturn, fyne.KeyEnter:
		c.complete(c.list.chosen())
	case fyne.KeyEscape:
		c.closeList()
	default:
		return false
	}
	return true
}
