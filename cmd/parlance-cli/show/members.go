package show

import "github.com/parlance-chat/parlance/netcore/control"

// Members returns a row for each member: name, state, trust, ID, and since when.
func Members(members []control.Member) [][]string {
	var rows [][]string
	for _, m := range members {
		name, since := Single(m.Name), ""
		if m.Self {
			name += " (you)"
		}
		if !m.Since.IsZero() {
			since = m.Since.Local().Format("2006-01-02 15:04")
		}
		rows = append(rows, []string{name, string(m.State), string(m.Trust), m.ID.Short(), since})
	}
	return rows
}
