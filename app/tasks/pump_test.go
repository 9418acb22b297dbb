package tasks

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parlance-chat/parlance/app/apptest"
	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestPumpBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ui := apptest.NewQueue()
		events := make(chan chat.Event)
		wait := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
			ui.Run()
			synctest.Wait()
		}
		var batches [][]chat.Event
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			Pump(ctx, events, ui.Do, func(b []chat.Event) { batches = append(batches, b) })
		}()
		for range 100 { // all within one frame
			events <- chat.PeerChanged{}
		}
		wait(0)
		if len(batches) != 0 {
			t.Fatal("shown before the frame was over")
		}
		wait(frame)
		events <- chat.PeerChanged{}
		wait(frame)
		if len(batches) != 2 || len(batches[0]) != 100 || len(batches[1]) != 1 {
			t.Fatalf("%d batches", len(batches))
		}
		cancel()
		<-ended
	})
}

// A window that does not answer gets one batch at a time, and the advice to load
// afresh instead of an endless list; what only an event tells is kept.
func TestPumpBusyWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events := make(chan chat.Event)
		var waiting []func()
		var last []chat.Event
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			Pump(t.Context(), events, func(f func()) { waiting = append(waiting, f) }, func(b []chat.Event) { last = b })
		}()
		events <- chat.PeerChanged{}
		time.Sleep(frame)
		synctest.Wait()
		events <- chat.Notice{Text: "keep me"}
		for range 3 * maxBatch {
			events <- chat.PeerChanged{}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(waiting) != 1 {
			t.Fatalf("%d batches wait for a window that is busy", len(waiting))
		}
		waiting[0]()
		time.Sleep(frame)
		synctest.Wait()
		waiting[1]()
		if len(last) > maxBatch+2 {
			t.Errorf("a batch of %d events", len(last))
		}
		var lagged, kept bool
		for _, ev := range last {
			switch ev := ev.(type) {
			case chat.Lagged:
				lagged = true
			case chat.Notice:
				kept = ev.Text == "keep me"
			}
		}
		if !lagged || !kept {
			t.Errorf("lagged %v, notice kept %v", lagged, kept)
		}
		close(events)
		<-ended
	})
}
