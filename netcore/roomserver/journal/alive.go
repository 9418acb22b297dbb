package journal

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
)

const (
	// BeatTime is how often a server says that it is there.
	BeatTime = time.Second
	// SilentTime is after how long without a word a server counts as gone. It is
	// well above the time that a server needs to find another NATS server when its
	// own is killed.
	SilentTime = 8 * time.Second

	beats = "parlance-alive" // the subject of beats
)

// alive is who was heard. Beats are not stored: while a cluster elects a leader
// it stores nothing for up to nine seconds, and nobody is gone because of that.
type alive struct {
	mu    sync.Mutex
	heard map[core.Origin]time.Time
	since time.Time // from when on silence counts; zero while there is no connection
	beat  time.Time // the last one of our own
}

// Shared says that other servers may read and write the same stream.
func (j *Journal) Shared() bool { return j.server == nil }

// Beat tells the other servers that a run of this one is there, and returns who of
// them has been silent for SilentTime, though it would have been heard. It is to be
// called each BeatTime: after a longer pause, as when the machine slept, the others
// have not been silent but unheard. Nobody else is there in a journal of one's own.
func (j *Journal) Beat(who core.Origin) (silent func(core.Origin) bool, err error) {
	if !j.Shared() {
		return func(core.Origin) bool { return true }, nil
	}
	now := time.Now()
	j.alive.beats(now)
	return func(who core.Origin) bool { return j.alive.silent(who, now) },
		j.conn.Publish(beats, fmt.Appendf(nil, "%s %d", who.Server, who.Start))
}

func (a *alive) beats(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.beat) > SilentTime/2 && !a.since.IsZero() {
		a.since = now
	}
	a.beat = now
}

func (a *alive) silent(who core.Origin, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.since.IsZero() {
		return false
	}
	last := a.heard[who]
	if last.Before(a.since) {
		last = a.since
	}
	return now.Sub(last) >= SilentTime
}

// listen hears the beats of all servers.
func (j *Journal) listen() error {
	_, err := j.conn.Subscribe(beats, func(msg *nats.Msg) {
		server, start, ok := strings.Cut(string(msg.Data), " ")
		n, err := strconv.ParseUint(start, 10, 64)
		if !ok || err != nil {
			return
		}
		j.alive.hear(core.Origin{Server: server, Start: n}, time.Now())
	})
	return err
}

func (a *alive) hear(who core.Origin, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.heard == nil {
		a.heard = map[core.Origin]time.Time{}
	}
	if _, known := a.heard[who]; !known { // seldom: then those who fell silent are forgotten
		for o, last := range a.heard {
			if now.Sub(last) > 2*SilentTime {
				delete(a.heard, o)
			}
		}
	}
	a.heard[who] = now
}

// connected notes since when there is a connection; zero is for none.
func (a *alive) connected(since time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.since = since
	if a.beat.IsZero() {
		a.beat = since // the first one comes when the journal was read
	}
}
