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
	fake     bool // no real bytes: signing takes longer than storing
}

func newAuthor(key *identity.Key, conversation chat.ConversationID) *author {
	return &author{key: key, log: wire.LogID{Conversation: conversation, Author: key.ID(), Incarnation: 7}}
}

func (a *author) entry(at time.Time, kind wire.EntryKind, body []byte) wire.SignedEntry {
	a.sequence++
	e := wire.Entry{
		Log:      a.log,
		Sequence: a.sequence,
		Previous: a.previous,
		Time:     wire.HybridAt(at),
		Wall:     at.Truncate(time.Millisecond),
		ID:       idAt(at, fmt.Sprint(a.log.Author.Short(), a.sequence)),
		Kind:     kind,
		Body:     body,
	}
	var s wire.SignedEntry
	if a.fake {
		raw := make([]byte, 230, 230+len(body))
		copy(raw, a.log.Author[:])
		binary.BigEndian.PutUint64(raw[32:], a.sequence)
		s = wire.SignedEntry{Entry: e, Raw: append(raw, body...)}
		s.Hash = sha256.Sum256(s.Raw)
	} else {
		var err error
		if s, err = wire.SignEntry(a.key, e); err != nil {
			panic(err)
		}
	}
	a.previous = s.Hash
	return s
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
