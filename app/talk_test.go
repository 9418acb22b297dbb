package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/apptest"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// opened shows a conversation with Ada that has a message of hers and an own one.
func opened(t *testing.T) (h *harness, hers, own chat.Message) {
	t.Helper()
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	id := core.AddTalk(ada, time.Hour, "hello", ">mine")
	h = show(t, core)
	h.openPeer(ada)
	return h, core.Messages[id][0], core.Messages[id][1]
}

func TestReply(t *testing.T) {
	h, hers, _ := opened(t)
	h.talk.log.OnReply(hers)
	if s := h.talk.composer.State(); s.Answering == nil || s.Answering.ID != hers.ID {
		t.Fatal("the box answers nothing")
	}
	h.core.Lock()
	h.core.ChangeErr = apptest.ErrDiskFull
	h.core.Unlock()
	h.talk.composer.Insert("hello yourself")
	h.sendTyped()
	h.until("the answer is back in the box", func() bool { return h.talk.composer.Text() == "hello yourself" })
	if s := h.talk.composer.State(); s.Answering == nil || !strings.Contains(textIn(h.talk.composer), "disk is full") {
		t.Errorf("it no longer says what it answers, or why it failed: %q", textIn(h.talk.composer))
	}
	h.core.Lock()
	h.core.ChangeErr = nil
	h.core.Unlock()
	h.sendTyped()
	h.asked("Reply hello yourself")
	h.until("the box is empty", func() bool { return h.talk.composer.Text() == "" && h.talk.composer.State().Answering == nil })
	h.until("it is in the list", func() bool { return h.lines()[0] == "Ada: You: hello yourself" })
}

func TestEdit(t *testing.T) {
	h, _, own := opened(t)
	h.talk.composer.Insert("a draft")
	h.talk.log.OnEdit(own)
	if text := h.talk.composer.Text(); text != "mine" {
		t.Fatalf("to be edited there is %q", text)
	}
	h.talk.composer.Insert("!")
	h.core.Lock()
	h.core.ChangeErr = apptest.ErrDiskFull
	h.core.Unlock()
	h.sendTyped()
	h.until("it says why not", func() bool { return strings.Contains(textIn(h.talk.composer), "disk is full") })
	if s := h.talk.composer.State(); s.Editing == nil || s.Edit != "mine!" || s.Draft != "a draft" {
		t.Errorf("the box holds %+v", s)
	}
	h.core.Lock()
	h.core.ChangeErr = nil
	h.core.Unlock()
	h.sendTyped()
	h.asked("Edit mine!")
	h.until("the log and the list show it", func() bool {
		return strings.Contains(textIn(h.talk.log), "mine!") && h.lines()[0] == "Ada: You: mine!"
	})
	if text := h.talk.composer.Text(); text != "a draft" {
		t.Errorf("after the edit the box has %q", text)
	}
}

// What was begun in one conversation waits while another is open.
func TestUnfinishedWaits(t *testing.T) {
	h, hers, own := opened(t)
	id := h.shown
	bob := h.core.AddPeer(3, "Bob", chat.Online, chat.Accepted)
	h.core.Emit(chat.PeerChanged{Peer: bob})
	h.until("Bob is here", func() bool { return len(h.lines()) > 1 })
	h.talk.composer.Insert("draft")
	h.talk.log.OnEdit(own)
	h.talk.composer.Insert(" more")
	h.openPeer(bob)
	if s := h.talk.composer.State(); s.Editing != nil || h.talk.composer.Text() != "" {
		t.Errorf("Bob's box holds %+v", s)
	}
	h.talk.log.OnReply(hers)
	h.open(id)
	if s := h.talk.composer.State(); s.Editing == nil || s.Edit != "mine more" || s.Draft != "draft" || s.Answering != nil {
		t.Errorf("Ada's box holds %+v", s)
	}
}

func TestRetractAndReact(t *testing.T) {
	h, hers, own := opened(t)
	h.talk.log.OnRetract(own)
	h.sheetSays("Take this message back?")
	test.Tap(buttonIn(t, h.sheet(), "Cancel"))
	if len(h.core.Asked("Retract")) != 0 {
		t.Fatal("it was taken back without an answer")
	}
	h.talk.log.OnRetract(own)
	test.Tap(buttonIn(t, h.sheet(), "Take back"))
	h.until("the list says so", func() bool { return h.lines()[0] == "Ada: You took a message back" })
	h.talk.log.OnReact(hers, "👍")
	h.asked("React 👍")
}

func TestReceiptsFollow(t *testing.T) {
	h, _, own := opened(t)
	got := func(states ...chat.State) {
		h.core.Lock()
		defer h.core.Unlock()
		h.core.Got[own.ID] = nil
		for i, s := range states {
			name := []string{"Ada", "Bob"}[i]
			h.core.Got[own.ID] = append(h.core.Got[own.ID], chat.Receipt{Peer: chat.Author{Device: apptest.ID(byte(i + 2)), Name: name}, State: s})
		}
	}
	got(chat.Queued, chat.Delivered)
	h.talk.log.OnReceipts(own)
	h.sheetSays("Delivered to 1 of 2")
	if text := textIn(h.sheet()); strings.Index(text, "Bob") > strings.Index(text, "Ada") {
		t.Errorf("the one who has it is not first: %q", text)
	}
	got(chat.Read, chat.Delivered)
	h.core.Emit(chat.StateChanged{Conversation: h.shown, Messages: []chat.MessageID{own.ID}, State: chat.Read})
	h.sheetSays("Delivered to 2 of 2, read by 1")
}

func TestRevisions(t *testing.T) {
	h, _, own := opened(t)
	h.core.Lock()
	h.core.Versions[own.ID] = []chat.Revision{{Text: "mnie", Sent: own.Sent}, {Text: "mine", Sent: own.Sent.Add(time.Minute)}}
	h.core.Unlock()
	h.talk.log.OnRevisions(own)
	for _, want := range []string{"mnie", "as first written", "as it stands now"} {
		h.sheetSays(want)
	}
}

func TestTypingLine(t *testing.T) {
	h, _, _ := opened(t)
	ada := h.core.Known[0]
	says := func(active bool) {
		h.core.Emit(chat.Typing{Conversation: h.shown, From: chat.Author{Device: ada.ID, Name: "Ada"}, Active: active})
	}
	typing := func() bool { return strings.Contains(textIn(h.talk.log), "Ada is typing") }
	says(true)
	h.until("she types", typing)
	says(false)
	h.until("she stopped", func() bool { return !typing() })
	says(true)
	h.until("she types again", typing)
	h.core.Receive(ada, "done")
	h.until("her message ends it", func() bool { return !typing() })
	says(true)
	h.until("she types once more", typing)
	h.core.Lock()
	h.core.Now = h.core.Now.Add(chat.TypingLasts)
	h.core.Unlock()
	h.until("it does not last", func() bool { return !typing() })

	h.talk.composer.Insert("x")
	h.asked("SetTyping true")
	h.sendTyped()
	h.asked("SetTyping false")
}

// Of a message to several the count is asked for: the event names only one.
func TestTallies(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	bob := core.AddPeer(3, "Bob", chat.Online, chat.Accepted)
	id := core.AddGroup("Lunch", time.Hour, []chat.Peer{ada, bob}, ">soup?")
	own := &core.Messages[id][0]
	own.State, own.Tally = chat.Queued, chat.Tally{Recipients: 2, Sent: 2}
	h := show(t, core)
	h.open(id)
	core.Lock()
	own.Tally.Delivered = 1
	core.Unlock()
	core.Emit(chat.StateChanged{Conversation: id, Messages: []chat.MessageID{own.ID}, Peer: ada.ID, State: chat.Delivered})
	h.until("one is counted", func() bool { return strings.Contains(textIn(h.talk.log), "delivered to 1 of 2") })
}

func TestMessagesGone(t *testing.T) {
	h, hers, own := opened(t)
	h.core.Lock()
	h.core.Messages[h.shown] = h.core.Messages[h.shown][1:]
	h.core.Unlock()
	h.core.Emit(chat.MessagesGone{Conversation: h.shown, Before: own.Position})
	h.until("it is gone from the log", func() bool { return !strings.Contains(textIn(h.talk.log), hers.Text) })
	if !strings.Contains(textIn(h.talk.log), own.Text) {
		t.Error("more is gone than was said")
	}
}

func TestChangesInTheLog(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	id := core.AddGroup("Lunch", time.Hour, []chat.Peer{ada}, "soup?")
	h := show(t, core)
	h.open(id)
	core.Take(id, ada, "", func(m *chat.Message) {
		m.Change = &chat.Change{Kind: chat.Added, Who: []chat.Author{{Device: apptest.ID(3), Name: "Bob"}}}
	})
	h.until("it says who was added", func() bool {
		return strings.Contains(textIn(h.talk.log), "Ada added Bob") && slices.Contains(h.lines(), "Lunch: Ada added Bob")
	})
}

func TestAboutAuthor(t *testing.T) {
	h, hers, own := opened(t)
	h.talk.log.OnAuthor(own.From)
	if h.sheet() != nil {
		t.Error("about oneself there is a sheet")
	}
	h.talk.log.OnAuthor(chat.Author{Device: apptest.ID(9), Name: "Zoe"}) // known by what she wrote
	h.sheetSays("About Zoe")
	h.talk.log.OnAuthor(hers.From)
	h.sheetSays("About Ada")
	test.Tap(buttonIn(t, h.sheet(), "Compare device IDs…"))
	h.sheetSays("Read these to each other")
}

// TestComesBackToThePlace: who looks something up elsewhere comes back to what they
// were reading.
func TestComesBackToThePlace(t *testing.T) {
	core := apptest.NewCore()
	ada, bob := core.AddPeer(2, "Ada", chat.Online, chat.Accepted), core.AddPeer(3, "Bob", chat.Online, chat.Accepted)
	core.AddTalk(ada, time.Hour, strings.Split(strings.Repeat("a message that takes its room\n", 50)+">mine", "\n")...)
	core.AddTalk(bob, time.Hour, "hello")
	h := show(t, core)
	h.openPeer(ada)
	h.until("nothing is unread", func() bool { return h.model.Unread() <= 1 })
	h.talk.log.ScrollToStart()
	place := h.talk.log.Place()
	h.openPeer(bob)
	h.openPeer(ada)
	if got := h.talk.log.Place(); h.talk.log.AtEnd() || got != place {
		t.Errorf("it stands at %v, not %v", got, place)
	}
}
