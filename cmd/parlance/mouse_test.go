//go:build window

package main

import (
	"slices"
	"testing"
)

// Where the last message, its menu and what comes of that stand in such a window.
const (
	ownX, lastY      = 940, 585
	othersX          = 330
	editX, editY     = 915, 620
	backX, backY     = 915, 659
	reactX, reactY   = 372, 497 // of a message that was edited
	heartX, heartY   = 386, 607
	acceptX, acceptY = 934, 114 // a stranger
	sureX, sureY     = 643, 377 // that a message is to be taken back
)

// menu asks for the menu of a message, and chooses from it.
func (p *person) menu(x, y, choiceX, choiceY int) {
	p.tb.Helper()
	p.steady()
	p.front()
	p.xdotool("mousemove", "--window", p.id, x, y, "click", 3)
	p.steady()
	p.click(choiceX, choiceY)
	p.steady()
}

// TestChangesByMouse edits a message, reacts to it and takes one back with nothing
// but the mouse, on two devices.
func TestChangesByMouse(t *testing.T) {
	s := newScreen(t, 2*wide+40, high+60, true)
	ann, ben := newPerson(s, "--name", "Ann"), newPerson(s, "--name", "Ben")
	ann.place(5, 30, wide, high)
	ben.place(wide+25, 30, wide, high)
	s.until("they see each other", func() bool { return ann.sees("Ben") && ben.sees("Ann") })
	ann.steady()
	ann.click(rowX, nearbyY)
	ann.steady()
	ann.says("Ben", "Helo Ben")

	ann.menu(ownX, lastY, editX, editY)
	ann.key("ctrl+a")
	ann.write("Hello Ben")
	ann.key("Return")
	s.until("the change is everywhere", func() bool { return slices.Equal(ben.texts("Ann"), []string{"Hello Ben"}) })

	ben.click(rowX, rowY)
	ben.steady()
	ben.click(acceptX, acceptY)
	ben.menu(othersX, lastY, reactX, reactY)
	ben.click(heartX, heartY)
	s.until("the reaction is everywhere", func() bool {
		for _, m := range ann.cli("history", "Ben") {
			list, _ := m["reactions"].([]any)
			if len(list) == 1 && list[0].(map[string]any)["text"] == "❤️" {
				return true
			}
		}
		return false
	})

	ann.says("Ben", "Oops")
	ann.menu(ownX, lastY, backX, backY)
	ann.click(sureX, sureY)
	s.until("it is taken back everywhere", func() bool {
		for _, p := range []*person{ann, ben} {
			other := map[*person]string{ann: "Ben", ben: "Ann"}[p]
			history := p.cli("history", other)
			if len(history) != 2 || history[1]["retracted"] != true {
				return false
			}
		}
		return true
	})
}
