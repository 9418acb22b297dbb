package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashPath); path != "" {
		fmt.Println(writeForever(path))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if largePath != "" {
			_ = os.RemoveAll(largePath)
		}
		os.Exit(code)
	}))
}

// epoch is when the tests take place.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func keyNamed(name string) *identity.Key { return identity.KeyFromSeed(sha256.Sum256([]byte(name))) }

var (
	me   = keyNamed("me")
	ann  = keyNamed("ann")
	bob  = keyNamed("bob")
	self = me.ID()
)

func direct(peer *identity.Key) Conversation {
	return Conversation{
		ID:      chat.DirectID(self, peer.ID()),
		Kind:    chat.Direct,
		Peer:    peer.ID(),
		Members: []identity.DeviceID{self, peer.ID()},
	}
}

// author writes one log.
type author struct {
	key      *identity.Key
	log      wire.LogID
	sequence uint64
	previous wire.Hash
	fake     bool                // no real bytes: signing takes longer than storing
	written  *[]wire.SignedEntry // if not nil, all it writes is added there
}

func newAuthor(key *identity.Key, conversation chat.ConversationID) *author {
	return &author{key: key, log: wire.LogID{Conversation: conversation, Author: key.ID(), Incarnation: 7}}
}

func (a *author) entry(at time.Time, kind wire.EntryKind, body []byte) wire.SignedEntry {
	return a.sign(at, wire.Entry{Kind: kind, Body: body})
}

// about writes an entry that points to another's message.
func (a *author) about(at time.Time, kind wire.EntryKind, target wire.SignedEntry, body []byte) wire.SignedEntry {
	return a.sign(at, wire.Entry{Kind: kind, About: target.ID, Body: body})
}

func (a *author) edit(at time.Time, target wire.SignedEntry, text string) wire.SignedEntry {
	return a.about(at, wire.KindEdit, target, wire.TextBody(text))
}

func (a *author) retract(at time.Time, target wire.SignedEntry) wire.SignedEntry {
	return a.about(at, wire.KindRetraction, target, wire.NullBody)
}

func (a *author) react(at time.Time, target wire.SignedEntry, text string) wire.SignedEntry {
	return a.about(at, wire.KindReaction, target, wire.TextBody(text))
}

// again returns the author with another incarnation.
func (a *author) again() *author {
	other := newAuthor(a.key, a.log.Conversation)
	other.log.Incarnation = a.log.Incarnation + 1
	return other
}

// sign writes an entry of which log, number, times and, if there is none, ID are
// filled in.
func (a *author) sign(at time.Time, e wire.Entry) wire.SignedEntry {
	a.sequence++
	e.Log = a.log
	e.Sequence = a.sequence
	e.Previous = a.previous
	e.Time = wire.HybridAt(at)
	e.Wall = at.Truncate(time.Millisecond)
	if e.ID == (chat.MessageID{}) {
		e.ID = a.idOf(at, a.sequence)
	}
	var s wire.SignedEntry
	if a.fake {
		raw := make([]byte, 230, 230+len(e.Body))
		copy(raw, a.log.Author[:])
		binary.BigEndian.PutUint64(raw[32:], a.sequence)
		s = wire.SignedEntry{Entry: e, Raw: append(raw, e.Body...)}
		s.Hash = sha256.Sum256(s.Raw)
	} else {
		var err error
		if s, err = wire.SignEntry(a.key, e); err != nil {
			panic(err)
		}
	}
	a.previous = s.Hash
	if a.written != nil {
		*a.written = append(*a.written, s)
	}
	return s
}

// idOf returns the ID that an entry gets.
func (a *author) idOf(at time.Time, sequence uint64) chat.MessageID {
	return idAt(at, fmt.Sprint(a.log.Author.Short(), a.log.Incarnation, sequence))
}

// idAt returns a UUID of version 7 that is the same for the same arguments.
func idAt(at time.Time, seed string) chat.MessageID {
	id := uuid.NewSHA1(uuid.UUID{}, []byte(seed))
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli())<<16)
	copy(id[:6], ms[:6])
	id[6] = id[6]&0x0f | 0x70
	return id
}

func (a *author) text(at time.Time, text string) wire.SignedEntry {
	return a.entry(at, wire.KindText, wire.TextBody(text))
}

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path, self)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func openNew(t testing.TB) *Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "parlance.db"))
}

// second returns a time of the tests.
func second(n int) time.Time { return epoch.Add(time.Duration(n) * time.Second) }

// group returns a group of this device and others.
func group(others ...*identity.Key) Conversation {
	c := Conversation{ID: chat.GroupID(self, [16]byte{1}), Kind: chat.Group, Title: "Group", Members: []identity.DeviceID{self}}
	for _, k := range others {
		c.Members = append(c.Members, k.ID())
	}
	return c
}

var lobby = Conversation{ID: chat.LobbyID, Kind: chat.Lobby, Title: "Lobby"}

// putNoting writes and returns what Visible was told.
func putNoting(t testing.TB, s *Store, w Write) (changed []chat.MessageID) {
	t.Helper()
	w.Visible = func(ids []chat.MessageID) { changed = ids }
	mustPut(t, s, w)
	return changed
}

// message returns a message by its entry.
func message(t testing.TB, s *Store, e wire.SignedEntry) Message {
	t.Helper()
	list, err := s.Messages(context.Background(), e.Log.Conversation, []chat.MessageID{e.ID})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d messages with the ID of entry %d, %v", len(list), e.Sequence, err)
	}
	return list[0]
}

// rawOf returns an entry as it is held.
func rawOf(t testing.TB, s *Store, e wire.SignedEntry) wire.SignedEntry {
	t.Helper()
	raw, _, err := s.Entries(context.Background(), e.Log, e.Sequence, 1)
	if err != nil || len(raw) != 1 {
		t.Fatalf("entry %d is not held: %v", e.Sequence, err)
	}
	held, err := wire.ParseEntry(raw[0])
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// put writes and waits until it is durable.
func put(s *Store, w Write) error {
	done := make(chan error, 1)
	w.Done = func(err error) { done <- err }
	s.Enqueue(w)
	return <-done
}

func mustPut(t testing.TB, s *Store, w Write) {
	t.Helper()
	if err := put(s, w); err != nil {
		t.Fatal(err)
	}
}

func texts(messages []Message) []string {
	list := make([]string, len(messages))
	for i, m := range messages {
		list[i] = m.Text
	}
	return list
}

func history(t testing.TB, s *Store, id chat.ConversationID, page Page) []Message {
	t.Helper()
	list, err := s.History(context.Background(), id, page)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func equalRaw(entries []wire.SignedEntry, raw [][]byte) bool {
	if len(entries) != len(raw) {
		return false
	}
	for i := range raw {
		if !bytes.Equal(entries[i].Raw, raw[i]) {
			return false
		}
	}
	return true
}
