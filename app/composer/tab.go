package composer

import (
	"strings"
	"unicode"
)

// cycle is what Tab put in, to put the next in its place.
type cycle struct {
	start   int      // where the name begins
	names   []string // that fit what was typed
	at      int      // which one stands there
	written string   // with what follows it
}

// tabbing returns the names that Tab goes through: those of before, if the last of
// them stands untouched before the cursor, else those that begin with the word there.
func (c *Composer) tabbing() (now cycle, again bool) {
	if !c.nicks || c.box.Disabled() || c.box.SelectedText() != "" {
		return cycle{}, false
	}
	text := []rune(c.box.Text)
	at := c.box.at()
	if c.cycle.written != "" && c.cycle.start <= at && string(text[c.cycle.start:at]) == c.cycle.written {
		return c.cycle, true
	}
	start := at
	for start > 0 && !unicode.IsSpace(text[start-1]) {
		start--
	}
	now = cycle{start: start, at: -1, written: string(text[start:at])}
	for _, name := range c.names {
		if now.written != "" && len(name) >= len(now.written) && strings.EqualFold(name[:len(now.written)], now.written) {
			now.names = append(now.names, name)
		}
	}
	return now, false
}

// canTab says whether Tab has something to complete.
func (c *Composer) canTab() bool {
	now, _ := c.tabbing()
	return len(now.names) > 0
}

// tab puts the next name in, or the one before; at the beginning it calls somebody.
func (c *Composer) tab(back bool) {
	now, again := c.tabbing()
	if len(now.names) == 0 {
		return
	}
	step := 1
	if back {
		step = len(now.names) - 1
		if !again {
			now.at = 0
		}
	}
	now.at = (now.at + step) % len(now.names)
	before := len([]rune(now.written))
	now.written = now.names[now.at] + " "
	if now.start == 0 {
		now.written = now.names[now.at] + ": "
	}
	c.box.exchange(before, now.written)
	c.cycle = now
}
