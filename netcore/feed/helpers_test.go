package feed

import (
	"math/rand"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

var (
	noon               = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	ada, bob, cyd, dan = testKey(1), testKey(2), testKey(3), testKey(4)
	direct             = chat.DirectID(ada.ID(), bob.ID())
	nonce              = [16]byte{9}
	group              = chat.GroupID(bob.ID(), nonce)
	endless            = rand.New(rand.NewSource(1))
)

// adas returns the feed of Ada, which the tests look at.
func adas() *Feed {
	return New(Config{Key: ada, Incarnation: 1, Random: endless, TellRead: true})
}

// author makes entries of one log, outside of any feed.
type author struct {
	t    *testing.T
	key  *identity.Key
	conv chat.ConversationID
	inc  uint64
	last wire.SignedEntry
	time time.Time
}

func (a *author) log() wire.LogID {
	return wire.LogID{Conversation: a.conv, Author: a.key.ID(), Incarnation: a.inc}
}

func (a *author) write(kind wire.EntryKind, body []byte) wire.SignedEntry {
	a.t.Helper()
	about := chat.MessageID{}
	if kind == wire.KindRetraction {
		about = chat.MessageID{1}
	}
	e, err := wire.SignEntry(a.key, wire.Entry{
		Log: a.log(), Sequence: a.last.Sequence + 1, Previous: a.last.Hash,
		Time: max(a.last.Time+1, wire.HybridAt(a.time)), Wall: a.time, ID: chat.MessageID{byte(a.last.Sequence + 1)},
		Kind: kind, About: about, Body: body,
	})
	if err != nil {
		a.t.Fatal(err)
	}
	a.last = e
	return e
}

func (a *author) text(n int) (run []wire.SignedEntry) {
	for range n {
		run = append(run, a.write(wire.KindText, wire.TextBody("x")))
	}
	return run
}

// founder is Bob, who founds the group with others.
func founder(t *testing.T, members ...*identity.Key) (*author, wire.SignedEntry) {
	b := &author{t: t, key: bob, conv: group, inc: 7, time: noon}
	return b, b.write(wire.KindGenesis, wire.GenesisBody(wire.Genesis{Name: "Lunch", Members: ids(members), Nonce: nonce}))
}

func ids(keys []*identity.Key) (list []identity.DeviceID) {
	for _, k := range keys {
		list = append(list, k.ID())
	}
	return list
}

func (a *author) add(who ...*identity.Key) wire.SignedEntry {
	return a.write(wire.KindAdd, wire.DevicesBody(ids(who)))
}

func (a *author) remove(who *identity.Key, known ...wire.Hash) wire.SignedEntry {
	return a.write(wire.KindRemove, wire.RemoveBody([]wire.Removal{{Device: who.ID(), Known: known}}))
}

// of picks effects of one type.
func of[T Effect](effects []Effect) (list []T) {
	for _, e := range effects {
		if t, ok := e.(T); ok {
			list = append(list, t)
		}
	}
	return list
}

// put takes a run from a peer to the disk, and returns all effects.
func put(f *Feed, peer *identity.Key, run ...wire.SignedEntry) []Effect {
	effects := f.Step(noon, Received{Peer: peer.ID(), Run: run})
	for _, c := range of[Commit](effects) {
		effects = append(effects, f.Step(noon, Stored{Run: c.Run})...)
	}
	return effects
}

// write makes an own entry and puts it to the disk.
func write(t *testing.T, f *Feed, id chat.ConversationID, text string) (wire.SignedEntry, []Effect) {
	t.Helper()
	c, err := f.Append(noon, id, Draft{Kind: wire.KindText, Body: wire.TextBody(text)})
	if err != nil {
		t.Fatal(err)
	}
	return c.Run[0], f.Step(noon, Stored{Run: c.Run})
}

// link brings a link up, on which the peer has nothing yet.
func link(f *Feed, peer *identity.Key) []Effect {
	effects := f.Step(noon, LinkUp{Peer: peer.ID()})
	effects = append(effects, f.Step(noon, Heard{Peer: peer.ID(), Frontiers: wire.Frontiers{Full: true}})...)
	return append(effects, moment(f)...)
}

// moment lets the time pass after which things are passed on.
func moment(f *Feed) []Effect { return f.Step(noon.Add(passWithin), Tick{}) }

// tell is what a peer says to have of a log.
func tell(f *Feed, peer *identity.Key, id wire.LogID, highest, read uint64, head wire.Mark, full bool) []Effect {
	return f.Step(noon, Heard{Peer: peer.ID(), Frontiers: wire.Frontiers{Full: full, List: []wire.Frontier{{
		Conversation: id.Conversation,
		Logs: []wire.LogRange{{Author: id.Author, Incarnation: id.Incarnation,
			Range: wire.Range{Lowest: 1, Highest: highest}, Head: head, Read: read}},
	}}}})
}

// sent returns up to where a log is sent to a peer, 0 if it is not.
func sent(effects []Effect, peer *identity.Key, id wire.LogID) (to uint64) {
	for _, e := range of[SendEntries](effects) {
		if e.Peer == peer.ID() && e.Log == id {
			to = max(to, e.To)
		}
	}
	return to
}

// told returns the lines about a log in what a peer is told.
func told(effects []Effect, peer *identity.Key, id wire.LogID) (lines []wire.LogRange) {
	for _, e := range of[SendFrontiers](effects) {
		for _, fr := range e.Frontiers.List {
			for _, line := range fr.Logs {
				if e.Peer == peer.ID() && fr.Conversation == id.Conversation && line.Author == id.Author && line.Incarnation == id.Incarnation {
					lines = append(lines, line)
				}
			}
		}
	}
	return lines
}
