package apptest

import (
	"strings"

	"github.com/parlance-chat/parlance/app/people"
)

// Lines is what a list shows, one string a row: headings in brackets.
func Lines(rows []people.Row) []string {
	var out []string
	for _, r := range rows {
		switch {
		case r.Heading && r.Folded:
			out = append(out, "["+r.Title+" …]")
		case r.Heading:
			out = append(out, "["+r.Title+"]")
		default:
			out = append(out, strings.TrimSpace(r.Title+": "+strings.TrimSpace(r.Lead+" "+r.Preview)))
		}
	}
	return out
}
