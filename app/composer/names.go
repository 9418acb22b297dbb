package composer

import (
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// SetNames sets the names that are offered after an @; nil offers none. With nicks,
// Tab completes them without one, too.
func (c *Composer) SetNames(names []string, nicks bool) {
	c.names, c.nicks = slices.Clone(names), nicks
	c.offer()
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

// offer shows what fits what stands before the cursor: names or commands.
func (c *Composer) offer() {
	var items []suggestion
	text := []rune(c.box.Text)
	at := c.box.at()
	start, query, isName := calledAt(text, at)
	typed, isCommand := c.commandAt(text, at)
	if isCommand {
		start = 0
	}
	switch {
	case c.box.Disabled() || c.box.SelectedText() != "":
	case !isName && !isCommand:
		c.dismissed = -1
	case start == c.dismissed:
	case isCommand:
		c.dismissed = -1
		items = c.commandsFor(typed)
	default:
		c.dismissed = -1
		for _, name := range matching(c.names, query) {
			items = append(items, suggestion{text: name})
		}
	}
	if !slices.Equal(items, c.list.items) {
		c.list.offer(items)
		c.Refresh()
	}
}

// complete puts a name or a command in for what was typed of it.
func (c *Composer) complete(chosen suggestion) {
	text := []rune(c.box.Text)
	at := c.box.at()
	if _, ok := c.commandAt(text, at); ok {
		c.completeCommand(at, chosen.text)
		return
	}
	start, _, ok := calledAt(text, at)
	if !ok {
		return
	}
	name := chosen.text
	if at < len(text) && text[at] == ' ' { // and over the space that is there
		c.box.exchange(at-start, "@"+name)
		c.box.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	} else {
		c.box.exchange(at-start, "@"+name+" ")
	}
	c.dismissed = start // also if another name goes on with a space
	c.offer()
	c.focus()
}

// closeList takes the list away until something else is begun.
func (c *Composer) closeList() {
	if !c.list.open() {
		return
	}
	c.dismiss()
	c.list.offer(nil)
	c.Refresh()
}

// dismiss offers nothing for the @ or the command before the cursor.
func (c *Composer) dismiss() {
	c.dismissed = -1
	text := []rune(c.box.Text)
	at := c.box.at()
	if _, ok := c.commandAt(text, at); ok {
		c.dismissed = 0
	} else if start, _, ok := calledAt(text, at); ok {
		c.dismissed = start
	}
}

// listKey gives a key to the list, and says whether that took it.
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
