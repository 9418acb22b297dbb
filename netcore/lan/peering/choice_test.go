package peering

import (
	"testing"
	"time"
)

// TestChoice: few are linked at once, but for a moment at the start; many when
// nobody has come for a while, and every half a minute at the latest.
func TestChoice(t *testing.T) {
	begun := time.Unix(1000, 0)
	after := func(d time.Duration) time.Time { return begun.Add(d) }
	const never = -1
	for _, tc := range []struct {
		name         string
		last         time.Duration // never: neighbours were not chosen yet
		first, moved time.Duration // when somebody came; never: nobody did
		many         bool
		want         time.Duration
	}{
		{"nobody came", never, never, never, false, never},
		{"the first one", never, 1, 1, false, firstChoice},
		{"another of few", firstChoice, time.Minute, time.Minute, false, time.Minute},
		{"many at the start", never, 1, 3 * time.Second, true, 4 * time.Second},
		{"ever more at the start", never, 1, 9900 * time.Millisecond, true, ringPause},
		{"nobody more of many", time.Hour, never, never, true, never},
		{"one more of many", time.Hour, 2 * time.Hour, 2 * time.Hour, true, 2*time.Hour + ringSettled},
		{"soon after the last choice", time.Hour, time.Hour + 1, time.Hour + time.Second, true, time.Hour + ringPause},
		{"ever more of many", time.Hour, 2 * time.Hour, 2*time.Hour + ringLate, true, 2*time.Hour + ringLate},
	} {
		c := choice{begun: begun}
		if tc.last != never {
			c.made(after(tc.last))
		}
		if tc.first != never {
			c.note(after(tc.first), tc.many)
			c.note(after(tc.moved), tc.many)
		}
		at, ok := c.due()
		if got := at.Sub(begun); ok != (tc.want != never) || ok && got != tc.want {
			t.Errorf("%s: due %v after the start (%v), want %v", tc.name, got, ok, tc.want)
		}
	}
}
