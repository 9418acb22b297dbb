package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func devices(keys ...*identity.Key) []identity.DeviceID {
	var list []identity.DeviceID
	for _, k := range keys {
		list = append(list, k.ID())
	}
	return list
}

func names(authors []chat.Author) string {
	var list []string
	for _, a := range authors {
		list = append(list, a.Name)
	}
	return strings.Join(list, ",")
}

// TestChanges checks how changes of a group are shown, and that they are no news.
func TestChanges(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	c := group(ann, bob)
	c.ID = chat.GroupID(ann.ID(), [16]byte{5})
	other := direct(bob)
	if err := s.SavePeer(ctx, Peer{ID: bob.ID(), Name: "Bob"}); err != nil {
		t.Fatal(err)
	}
	a, b := newAuthor(ann, c.ID), newAuthor(bob, other.ID)
	genesis := wire.Genesis{Name: "The\nTrip", Members: devices(me, bob), Nonce: [16]byte{5}}
	stranger := keyNamed("stranger")
	entries := []wire.SignedEntry{
		a.entry(second(1), wire.KindGenesis, wire.GenesisBody(genesis)),
		a.entry(second(2), wire.KindAdd, wire.DevicesBody(devices(stranger, bob))),
		a.entry(second(3), wire.KindRemove, wire.RemoveBody([]wire.Removal{{Device: bob.ID()}})),
		a.entry(second(4), wire.KindRename, wire.TextBody("Trip")),
		a.entry(second(5), wire.KindLeave, wire.NullBody),
		// What cannot be read, or says nothing.
		a.entry(second(6), wire.KindGenesis, wire.GenesisBody(genesis)), // not the first
		a.entry(second(6), wire.KindAdd, wire.DevicesBody(nil)),
		a.entry(second(6), wire.KindAdd, wire.TextBody("bob")),
		a.entry(second(6), wire.KindRemove, wire.NullBody),
		a.entry(second(6), wire.KindRename, wire.NullBody),
		a.entry(second(6), wire.KindRename, wire.TextBody(" \n")),
		a.entry(second(6), wire.KindLeave, wire.TextBody("goodbye")),
	}
	mustPut(t, s, Write{Conversation: &c, Entries: entries})
	// Outside of a group they mean nothing.
	mustPut(t, s, Write{Conversation: &other, Entries: []wire.SignedEntry{b.entry(second(1), wire.KindLeave, wire.NullBody)}})
	if list := history(t, s, other.ID, Page{}); len(list) != 0 {
		t.Errorf("direct conversation: %+v", list)
	}
	// Nobody edits or takes back a change; a reaction is no harm.
	more := newAuthor(ann, c.ID)
	more.log.Incarnation = 8
	mustPut(t, s, Write{Entries: []wire.SignedEntry{
		more.edit(second(7), entries[3], "Another"), more.retract(second(8), entries[4]), more.react(second(9), entries[3], "x"),
	}})

	var got []string
	for _, m := range history(t, s, c.ID, Page{}) {
		if m.Text != "" || m.Retracted || m.Mentions != nil || m.From.Device != ann.ID() {
			t.Errorf("message %+v", m.Message)
		}
		got = append(got, fmt.Sprintf("%s %s %q", m.Change.Kind, names(m.Change.Who), m.Change.Name))
	}
	want := []string{
		fmt.Sprintf("founded %s,Bob %q", self.Short(), "The Trip"),
		fmt.Sprintf("added %s,Bob %q", stranger.ID().Short(), ""),
		`removed Bob ""`,
		`renamed  "Trip"`,
		`left  ""`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("changes\n%q, want\n%q", got, want)
	}
	if rawOf(t, s, entries[4]).Erased() {
		t.Error("a change was erased")
	}
	line, err := s.Conversation(ctx, c.ID)
	if err != nil || line.Unread != 0 || line.Last.Change.Kind != chat.Left {
		t.Errorf("line %+v, %v", line, err)
	}
	if found := find(t, s, "trip", 10); len(found) != 0 {
		t.Errorf("found %q", found)
	}
	ids, err := s.MessageIDs(ctx, a.log, 1, 99)
	if err != nil || len(ids) != 5 {
		t.Errorf("%d message IDs, %v", len(ids), err)
	}
	held, err := s.Held(ctx)
	if err != nil || len(held.Membership) != len(entries) {
		t.Fatalf("%d membership entries, want %d (%v)", len(held.Membership), len(entries), err)
	}
	for i, e := range held.Membership {
		if e.Hash != entries[i].Hash {
			t.Errorf("membership entry %d is another", i)
		}
	}
}

// TestMembers checks who is a member, who was, and who never was.
func TestMembers(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	c := group(ann)
	c.Request = true
	cleo := keyNamed("cleo")
	a, b, stranger, mine := newAuthor(ann, c.ID), newAuthor(bob, c.ID), newAuthor(cleo, c.ID), newAuthor(me, c.ID)
	mustPut(t, s, Write{Conversation: &c})
	target := a.text(second(1), "from ann")
	strange := stranger.text(second(3), "from cleo")
	mustPut(t, s, Write{Entries: []wire.SignedEntry{target}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{b.text(second(2), "from bob"), b.react(second(2), target, "b")}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{strange, stranger.react(second(4), target, "c")}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{
		mine.sign(second(5), wire.Entry{Kind: wire.KindText, About: strange.ID, Body: wire.TextBody("from me")}), mine.react(second(5), target, "m")}})
	state := func() string {
		t.Helper()
		var list []string
		for _, m := range history(t, s, c.ID, Page{}) {
			text := picture(m)
			if m.Hidden {
				text += "(hidden)"
			}
			if m.Answers != nil {
				text += fmt.Sprintf(" re %q", m.Answers.Text)
			}
			list = append(list, text)
		}
		line, err := s.Conversation(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		held, err := s.Held(ctx)
		if err != nil {
			t.Fatal(err)
		}
		h := held.Conversations[0]
		if len(h.Members) != line.Members || h.Request != line.Request || h.Muted != line.Muted {
			t.Errorf("held %+v, line %+v", h, line)
		}
		return fmt.Sprintf("%s; %d members, %d former, request %v, muted %v, %d found",
			strings.Join(list, "; "), line.Members, len(h.Former), line.Request, line.Muted, len(find(t, s, "from", 10)))
	}
	check := func(what, want string) {
		t.Helper()
		if got := state(); got != want {
			t.Errorf("%s\n%s, want\n%s", what, got, want)
		}
	}
	check("at first", `from ann m(own); (hidden); (hidden); from me re ""; 2 members, 0 former, request true, muted false, 2 found`)
	c.Members, c.Former, c.Request = devices(me, ann, bob), nil, false
	mustPut(t, s, Write{Conversation: &c})
	check("bob was added", `from ann b m(own); from bob; (hidden); from me re ""; 3 members, 0 former, request true, muted false, 3 found`)
	c.Members, c.Former = devices(me, ann), devices(cleo, ann)
	mustPut(t, s, Write{Conversation: &c})
	if err := s.SetRequest(ctx, c.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := s.SetMuted(ctx, c.ID, true); err != nil {
		t.Fatal(err)
	}
	check("bob was removed, cleo had been one", `from ann b c m(own); from bob; from cleo; from me re "from cleo"; 2 members, 2 former, request false, muted true, 4 found`)
	mustPut(t, s, Write{Conversation: &Conversation{ID: c.ID, Kind: chat.Group, Title: "New"}})
	check("a new title only", `from ann b c m(own); from bob; from cleo; from me re "from cleo"; 2 members, 2 former, request false, muted true, 4 found`)
	for name, err := range map[string]error{
		"SetMuted":   s.SetMuted(ctx, chat.ConversationID{7}, true),
		"SetRequest": s.SetRequest(ctx, chat.ConversationID{7}, true),
	} {
		if !errors.Is(err, chat.ErrUnknown) {
			t.Errorf("%s of an unknown conversation: %v", name, err)
		}
	}
}

// TestAnswers checks what a message says of others.
func TestAnswers(t *testing.T) {
	s := openNew(t)
	c := group(ann)
	if err := s.SavePeer(context.Background(), Peer{ID: ann.ID(), Name: "Ann"}); err != nil {
		t.Fatal(err)
	}
	a, mine := newAuthor(ann, c.ID), newAuthor(me, c.ID)
	long := strings.Repeat("x", quoteLength-1) + "ü and more"
	target, gone := a.text(second(1), long), a.text(second(2), "gone")
	missing := newAuthor(bob, c.ID).text(second(3), "not held")
	answer := func(n int, to wire.SignedEntry, mentions ...identity.DeviceID) wire.SignedEntry {
		return mine.sign(second(n), wire.Entry{Kind: wire.KindText, About: to.ID, Mentions: mentions, Body: wire.TextBody("yes")})
	}
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{target, gone, a.retract(second(3), gone)}})
	answers := []wire.SignedEntry{answer(4, target, ann.ID(), bob.ID()), answer(5, gone), answer(6, missing)}
	mustPut(t, s, Write{Entries: answers})
	from := chat.Author{Device: ann.ID(), Name: "Ann"}
	for i, want := range []chat.Quote{
		{ID: target.ID, From: from, Text: long[:quoteLength-1]},
		{ID: gone.ID, From: from},
		{ID: missing.ID},
	} {
		if got := message(t, s, answers[i]); got.Answers == nil || *got.Answers != want {
			t.Errorf("answer %d quotes %+v, want %+v", i, got.Answers, want)
		}
	}
	if got := message(t, s, answers[0]); names(got.Mentions) != "Ann,"+bob.ID().Short() || got.Mentioned {
		t.Errorf("mentions %+v, of oneself %v", got.Mentions, got.Mentioned)
	}
}

// TestMentioned checks when a conversation has a message that calls the user.
func TestMentioned(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	call := func(n int) wire.SignedEntry {
		return a.sign(second(n), wire.Entry{Kind: wire.KindText, Mentions: devices(bob, me), Body: wire.TextBody("@me")})
	}
	check := func(what string, unread int, mentioned bool) {
		t.Helper()
		line, err := s.Conversation(ctx, c.ID)
		if err != nil || line.Unread != unread || line.Mentioned != mentioned {
			t.Errorf("%s: unread %d, mentioned %v, %v; want %d, %v", what, line.Unread, line.Mentioned, err, unread, mentioned)
		}
	}
	first, quiet := call(1), call(2)
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{first}})
	check("called", 1, true)
	if m := message(t, s, first); !m.Mentioned {
		t.Errorf("message %+v", m.Message)
	}
	if err := s.MarkSeen(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	check("seen", 0, false)
	mustPut(t, s, Write{Entries: []wire.SignedEntry{quiet}, Quiet: true})
	check("called quietly", 0, false)
	if m := message(t, s, quiet); !m.Mentioned {
		t.Errorf("message %+v", m.Message)
	}
	third := call(3)
	mustPut(t, s, Write{Entries: []wire.SignedEntry{third, a.text(second(4), "x")}})
	check("called again", 2, true)
	mustPut(t, s, Write{Entries: []wire.SignedEntry{a.retract(second(5), third)}})
	check("and taken back", 2, false)
	mustPut(t, s, Write{Entries: []wire.SignedEntry{a.retract(second(6), first)}})
	check("and one seen before", 2, false)
	mine := newAuthor(me, c.ID)
	mustPut(t, s, Write{Entries: []wire.SignedEntry{mine.sign(second(7), wire.Entry{Kind: wire.KindText, Mentions: devices(me), Body: wire.TextBody("note")})}})
	check("called oneself", 2, false)
}

// TestRoll: membership entries that stand in no log here last, each once.
func TestRoll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parlance.db")
	s := open(t, path)
	c := group(ann)
	a := newAuthor(ann, c.ID)
	a.text(epoch, "not held here")
	entries := []wire.SignedEntry{a.entry(second(1), wire.KindLeave, wire.NullBody), a.entry(second(2), wire.KindLeave, wire.NullBody)}
	mustPut(t, s, Write{Conversation: &c, Roll: entries[:1]})
	mustPut(t, s, Write{Roll: entries})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	held, err := s.Held(context.Background())
	if err != nil || len(held.Roll) != 2 || len(held.Membership) != 0 || len(held.Logs) != 0 {
		t.Fatalf("held %d of the roll, %d in logs (%v)", len(held.Roll), len(held.Membership), err)
	}
	for _, e := range entries {
		if !slices.ContainsFunc(held.Roll, func(h wire.SignedEntry) bool { return h.Hash == e.Hash }) {
			t.Errorf("entry %d is not held", e.Sequence)
		}
	}
}
