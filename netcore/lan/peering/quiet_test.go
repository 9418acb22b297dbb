package peering

import (
	"testing"
	"time"
)

// TestQuiet: a link is probed when something is owed and nothing comes, and ever
// more seldom where probes are answered.
func TestQuiet(t *testing.T) {
	begin := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	var q quiet
	now := begin
	look := func(after time.Duration, owes bool, packets uint64, want bool) {
		t.Helper()
		now = now.Add(after)
		if got := q.look(now, owes, packets); got != want {
			t.Errorf("after %v: probe %v, want %v", now.Sub(begin), got, want)
		}
	}
	look(0, false, 7, false)
	look(time.Hour, true, 7, false) // it begins to owe
	look(quietFor-1, true, 7, false)
	look(1, true, 7, true)
	q = quiet{}
	look(0, true, 7, false)
	look(quietFor, true, 8, false) // something came
	look(quietFor-1, true, 8, false)
	look(1, true, 8, true)
	// It answers, and owes all the same.
	packets, last := uint64(8), now
	for probes := 0; probes < 20; {
		packets += 2
		at := q.due()
		if at.Sub(last) > maxQuietFor || !at.After(last) {
			t.Fatalf("the next look is %v after the last", at.Sub(last))
		}
		now, last = at, at
		if q.look(now, true, packets) {
			probes++
		}
	}
	if wait := q.due().Sub(now); wait != maxQuietFor {
		t.Errorf("in the end it waits %v, want %v", wait, maxQuietFor)
	}
	look(0, false, packets, false)
	look(0, true, packets, false)
	look(quietFor, true, packets, true)
}
