// Package machine is what the goroutine of a server and the machine that decides for
// it say to each other: events in, effects out. Package session is such a machine for
// IRC, and package dialect for the plain dialects.
//
// A machine is pure: sockets, disks and clocks are its owner's, and so is waiting.
// There are words here and no decisions.
package machine

import "time"

// Machine decides for one server. One goroutine owns it.
type Machine interface {
	// Step takes an event in and returns what is to be done, in this order.
	Step(now time.Time, event Event) []Effect
	// Next returns when the machine wants a Tick; zero: not before an event.
	Next() time.Time
	Status() Status
}

// Status is what a machine is doing.
type Status struct {
	Online  bool
	Why     error // why not, nil before the first failure
	RetryAt time.Time
	Blocked bool // no more attempts before Retry
	Nick    string
	Account string // signed in as
	Network string
}
