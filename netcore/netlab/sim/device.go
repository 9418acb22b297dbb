package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// birthday is when all simulations begin.
var birthday = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// device is one program with its disk.
type device struct {
	net    *network
	index  int
	key    *identity.Key
	skew   time.Duration // of its clock
	disk   *disk
	feed   *feed.Feed
	online bool          // the program runs
	away   bool          // the others know that it does not
	round  int           // counts its starts
	busy   time.Duration // when the disk is done with what it has to do
	ticks  time.Time     // when the next Tick comes

	// Of the message that is looked at.
	hops   int // from its author; -1 as long as it is not here
	copies int // sent
	got    int // received
}

// disk is what a restart leaves.
type disk struct {
	order       []wire.LogID
	logs        map[wire.LogID][]wire.SignedEntry
	groups      []chat.ConversationID
	incarnation uint64
}

func newDisk(incarnation uint64) *disk {
	return &disk{logs: make(map[wire.LogID][]wire.SignedEntry), incarnation: incarnation}
}

// random is what a feed reads its randomness from.
type random struct{ *rand.Rand }

func (r random) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return len(b), nil
}

func (d *device) now() time.Time { return birthday.Add(d.net.now + d.skew) }

// start runs the program on what is on the disk.
func (d *device) start() {
	d.online = true
	d.round++
	d.busy, d.ticks = d.net.now, time.Time{}
	d.feed = feed.New(feed.Config{Key: d.key, Incarnation: d.disk.incarnation,
		Random: random{rand.New(rand.NewPCG(d.net.Seed+uint64(d.round), uint64(d.index)))}})
	d.feed.OpenLobby()
	for _, id := range d.disk.groups {
		d.feed.OpenGroup(id)
	}
	for _, id := range d.disk.order {
		run := d.disk.logs[id]
		for _, e := range run {
			d.feed.LoadMembership(e)
			d.feed.LoadClock(id.Conversation, e.Time)
		}
		d.feed.LoadLog(id, wire.Range{Lowest: 1, Highest: uint64(len(run))}, run[len(run)-1].Hash, 0)
	}
}

// stop ends the program, with all its links.
func (d *device) stop() {
	for _, l := range d.net.wanted(d) {
		l.set(false)
	}
	d.online = false
	d.round++
}

func (d *device) step(e feed.Event) {
	d.do(d.feed.Step(d.now(), e))
	d.tick()
}

// tick lets the feed have its next Tick.
func (d *device) tick() {
	next := d.feed.Next()
	if next.IsZero() || next.Equal(d.ticks) {
		return
	}
	d.ticks = next
	round := d.round
	d.net.after(next.Sub(d.now()), d.index, d.index, func() {
		if d.round == round && d.ticks.Equal(next) {
			d.ticks = time.Time{}
			d.step(feed.Tick{})
		}
	})
}

func (d *device) do(effects []feed.Effect) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case feed.Commit:
			d.commit(e)
		case feed.SendFrontiers:
			d.net.cost.Frontiers++
			d.send(e.Peer, e.Frontiers, feed.Heard{Peer: d.key.ID(), Frontiers: e.Frontiers}, func(*device) {})
		case feed.SendEntries:
			run := d.disk.logs[e.Log][e.From-1 : e.To]
			frame := wire.Entries{}
			for _, entry := range run {
				frame.Raw = append(frame.Raw, entry.Raw)
			}
			arrived := func(*device) {}
			if e.Log == d.net.tracked {
				d.copies++
				hops := d.hops + 1
				arrived = func(to *device) {
					if to.got++; to.hops < 0 {
						to.hops = hops
					}
				}
			}
			d.send(e.Peer, frame, feed.Received{Peer: d.key.ID(), Run: run}, arrived)
		}
	}
}

func (d *device) send(peer identity.DeviceID, f wire.Frame, e feed.Event, arrived func(*device)) {
	raw, err := wire.AppendFrame(nil, f)
	if err != nil {
		panic(fmt.Sprintf("sim: %v", err)) // scenarios are small enough
	}
	d.net.cost.Bytes += len(raw)
	d.net.between(d.index, d.net.index[peer]).carry(d, e, arrived)
}

// commit writes to the disk, one thing after the other.
func (d *device) commit(c feed.Commit) {
	wait := commitLeast + time.Duration(d.net.rnd.Int64N(int64(commitMost-commitLeast)))
	d.busy = max(d.busy, d.net.now) + wait
	round := d.round
	d.net.after(d.busy-d.net.now, d.index, d.index, func() {
		if d.round != round {
			return
		}
		id := c.Run[0].Log
		if d.disk.logs[id] == nil {
			d.disk.order = append(d.disk.order, id)
		}
		if d.feed.Group(id.Conversation) != nil && !slices.Contains(d.disk.groups, id.Conversation) {
			d.disk.groups = append(d.disk.groups, id.Conversation)
		}
		d.disk.logs[id] = append(d.disk.logs[id], c.Run...)
		d.step(feed.Stored{Run: c.Run})
	})
}

// has says how many entries of a log are on the disk.
func (d *device) has(id wire.LogID) int { return len(d.disk.logs[id]) }
