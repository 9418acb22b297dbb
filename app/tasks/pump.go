package tasks

import (
	"context"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	// frame is how long events are gathered before they are shown together: one
	// picture at 60 Hz.
	frame = 16 * time.Millisecond
	// maxBatch is how many events may wait for a window that is busy; past it,
	// loading afresh is cheaper than applying them.
	maxBatch = 4096
)

// Pump hands events to apply on the UI goroutine, all that came within a frame at
// once, and never more than one batch at a time, until ctx or the events end.
func Pump(ctx context.Context, events <-chan chat.Event, do func(func()), apply func([]chat.Event)) {
	var (
		batch   []chat.Event
		tick    <-chan time.Time
		showing bool
		shown   = make(chan struct{}, 1)
	)
	for {
		select {
		case <-ctx.Done():
			return
		case ev, ok := <-events:
			if !ok {
				return
			}
			if len(batch) >= maxBatch {
				batch = collapse(batch)
			}
			batch = append(batch, ev)
			if tick == nil && !showing {
				tick = time.After(frame)
			}
		case <-tick:
			tick, showing = nil, true
			due := batch
			batch = nil
			do(func() {
				apply(due)
				shown <- struct{}{}
			})
		case <-shown:
			showing = false
			if len(batch) > 0 {
				tick = time.After(frame)
			}
		}
	}
}

// collapse replaces events by the advice to load afresh, and keeps the notices,
// which nothing would bring back.
func collapse(batch []chat.Event) []chat.Event {
	kept := []chat.Event{chat.Lagged{}}
	for _, ev := range batch {
		if n, ok := ev.(chat.Notice); ok && len(kept) < maxBatch/2 {
			kept = append(kept, n)
		}
	}
	return kept
}
