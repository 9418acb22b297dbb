package phrase

import "time"

// ListTime says when something was, as short as the list wants it: a time today,
// a weekday this week, a date before.
func ListTime(at, now time.Time) string {
	at, now = at.Local(), now.Local()
	switch days := daysBetween(at, now); {
	case at.IsZero():
		return ""
	case days <= 0:
		return at.Format("15:04")
	case days == 1:
		return "Yesterday"
	case days < 7:
		return at.Format("Mon")
	case at.Year() == now.Year():
		return at.Format("2 Jan")
	}
	return at.Format("2 Jan 2006")
}

// AgoTime says when somebody was last seen, to follow "last seen".
func AgoTime(at, now time.Time) string {
	at, now = at.Local(), now.Local()
	switch days := daysBetween(at, now); {
	case now.Sub(at) < time.Minute:
		return "just now"
	case days <= 0:
		return "today at " + at.Format("15:04")
	case days == 1:
		return "yesterday at " + at.Format("15:04")
	case days < 7:
		return at.Format("Monday") + " at " + at.Format("15:04")
	case at.Year() == now.Year():
		return "on " + at.Format("2 January")
	}
	return "on " + at.Format("2 January 2006")
}

// daysBetween counts midnights from a to b, whatever daylight saving does.
func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(day(b).Sub(day(a)) / (24 * time.Hour))
}
