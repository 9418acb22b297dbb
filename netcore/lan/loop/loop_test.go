package loop

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// TestOrder: what is put in comes out in order, and wakes the owner at once but for
// what can wait.
func TestOrder(t *testing.T) {
	l := New()
	var got []int
	put := func(i int) func() { return func() { got = append(got, i) } }
	awake := func() bool {
		select {
		case <-l.Wake():
			return true
		default:
			return false
		}
	}
	l.PutAside(put(0))
	if awake() {
		t.Error("woken by what can wait")
	}
	l.Put(put(1))
	l.Put(put(2))
	if !awake() || awake() {
		t.Error("not woken once")
	}
	for _, do := range l.Take() {
		do()
	}
	if !slices.Equal(got, []int{0, 1, 2}) || len(l.Take()) != 0 {
		t.Errorf("done in the order %v", got)
	}
	for i := range 100 {
		l.PutAside(put(i))
	}
	if !awake() {
		t.Error("not woken by much that can wait")
	}
}

// TestEnd: who calls an owner that is gone is told so, and tasks end.
func TestEnd(t *testing.T) {
	l := New()
	l.Go(func(ctx context.Context) { <-ctx.Done() })
	var called bool
	go func() {
		<-l.Wake()
		for _, do := range l.Take() {
			do()
		}
	}()
	if err := l.Call(t.Context(), func() { called = true }); err != nil || !called {
		t.Errorf("called %t: %v", called, err)
	}
	l.End()
	l.End()
	l.Wait()
	if err := l.Call(t.Context(), func() { t.Error("called after the end") }); !errors.Is(err, ErrEnded) || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	impatient, stop := context.WithCancel(t.Context())
	stop()
	if err := New().Call(impatient, func() {}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
