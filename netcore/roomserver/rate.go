package roomserver

import (
	"sync/atomic"
	"time"
)

// rate holds a client to so many messages a second: it is not read faster, and
// what it sends waits in its own system.
type rate struct {
	limits *atomic.Pointer[Limits]
	ahead  time.Time // when the messages taken so far would be due at the steady rate
}

// wait waits until the next message may be taken, or over is closed.
func (r *rate) wait(over <-chan struct{}) {
	per := time.Duration(float64(time.Second) / r.limits.Load().Rate)
	now := time.Now()
	if r.ahead.Before(now) {
		r.ahead = now
	}
	r.ahead = r.ahead.Add(per)
	early := r.ahead.Sub(now) - burst*time.Second
	if early <= 0 {
		return
	}
	timer := time.NewTimer(early)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-over:
	}
}
