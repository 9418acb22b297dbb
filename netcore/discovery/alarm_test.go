package discovery

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestAlarmsRingInOrder(t *testing.T) {
	var s alarms
	var rang []string
	named := func(name string) *alarm {
		return &alarm{ring: func(time.Time) { rang = append(rang, name) }}
	}
	a, b, c, d := named("a"), named("b"), named("c"), named("d")
	s.set(a, begin.Add(3))
	s.set(b, begin.Add(1))
	s.set(c, begin.Add(1))
	s.set(d, begin.Add(2))
	s.clear(d)
	s.clear(d) // again: nothing
	s.set(b, begin.Add(1))
	if at := s.next(); !at.Equal(begin.Add(1)) {
		t.Errorf("next at %v", at)
	}
	s.ring(begin)
	s.ring(begin.Add(3))
	if want := []string{"c", "b", "a"}; !slices.Equal(rang, want) {
		t.Errorf("rang %q, want %q", rang, want)
	}
	if !s.next().IsZero() || a.isSet() {
		t.Error("something is set still")
	}
}

func TestAlarmThatSetsItselfRingsOnce(t *testing.T) {
	var s alarms
	rang := 0
	a := new(alarm)
	a.ring = func(now time.Time) { rang++; s.set(a, now) }
	s.set(a, begin)
	s.ring(begin)
	if rang != 1 || !a.isSet() {
		t.Errorf("rang %d times", rang)
	}
}

// TestAlarmsAgainstASlice compares the heap with the obvious.
func TestAlarmsAgainstASlice(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var s alarms
	all := make([]*alarm, 20)
	var rang []string
	for i := range all {
		all[i] = &alarm{ring: func(time.Time) { rang = append(rang, fmt.Sprint(i)) }}
	}
	set := make(map[int]time.Time)
	for now := begin; now.Before(begin.Add(5000)); now = now.Add(1) {
		i := r.IntN(len(all))
		if r.IntN(3) == 0 {
			s.clear(all[i])
			delete(set, i)
		} else {
			set[i] = now.Add(time.Duration(1 + r.IntN(30)))
			s.set(all[i], set[i])
		}
		var want []string
		for i, at := range set {
			if !at.After(now) {
				want = append(want, fmt.Sprint(i))
				delete(set, i)
			}
		}
		rang = nil
		s.ring(now)
		slices.Sort(rang)
		slices.Sort(want)
		if !slices.Equal(rang, want) {
			t.Fatalf("rang %q, want %q", rang, want)
		}
	}
}
