package app

import (
	"fmt"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// presenceText says whether somebody is there, and where.
func (m *model) presenceText(p chat.Peer, now time.Time) string {
	switch {
	case p.State == chat.Online && m.near(p):
		return "online · on this network"
	case p.State == chat.Online:
		return "online · on another network"
	case p.LastSeen.IsZero():
		return "offline"
	}
	return "offline, last seen " + agoTime(p.LastSeen, now)
}

// listed joins words as a sentence does; of more than most it counts the rest.
func listed(words []string, most int) string {
	if len(words) > most {
		rest := len(words) - most + 1
		words = append(words[:most-1:most-1], fmt.Sprintf("%d others", rest))
	}
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// names returns the names of peers.
func names(peers []chat.Peer) []string {
	var out []string
	for _, p := range peers {
		out = append(out, p.Name)
	}
	return out
}

// cardNames returns the cards with the first address of each: "eth0 (10.0.0.5)".
func cardNames(cards []card) []string {
	var out []string
	for _, c := range cards {
		out = append(out, fmt.Sprintf("%s (%s)", c.name, c.addresses[0]))
	}
	return out
}

// networkLine says in a few words what the network looks like.
func (m *model) networkLine() string {
	switch cards := m.cards(); len(cards) {
	case 0:
		return "No network"
	case 1:
		return fmt.Sprintf("%s · %s", cards[0].name, cards[0].addresses[0])
	default:
		var n []string
		for _, c := range cards {
			n = append(n, c.name)
		}
		return listed(n, 4)
	}
}

// plural returns one of the forms, with the number in place of %d.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}

// sentence makes an error's words one: a capital at the start, a full stop at
// the end.
func sentence(err error) string {
	text := strings.TrimSpace(err.Error())
	if text == "" {
		return ""
	}
	r := []rune(text)
	text = strings.ToUpper(string(r[0])) + string(r[1:])
	if !strings.ContainsAny(text[len(text)-1:], ".!?") {
		text += "."
	}
	return text
}
