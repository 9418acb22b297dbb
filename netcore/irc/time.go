package irc

import (
	"fmt"
	"time"
)

// timeFormat is that of the tag time and of timestamp= (IRCv3 server-time).
const timeFormat = "2006-01-02T15:04:05.000Z"

// FormatTime returns a time as the tag time has it, to the millisecond.
func FormatTime(t time.Time) string { return t.UTC().Format(timeFormat) }

// AppendTime appends what FormatTime returns.
func AppendTime(dst []byte, t time.Time) []byte { return t.UTC().AppendFormat(dst, timeFormat) }

// ParseTime reads the value of the tag time; any fraction of the second is taken.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: time %q", ErrMalformed, s)
	}
	return t.UTC(), nil
}
