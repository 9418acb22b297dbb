package app

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parlance-chat/parlance/app/apptest"
	"github.com/parlance-chat/parlance/netcore/chat"
)

var one, two = chat.ConversationID{1}, chat.ConversationID{2}

// draftsOver returns drafts, their tasks and what stands for the UI goroutine.
func draftsOver(core Core) (*drafts, *tasks, *uiQueue) {
	q := newUIQueue()
	t := newTasks(q.do)
	return newDrafts(t, core), t, q
}

func TestDraftsRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := apptest.NewCore()
		d, tasks, ui := draftsOver(core)
		defer tasks.close()
		rest := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
			ui.run()
			synctest.Wait()
		}
		for _, text := range []string{"H", "He", "Hel"} {
			d.changed(one, text)
			rest(draftDelay / 2)
		}
		if calls := core.Asked("SetDraft"); len(calls) != 0 {
			t.Fatalf("stored while typing: %q", calls)
		}
		rest(draftDelay)
		if calls := core.Asked("SetDraft"); !slices.Equal(calls, []string{`SetDraft "Hel"`}) {
			t.Fatalf("stored %q", calls)
		}
		d.changed(one, "Hel") // nothing new
		rest(2 * draftDelay)
		if calls := core.Asked("SetDraft"); len(calls) != 1 {
			t.Errorf("stored again: %q", calls)
		}
	})
}

func TestDraftsSwitchAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := apptest.NewCore()
		d, tasks, _ := draftsOver(core)
		d.loaded(chat.Conversation{ID: two, Draft: "from the disk"})
		d.changed(one, "a")
		d.flush() // on a switch
		d.changed(two, "b")
		d.loaded(chat.Conversation{ID: two, Draft: "from the disk"}) // loaded afresh
		if d.text(one) != "a" || d.text(two) != "b" {
			t.Errorf("drafts are %q and %q", d.text(one), d.text(two))
		}
		d.flush() // on closing
		tasks.close()
		if core.Talks[one].Draft != "a" || core.Talks[two].Draft != "b" {
			t.Errorf("stored are %q and %q", core.Talks[one].Draft, core.Talks[two].Draft)
		}
	})
}

// The program ends while a message is being sent that will not get to the disk:
// the text is in the draft.
func TestDraftsKeepWhatIsUnderway(t *testing.T) {
	for _, fails := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			core := apptest.NewCore()
			if fails {
				core.SendErr = apptest.ErrDiskFull
			}
			d, tasks, _ := draftsOver(core)
			d.changed(one, "precious")
			d.sending(one, "precious")
			d.changed(one, "") // the box is emptied
			tasks.write(func(ctx context.Context) {
				if _, err := core.Send(ctx, one, "precious"); err == nil {
					d.sent(one, "precious")
				}
			})
			d.changed(one, "next")
			d.flush()
			tasks.close()
			want := "next"
			if fails {
				want = "precious\nnext"
			}
			if got := core.Talks[one].Draft; got != want {
				t.Errorf("fails %v: the draft is %q, want %q", fails, got, want)
			}
		})
	}
}

func TestTasksOrderAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shown := 0
		tasks := newTasks(func(f func()) { shown++; f() })
		var order []int
		for i := range 5 {
			tasks.write(func(context.Context) {
				time.Sleep(time.Second) // a slow disk
				order = append(order, i)
			})
		}
		ended := false
		tasks.read(func(ctx context.Context) {
			<-ctx.Done()
			ended = true
		})
		tasks.do(func() {})
		tasks.close()
		if !slices.Equal(order, []int{0, 1, 2, 3, 4}) {
			t.Errorf("writes came in the order %v", order)
		}
		if !ended {
			t.Error("close did not wait for what it cancelled")
		}
		tasks.close()
		tasks.write(func(context.Context) { t.Error("a write after close") })
		tasks.read(func(context.Context) { t.Error("a read after close") })
		tasks.do(func() { t.Error("the window was changed after close") })
		if shown != 1 {
			t.Errorf("%d functions for the UI goroutine, want 1", shown)
		}
		synctest.Wait()
	})
}

// A disk that never answers does not keep the program from ending.
func TestTasksPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := newTasks(func(f func()) { f() })
		tasks.write(func(ctx context.Context) { <-ctx.Done() })
		began := time.Now()
		tasks.close()
		if took := time.Since(began); took != closePatience {
			t.Errorf("close took %v, want %v", took, closePatience)
		}
	})
}
