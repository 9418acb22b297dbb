package show

import (
	"strings"

	"github.com/parlance-chat/parlance/netcore/control"
)

// Standing says in a few words how the connection to a room is, and that it is not
// encrypted if it is not. Trouble says why there is none.
func Standing(r control.Room) string {
	var notes []string
	switch {
	case r.Joined:
		notes = append(notes, "connected")
	case r.Connected:
		notes = append(notes, "not joined")
	default:
		notes = append(notes, "not connected")
	}
	if !r.Encrypted {
		notes = append(notes, "not encrypted")
	}
	text := strings.Join(notes, ", ")
	switch {
	case r.Blocked:
		text += ": another certificate"
	case r.Connected && !r.Joined && r.Why != "":
		text += ": " + Single(r.Why)
	}
	return text
}

// Trouble says why there is no connection to the server of a room, and what to do about
// a certificate that blocks it; "" if there is one, or it is not known.
func Trouble(r control.Room) string {
	if r.Connected || r.Why == "" {
		return ""
	}
	text := strings.TrimSuffix(Single(r.Why), ".") + "."
	if r.Blocked {
		text += " To accept it: parlance-cli room trust " + Single(r.Address) + " " + Single(r.Fingerprint)
	}
	return Single(r.Server) + ": " + text
}
