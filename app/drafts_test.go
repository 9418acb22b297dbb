package app

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parlance-chat/parlance/app/apptest"
	"github.com/parlance-chat/parlance/app/tasks"
	"github.com/parlance-chat/parlance/netcore/chat"
)

var one, two = chat.ConversationID{1}, chat.ConversationID{2}

// draftsOver returns drafts, their tasks and what stands for the UI goroutine.
func draftsOver(core Core) (*drafts, *tasks.Tasks, *apptest.Queue) {
	q := apptest.NewQueue()
	t := tasks.New(q.Do)
	return newDrafts(t, core), t, q
}

func TestDraftsRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := apptest.NewCore()
		d, tasks, ui := draftsOver(core)
		defer tasks.Close()
		rest := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
			ui.Run()
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
		tasks.Close()
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
			tasks.Write(func(ctx context.Context) {
				if _, err := core.Send(ctx, one, "precious"); err == nil {
					d.sent(one, "precious")
				}
			})
			d.changed(one, "next")
			d.flush()
			tasks.Close()
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
