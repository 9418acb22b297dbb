package outbox

import (
	"strconv"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// The flood limits of a server that does not tell its own. Servers put 2 s of
// penalty on each line and read no further 10 s ahead (RFC 1459 section 8.10), which
// are 5 lines at once; today's take one to three a second in the long run (InspIRCd
// one, ngIRCd three). What they do not read waits, until it is some 1,000 bytes with
// the oldest and 20 lines or 8 KiB with others: then the client is cut off. So there
// are never more lines on their way than a server reads at once, and one that reads
// more slowly sets the pace by its answers.
const (
	floodRate  = 1 // lines a second
	floodBurst = 5
	floodBytes = 1000 // on their way, if more than one line
	// maxRate bounds what a server may tell.
	maxRate = 1000
)

// flood is the flood limit: a bucket of lines that fills with time, and how much may be
// on its way.
type flood struct {
	rate  float64 // lines a second
	burst float64
	bytes int     // that may be on their way; 0: any
	full  float64 // lines that may be written now; negative after urgent ones
	at    time.Time
}

func (f *flood) init() {
	*f = flood{rate: floodRate, burst: floodBurst, bytes: floodBytes, full: floodBurst}
}

// Tune takes the server's own limits, if it tells them: MSGRATE=20:100 are 20 lines
// a second and 100 at once, MSGRATE alone is as many as one likes.
func (f *flood) Tune(support *irc.ISupport) {
	value, ok := support.Get("MSGRATE")
	if !ok {
		return
	}
	f.rate, f.burst, f.bytes = maxRate, maxRate, 0
	rate, burst, _ := strings.Cut(value, ":")
	if n, err := strconv.ParseFloat(rate, 64); err == nil && n > 0 {
		f.rate, f.burst = min(n, maxRate), min(max(n, 1), maxRate)
	}
	if n, err := strconv.Atoi(burst); err == nil && n > 0 {
		f.burst = float64(min(n, maxRate))
	}
}

// Forgive forgets what was written until now.
func (f *flood) Forgive() { f.full = f.burst }

// Spend notes a line that was written past the limit.
func (f *flood) Spend() { f.full = max(f.full-1, -f.burst) }

// Allows says whether so many lines may be written now.
func (f *flood) Allows(lines int) bool { return f.full >= float64(lines) }

func (f *flood) refill(now time.Time) {
	if !f.at.IsZero() {
		f.full = min(f.burst, f.full+f.rate*max(0, now.Sub(f.at).Seconds()))
	}
	f.at = now
}

// filled returns when the next line may be written.
func (f *flood) filled() time.Time {
	return f.at.Add(time.Duration((1 - f.full) / f.rate * float64(time.Second)))
}

// transit is what was written and is not answered.
type transit struct {
	lines, bytes int
	first        time.Time // when the first of it was written
}

func (t *transit) add(q *part) {
	if t.lines == 0 {
		t.first = q.at
	}
	t.lines++
	t.bytes += len(q.text)
}

// transit returns what is on its way; what got no answer for long never will.
func (b *Box) transit(now time.Time) (t transit) {
	for _, p := range b.posts {
		for _, q := range p.parts {
			if q.waits() && now.Sub(q.at) < answerTime {
				t.add(q)
			}
		}
	}
	return t
}

// crowded says whether a line has to wait for answers.
func (f *flood) crowded(t *transit, q *part) bool {
	return t.lines >= int(f.burst) || t.lines > 0 && f.bytes > 0 && t.bytes+len(q.text) > f.bytes
}
