package discovery

import (
	"container/heap"
	"time"
)

// alarm is something that is due at a time. The zero value rings never.
type alarm struct {
	ring  func(now time.Time)
	at    time.Time
	order uint64 // of setting, so that equal times ring in that order
	place int    // in the heap, from 1; 0 if not set
}

func (a *alarm) isSet() bool { return a.place > 0 }

// alarms holds those that are set.
type alarms struct {
	heap  alarmHeap
	order uint64
}

func (s *alarms) set(a *alarm, at time.Time) {
	s.order++
	a.at, a.order = at, s.order
	if a.isSet() {
		heap.Fix(&s.heap, a.place-1)
	} else {
		heap.Push(&s.heap, a)
	}
}

func (s *alarms) clear(a *alarm) {
	if a.isSet() {
		heap.Remove(&s.heap, a.place-1)
	}
}

// next returns when the first is due, or the zero time.
func (s *alarms) next() time.Time {
	if len(s.heap) == 0 {
		return time.Time{}
	}
	return s.heap[0].at
}

// ring rings what is due at now, once each: what an alarm sets for a time that
// has come waits for the next call, so that no alarm can keep Step forever.
func (s *alarms) ring(now time.Time) {
	last := s.order
	for len(s.heap) > 0 && !s.heap[0].at.After(now) && s.heap[0].order <= last {
		a := s.heap[0]
		s.clear(a)
		a.ring(now)
	}
}

type alarmHeap []*alarm

func (h alarmHeap) Len() int { return len(h) }

func (h alarmHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].order < h[j].order
}

func (h alarmHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i+1, j+1
}

func (h *alarmHeap) Push(x any) {
	a := x.(*alarm)
	*h = append(*h, a)
	a.place = len(*h)
}

func (h *alarmHeap) Pop() any {
	last := len(*h) - 1
	a := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	a.place = 0
	return a
}
