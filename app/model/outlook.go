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
		o.Who = "Parlance sees " + phrase.Stopped(phrase.Listed(NamesOf(here), 5)) + " Pick somebody on the left and say hello."
	}
	if len(cards) > 0 {
		o.Cards = "Looking on " + phrase.Listed(CardNames(cards), 4)
	}
	return o
}
