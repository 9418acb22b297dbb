package show

import (
	"cmp"

	"github.com/parlance-chat/parlance/netcore/control"
)

// Members returns a row for each member: name, state, trust, ID, and since when; in
// a room name, and what they may do or else their state.
func Members(members []control.Member) [][]string {
	var rows [][]string
	for _, m := range members {
		name, since := Single(m.Name), ""
		if m.Self {
			name += " (you)"
		}
		if m.ID.IsZero() {
			rows = append(rows, []string{name, cmp.Or(Single(m.Status), string(m.State))})
			continue
		}
		if !m.Since.IsZero() {
			since = m.Since.Local().Format("2006-01-02 15:04")
		}
		rows = append(rows, []string{name, string(m.State), string(m.Trust), m.ID.Short(), since})
	}
	return rows
}
