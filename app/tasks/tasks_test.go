package tasks

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestTasksOrderAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shown := 0
		tasks := New(func(f func()) { shown++; f() })
		var order []int
		for i := range 5 {
			tasks.Write(func(context.Context) {
				time.Sleep(time.Second) // a slow disk
				order = append(order, i)
			})
		}
		ended := false
		tasks.Read(func(ctx context.Context) {
			<-ctx.Done()
			ended = true
		})
		tasks.Do(func() {})
		tasks.Close()
		if !slices.Equal(order, []int{0, 1, 2, 3, 4}) {
			t.Errorf("writes came in the order %v", order)
		}
		if !ended {
			t.Error("close did not wait for what it cancelled")
		}
		tasks.Close()
		tasks.Write(func(context.Context) { t.Error("a write after close") })
		tasks.Read(func(context.Context) { t.Error("a read after close") })
		tasks.Do(func() { t.Error("the window was changed after close") })
		if shown != 1 {
			t.Errorf("%d functions for the UI goroutine, want 1", shown)
		}
		synctest.Wait()
	})
}

// A disk that never answers does not keep the program from ending.
func TestTasksPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := New(func(f func()) { f() })
		tasks.Write(func(ctx context.Context) { <-ctx.Done() })
		began := time.Now()
		tasks.Close()
		if took := time.Since(began); took != closePatience {
			t.Errorf("close took %v, want %v", took, closePatience)
		}
	})
}
