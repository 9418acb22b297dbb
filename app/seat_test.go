package app

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/apptest"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// seated shows a window that can change its identity.
func seated(t *testing.T, core *apptest.Core, renew func() (Core, error)) *harness {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.Light))
	h := &harness{T: t, core: core, queue: apptest.NewQueue(), told: &told{}}
	s := newSeat(a, Config{
		Core: core, Renew: renew, do: h.queue.Do, now: core.Clock, notifier: h.told,
		modifiers: func() fyne.KeyModifier { return 0 }, spawn: func(f func()) { f() },
	}.withDefaults())
	h.window, h.seat = s.window, s
	t.Cleanup(func() {
		s.close()
		s.win.Close()
	})
	h.until("the window has loaded", func() bool { return h.loaded })
	return h
}

func TestNewIdentity(t *testing.T) {
	core := apptest.NewCore()
	core.Shared = "10.0.0.7"
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	bob := core.AddPeer(3, "Bob", chat.Online, chat.Accepted)
	core.AddTalk(ada, time.Hour, "hello")
	toBob := core.AddTalk(bob, time.Hour, "hello")
	toGroup := core.AddGroup("Lunch", time.Hour, []chat.Peer{ada}, "soup?")
	next := apptest.NewCore()
	next.Me.ID = apptest.ID(50)
	var stored string
	looked := make(chan struct{})
	h := seated(t, core, func() (Core, error) {
		<-looked
		core.Lock()
		defer core.Unlock()
		stored = core.Talks[toBob].Draft
		next.Known, next.Talks, next.Messages, next.Settings = core.Known, core.Talks, core.Messages, core.Settings
		for id, c := range next.Talks {
			if c.Kind == chat.Direct {
				c.Closed = "This conversation belongs to another identity."
				next.Talks[id] = c
			}
		}
		return next, nil
	})
	h.sheetSays("10.0.0.7 has the same key")
	core.Emit(chat.IdentityShared{Address: "10.0.0.7"}) // once more: said already
	test.Tap(buttonIn(t, h.sheet(), "Not now"))
	h.open(toGroup)
	h.talk.composer.Insert("Dear all")
	h.openPeer(bob)
	h.talk.composer.Insert("Dear Bob")
	core.Emit(chat.IdentityShared{Address: "10.0.0.8"})
	h.sheetSays("10.0.0.8 has the same key")
	test.Tap(buttonIn(t, h.sheet(), "Give this machine a new identity…"))
	h.sheetSays("Others will see somebody new")
	test.Tap(buttonIn(t, h.sheet(), "New identity"))
	h.sheetSays("Parlance leaves the network")
	h.sheets.Escape(fyne.KeyEscape)
	h.sheetSays("Parlance leaves the network")
	close(looked)

	h.until("the window has the other identity", func() bool { return h.seat.window.model.Self.ID == next.Me.ID && h.seat.window.loaded })
	if stored != "Dear Bob" {
		t.Errorf("when the profile was closed, the draft was %q", stored)
	}
	h.window = h.seat.window
	if h.sheet() != nil {
		t.Errorf("a sheet is left: %q", textIn(h.sheet()))
	}
	if h.shown != chat.DirectID(next.Me.ID, bob.ID) || h.talk.composer.Text() != "Dear Bob" || !h.canType() {
		t.Errorf("what was typed to Bob is not in the box, but %q", h.talk.composer.Text())
	}
	if got := h.lines(); !slices.Contains(got, "Lunch: Draft: Dear all") || slices.Contains(got, "Bob: Draft: Dear Bob") {
		t.Errorf("the list is %q", got)
	}
	h.core = next
	next.Receive(ada, "who are you?")
	h.until("events of the new one come", func() bool { return strings.Contains(strings.Join(h.lines(), "\n"), "who are you?") })
}

// The profile is open again, with the identity it had.
func TestNewIdentityFails(t *testing.T) {
	core := apptest.NewCore()
	h := seated(t, core, func() (Core, error) { return core, errors.New("the key cannot be moved aside: permission denied") })
	h.renew()
	h.until("it says why", func() bool {
		return h.seat.window.sheets.Shown() != nil && strings.Contains(textIn(h.seat.window.sheets.Shown()), "The key cannot be moved aside")
	})
}

func TestNewIdentityLosesProfile(t *testing.T) {
	core := apptest.NewCore()
	h := seated(t, core, func() (Core, error) { return nil, errors.New("the disk is gone") })
	h.renew()
	h.until("it says why", func() bool { return strings.Contains(textIn(h.win.Content()), "The disk is gone") })
}

// Without a way to do it, it is not offered.
func TestSharedIdentityOnly(t *testing.T) {
	core := apptest.NewCore()
	core.Shared = "10.0.0.7"
	h := show(t, core)
	h.sheetSays("One of the two needs a new identity")
	if strings.Contains(textIn(h.sheet()), "Give this machine") {
		t.Error("it offers what cannot be done")
	}
}
