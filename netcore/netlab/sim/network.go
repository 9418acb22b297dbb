package sim

import (
	"bytes"
	"cmp"
	"container/heap"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/ring"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// How long things take. A LAN with Wi-Fi in it, and disks that take their time.
const (
	delayLeast  = 300 * time.Microsecond // of a packet
	delayMost   = 3 * time.Millisecond
	resendAfter = 100 * time.Millisecond // doubled each time
	commitLeast = time.Millisecond       // of a write to the disk
	commitMost  = 5 * time.Millisecond
)

// network is all devices and what is on its way between them.
type network struct {
	Scenario
	rnd     *rand.Rand
	now     time.Duration // since the beginning
	queue   queue
	devices []*device // in order of their IDs
	index   map[identity.DeviceID]int
	links   map[[2]int]*link
	there   []identity.DeviceID // who is not away, in order
	parted  bool                // the first half has no links to the second
	tracked wire.LogID          // of the messages
	said    int                 // how many entries it has in the end
	cost    Cost
}

// link is one between two devices, whether it is up or not.
type link struct {
	up    bool
	round int              // counts how often it came up
	rnd   *rand.Rand       // of its own, so that the order of others does not matter
	clear [2]time.Duration // when the last packet of each direction arrives
	ends  [2]*device       // in order
}

// event is what happens at a time: do, unless what it belongs to is gone.
type event struct {
	at time.Duration
	by [2]int // breaks ties
	do func()
}

type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].at, q[j].at), slices.Compare(q[i].by[:], q[j].by[:])) < 0
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = event{}
	*q = (*q)[:last]
	return e
}

func newNetwork(s Scenario) *network {
	n := &network{Scenario: s, rnd: rand.New(rand.NewPCG(s.Seed, 0)), index: make(map[identity.DeviceID]int), links: make(map[[2]int]*link)}
	for i := range s.Devices {
		var seed [32]byte
		for j := range 8 {
			seed[j] = byte((uint64(i) + s.Seed<<32) >> (8 * j))
		}
		n.devices = append(n.devices, &device{net: n, key: identity.KeyFromSeed(seed)})
	}
	slices.SortFunc(n.devices, func(a, b *device) int {
		p, q := a.key.ID(), b.key.ID()
		return bytes.Compare(p[:], q[:])
	})
	for i, d := range n.devices {
		n.index[d.key.ID()] = i
		d.index = i
		d.disk = newDisk(n.rnd.Uint64() >> 1)
		if s.Skew > 0 {
			d.skew = time.Duration(n.rnd.Int64N(int64(2*s.Skew))) - s.Skew
		}
	}
	return n
}

// after lets something happen later, at the device with the given index and for
// the other.
func (n *network) after(wait time.Duration, at, by int, do func()) {
	heap.Push(&n.queue, event{n.now + wait, [2]int{at, by}, do})
}

// run lets time pass until done, or nothing happens any more, or the limit.
func (n *network) run(limit time.Duration, done func() bool) {
	limit += n.now
	for len(n.queue) > 0 && n.queue[0].at <= limit && !done() {
		e := heap.Pop(&n.queue).(event)
		n.now = e.at
		e.do()
	}
}

func never() bool { return false }

func (n *network) between(a, b int) *link {
	key := [2]int{min(a, b), max(a, b)}
	l := n.links[key]
	if l == nil {
		l = &link{rnd: rand.New(rand.NewPCG(n.Seed, uint64(key[0])<<32|uint64(key[1]))), ends: [2]*device{n.devices[key[0]], n.devices[key[1]]}}
		n.links[key] = l
	}
	return l
}

// relink makes the links those that the devices want who are not away.
func (n *network) relink() {
	n.there = n.there[:0]
	for _, d := range n.devices {
		if !d.away {
			n.there = append(n.there, d.key.ID())
		}
	}
	want := make(map[*link]bool)
	var list []*link
	for _, d := range n.devices {
		for _, l := range n.wanted(d) {
			if !want[l] {
				want[l] = true
				list = append(list, l)
			}
		}
	}
	for _, l := range n.up() {
		if !want[l] {
			l.set(false)
		}
	}
	for _, l := range list {
		l.set(true)
	}
}

// wanted returns the links that a device wants and can have.
func (n *network) wanted(d *device) (list []*link) {
	if !d.online || d.away {
		return nil
	}
	half := len(n.devices) / 2
	for _, id := range ring.Neighbours(d.key.ID(), n.there) {
		other := n.devices[n.index[id]]
		if other.online && (!n.parted || (d.index < half) == (other.index < half)) {
			list = append(list, n.between(d.index, other.index))
		}
	}
	return list
}

// up returns the links that are up, always in the same order.
func (n *network) up() []*link {
	var list []*link
	for _, l := range n.links {
		if l.up {
			list = append(list, l)
		}
	}
	slices.SortFunc(list, func(a, b *link) int {
		return cmp.Or(cmp.Compare(a.ends[0].index, b.ends[0].index), cmp.Compare(a.ends[1].index, b.ends[1].index))
	})
	return list
}

// set brings a link up or down. What is on its way is lost when it breaks.
func (l *link) set(up bool) {
	if l.up == up {
		return
	}
	l.up = up
	l.round++
	for i, d := range l.ends {
		l.clear[i] = d.net.now
		other := l.ends[1-i]
		if up {
			d.step(feed.InLobby{Peer: other.key.ID(), Is: true})
			d.step(feed.LinkUp{Peer: other.key.ID()})
		} else {
			d.step(feed.LinkDown{Peer: other.key.ID()})
		}
	}
}

// carry takes a frame from one end to the other, where it arrives as an event.
func (l *link) carry(from *device, e feed.Event, arrived func(*device)) {
	if !l.up {
		return
	}
	n, way := from.net, 0
	if from == l.ends[1] {
		way = 1
	}
	wait := delayLeast + time.Duration(l.rnd.Int64N(int64(delayMost-delayLeast)))
	for again := resendAfter; l.rnd.Float64() < n.Loss; again *= 2 {
		wait += again
	}
	l.clear[way] = max(l.clear[way], n.now+wait) + time.Nanosecond
	to, round := l.ends[1-way], l.round
	n.after(l.clear[way]-n.now, to.index, from.index, func() {
		if l.up && l.round == round {
			arrived(to)
			to.step(e)
		}
	})
}
