package show

import (
	"strings"

	"github.com/parlance-chat/parlance/netcore/control"
)

// Standing says how the connection to a room is, and that it is not encrypted if it
// is not.
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
	if !r.Joined && r.Why != "" {
		text += ": " + Single(r.Why)
	}
	return text
}
