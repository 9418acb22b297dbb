package model

import "github.com/parlance-chat/parlance/app/phrase"

// Outlook is what the pane says while no conversation is open: whom it sees, on
// which cards, and what to try.
type Outlook struct {
	Title string
	Who   string
	Cards string
	Alone bool // nobody is there: say what to try
}

// mostOfName is how much of a name stands in a sentence with others.
const mostOfName = 24

// Outlook returns what the pane says now.
func (m *Model) Outlook() Outlook {
	cards, here := m.Cards(), m.Online()
	o := Outlook{Alone: len(here) == 0}
	switch {
	case len(cards) == 0 && len(here) == 0:
		o.Title = "No network"
		o.Who = "This computer is not connected to any network. Parlance will look for people as soon as it is."
	case len(here) == 0:
		o.Title = "Nobody else here yet"
		o.Who = "Parlance is looking. Whoever starts it on this network shows up on the left within a second or two."
	default:
		o.Title = phrase.Plural(len(here), "One person is here", "%d people are here")
		names := NamesOf(here)
		for i, name := range names {
			names[i] = phrase.Clip(name, mostOfName)
		}
		o.Who = "Parlance sees " + phrase.Stopped(phrase.Listed(names, 5)) + " Pick somebody on the left and say hello."
	}
	if len(cards) > 0 {
		o.Cards = "Looking on " + phrase.Listed(CardNames(cards), 4)
	}
	return o
}
