package peering

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/ring"
)

var begin = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// lab is some devices that find each other at once and link as their machines
// decide, in virtual time.
type lab struct {
	t       *testing.T
	now     time.Time
	devices []*device
	coming  []happening
	// blocked paths let nothing through: those from one device to an address.
	blocked map[path]bool
}

type path struct {
	from int
	to   netip.AddrPort
}

type happening struct {
	at time.Time
	do func()
}

type device struct {
	*Machine
	id     identity.DeviceID
	index  int
	at     []netip.AddrPort
	links  map[*device]netip.AddrPort // the address of the dialled side
	told   map[*device]time.Time      // full frontiers
	packet map[identity.DeviceID]uint64
	owed   map[identity.DeviceID]bool // receipts, of groups
	dials  []time.Time
	most   int // links at once
	ended  []Reason
	passed map[identity.DeviceID]bool
}

func newLab(t *testing.T) *lab {
	return &lab{t: t, now: begin, blocked: make(map[path]bool)}
}

// add starts a device at some addresses, which all others hear of at once. Their
// IDs go up.
func (l *lab) add(addresses ...netip.AddrPort) *device {
	i := len(l.devices)
	d := &device{
		id: identity.DeviceID{byte(i), 1}, index: i, at: addresses,
		links: make(map[*device]netip.AddrPort), told: make(map[*device]time.Time),
		packet: make(map[identity.DeviceID]uint64), owed: make(map[identity.DeviceID]bool),
		passed: make(map[identity.DeviceID]bool),
	}
	if len(d.at) == 0 {
		d.at = []netip.AddrPort{address(1, i)}
	}
	d.Machine = New(Config{
		Self: d.id, InLobby: true,
		Pending:  func(id identity.DeviceID) (direct, group bool) { return false, d.owed[id] },
		Received: func(id identity.DeviceID) uint64 { return d.packet[id] },
	}, l.now)
	for _, other := range l.devices {
		l.step(other, PeerChanged{d.view()})
		l.step(d, PeerChanged{other.view()})
	}
	l.devices = append(l.devices, d)
	return d
}

func address(subnet, host int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(subnet), 0, byte(host + 1)}), 47475)
}

func (d *device) view() Peer {
	return Peer{ID: d.id, Online: true, InLobby: true, Instance: 1, Addresses: d.at}
}

func (l *lab) byID(id identity.DeviceID) *device { return l.devices[id[0]] }

func (l *lab) after(d time.Duration, do func()) {
	l.coming = append(l.coming, happening{l.now.Add(d), do})
}

// works says whether what two linked devices send arrives.
func (l *lab) works(a, b *device) bool {
	at, linked := a.links[b]
	return linked && !l.blocked[path{a.index, at}] && !l.blocked[path{b.index, at}]
}

func (l *lab) step(d *device, ev Event) {
	for _, effect := range d.Step(l.now, ev) {
		switch e := effect.(type) {
		case Dial:
			d.dials = append(d.dials, l.now)
			l.after(5*time.Millisecond, func() { l.dial(d, l.byID(e.Peer), e.Addresses) })
		case Probe:
			if other := l.byID(e.Peer); l.works(d, other) {
				l.after(time.Millisecond, func() {
					d.packet[other.id]++
					other.packet[d.id]++
					l.step(d, ProbeAnswered(e))
				})
			}
		case LetGo:
			l.hangUp(d, l.byID(e.Peer), false)
			l.step(d, LinkDown{Peer: e.Peer})
		case End:
			d.ended = append(d.ended, e.Reason)
			l.hangUp(d, l.byID(e.Peer), e.Reason == Blocked)
		case Introduce:
			for _, id := range e.Peers {
				d.passed[id] = true
			}
		}
	}
}

// hangUp ends a link as d sees it; the other side learns of it if that arrives.
func (l *lab) hangUp(d, other *device, refused bool) {
	heard := l.works(d, other)
	delete(d.links, other)
	if heard {
		l.after(time.Millisecond, func() {
			delete(other.links, d)
			l.step(other, LinkDown{Peer: d.id, Refused: refused, Err: errors.New("closed")})
		})
	}
}

func (l *lab) dial(d, other *device, addresses []netip.AddrPort) {
	for _, at := range addresses {
		if !slices.Contains(other.at, at) || l.blocked[path{d.index, at}] {
			continue
		}
		for _, side := range [][2]*device{{d, other}, {other, d}} {
			a, b := side[0], side[1]
			if _, linked := a.links[b]; linked && l.works(a, b) {
				l.step(a, SecondLink{b.id})
				continue
			}
			a.links[b] = at
			a.most = max(a.most, len(a.links))
			a.packet[b.id]++
			l.step(a, LinkUp{Peer: b.id, Remote: at})
			l.tellAll(a, b)
		}
		return
	}
	l.after(time.Second, func() { l.step(d, DialFailed{Peer: other.id, Err: errors.New("no answer")}) })
}

// tellAll has a send full frontiers to b, now and every half a minute.
func (l *lab) tellAll(a, b *device) {
	at := l.now
	a.told[b] = at
	var tell func()
	tell = func() {
		if _, linked := a.links[b]; !linked || a.told[b] != at {
			return
		}
		l.step(a, ToldAll{b.id})
		if l.works(a, b) {
			l.after(time.Millisecond, func() {
				a.packet[b.id]++
				b.packet[a.id]++
			})
		}
		l.after(30*time.Second, tell)
	}
	tell()
}

// run lets time pass.
func (l *lab) run(d time.Duration) {
	for end := l.now.Add(d); ; {
		next, who := end, -1
		for i, d := range l.devices {
			if at := d.Next(); !at.IsZero() && at.Before(next) {
				next, who = at, i
			}
		}
		first := -1
		for i, h := range l.coming {
			if !next.Before(h.at) {
				next, first = h.at, i
			}
		}
		if next.After(l.now) {
			l.now = next
		}
		switch {
		case first >= 0:
			do := l.coming[first].do
			l.coming = slices.Delete(l.coming, first, first+1)
			do()
		case who >= 0:
			l.step(l.devices[who], Tick{})
		default:
			return
		}
	}
}

// linked returns the indexes of those with whom a device is linked, in order.
func (d *device) linked() []int {
	var list []int
	for other := range d.links {
		list = append(list, other.index)
	}
	slices.Sort(list)
	return list
}

// TestFew: few are all linked with each other soon, by one link each, and stay so.
func TestFew(t *testing.T) {
	l := newLab(t)
	const few = ring.Everyone
	for range few {
		l.add()
	}
	l.step(l.devices[few/2], LobbyChanged{false}) // which is only for many
	l.run(2 * time.Second)
	check := func() {
		t.Helper()
		dials := 0
		for _, d := range l.devices {
			dials += len(d.dials)
			if len(d.links) != few-1 {
				t.Errorf("%d is linked with %v", d.index, d.linked())
			}
			if len(d.passed) != few-1 {
				t.Errorf("%d passed on %d others", d.index, len(d.passed))
			}
		}
		if dials != few*(few-1)/2 {
			t.Errorf("%d dials for %d pairs", dials, few*(few-1)/2)
		}
	}
	check()
	l.run(10 * time.Minute)
	check()
}

// TestMany: many are linked with their neighbours on the ring and nobody else, also
// after somebody came and somebody left; no device ever has links with all.
func TestMany(t *testing.T) {
	l := newLab(t)
	const many = 40
	for range many {
		l.add()
		l.run(20 * time.Millisecond)
	}
	check := func(there []*device) {
		t.Helper()
		var ids []identity.DeviceID
		for _, d := range there {
			ids = append(ids, d.id)
		}
		for _, d := range there {
			var want []int
			for _, id := range ring.Neighbours(d.id, ids) {
				want = append(want, l.byID(id).index)
			}
			slices.Sort(want)
			if got := d.linked(); !slices.Equal(got, want) {
				t.Errorf("%d is linked with %v, want %v", d.index, got, want)
			}
			if !d.Crowded() || d.most > 20 {
				t.Errorf("%d had up to %d links", d.index, d.most)
			}
		}
	}
	l.run(20 * time.Second)
	check(l.devices)
	dials, links := 0, 0
	for _, d := range l.devices {
		dials, links = dials+len(d.dials), links+len(d.links)
	}
	if dials != links/2 {
		t.Errorf("%d dials for %d links, while they came", dials, links/2)
	}
	l.add()
	l.run(2 * time.Minute)
	check(l.devices)

	gone := l.devices[17]
	gone.Machine = New(Config{Self: gone.id}, l.now)
	for _, d := range l.devices {
		if d != gone {
			view := gone.view()
			view.Online = false
			l.step(d, PeerChanged{view})
			if _, linked := d.links[gone]; linked {
				t.Fatalf("%d has a link with who left", d.index)
			}
		}
	}
	l.run(2 * time.Minute)
	check(slices.Delete(slices.Clone(l.devices), 17, 18))
}

// TestFailover: a link that died without telling anybody is found out by both
// sides, also when there is nothing to say, and the peer is dialled where it is
// still to be reached.
func TestFailover(t *testing.T) {
	for _, owes := range []bool{false, true} {
		t.Run(fmt.Sprint("something to say: ", owes), func(t *testing.T) {
			l := newLab(t)
			a, b := l.add(), l.add(address(1, 1), address(2, 1))
			l.run(40 * time.Second)
			if at := a.links[b]; at != address(1, 1) {
				t.Fatalf("linked at %v", at)
			}
			l.blocked[path{a.index, address(1, 1)}] = true
			l.blocked[path{b.index, a.at[0]}] = true
			within := 40 * time.Second // after the next full frontiers
			if owes {
				a.owed[b.id] = true
				l.step(a, PendingChanged{})
				within = quietFor + probeTimeout + dialGrace + 2*time.Second
			}
			l.run(within)
			if at := a.links[b]; at != address(2, 1) || !slices.Contains(a.ended, Dead) {
				t.Errorf("linked at %v after %v, ended %v", at, within, a.ended)
			}
		})
	}
}

// TestProbe: a link is probed when there is a reason to think that it leads
// nowhere, and only once until an answer comes.
func TestProbe(t *testing.T) {
	self, other := identity.DeviceID{1}, identity.DeviceID{2}
	linked := Peer{ID: other, Online: true, Instance: 1, Addresses: []netip.AddrPort{address(1, 2)}}
	with := func(change func(*Peer)) PeerChanged {
		p := linked
		change(&p)
		return PeerChanged{p}
	}
	for _, tc := range []struct {
		name string
		ev   Event
		want bool
	}{
		{"nothing new", PeerChanged{linked}, false},
		{"another name or status", with(func(p *Peer) { p.InLobby = true }), false},
		{"it started once more", with(func(p *Peer) { p.Instance++ }), true},
		{"it moved", with(func(p *Peer) { p.Addresses = []netip.AddrPort{address(1, 9)} }), true},
		{"it dialled again", SecondLink{other}, true},
		{"the network changed", NetworkChanged{}, true},
		{"frontiers were sent", ToldAll{other}, false},
	} {
		m := New(Config{
			Self:     self,
			Pending:  func(identity.DeviceID) (direct, group bool) { return false, false },
			Received: func(identity.DeviceID) uint64 { return 1 },
		}, begin)
		m.Step(begin, PeerChanged{linked})
		m.Step(begin, LinkUp{other, linked.Addresses[0]})
		for i := range 2 {
			effects := m.Step(begin.Add(time.Second), tc.ev)
			if got := slices.Contains(effects, Effect(Probe{other})); got != (tc.want && i == 0) {
				t.Errorf("%s, time %d: probed %t", tc.name, i+1, got)
			}
		}
		m.Step(begin.Add(time.Second), ProbeAnswered{other})
		if got := slices.Contains(m.Step(begin.Add(time.Second), SecondLink{other}), Effect(Probe{other})); !got {
			t.Errorf("%s: not probed after an answer", tc.name)
		}
	}
}

// TestDialledTwice: where both sides dialled at once, the one whose link did not
// stay dials again when the other is lost.
func TestDialledTwice(t *testing.T) {
	l := newLab(t)
	a, b := l.add(), l.add()
	l.dial(a, b, b.at)
	a.peers[b.id].dialling = true // its own attempt goes on
	l.dial(b, a, a.at)
	l.run(5 * time.Second)
	l.hangUp(a, b, false)
	l.step(a, LinkDown{Peer: b.id})
	l.run(dialGrace / 2)
	if len(a.dials) != 1 || len(a.links) != 1 {
		t.Errorf("%d dials, linked with %v", len(a.dials), a.linked())
	}
}

// TestUsed: a link with no neighbour is let go when it carried nothing for a while.
func TestUsed(t *testing.T) {
	l := newLab(t)
	for range 40 {
		l.add()
	}
	l.run(30 * time.Second)
	a, b := l.devices[0], l.devices[7]
	l.dial(a, b, b.at)
	for range 10 {
		l.run(idleLink - time.Second)
		l.step(a, Used{b.id})
		l.step(b, Used{a.id})
	}
	if _, linked := a.links[b]; !linked {
		t.Fatal("let go while in use")
	}
	l.run(idleLink + time.Second)
	if _, linked := a.links[b]; linked {
		t.Error("kept for nothing")
	}
}

// TestFirewall: where the one that is to dial cannot, the other does.
func TestFirewall(t *testing.T) {
	l := newLab(t)
	a, b := l.add(), l.add()
	l.blocked[path{a.index, b.at[0]}] = true
	l.run(firstChoice + dialGrace + time.Second)
	if !slices.Equal(a.linked(), []int{1}) || !slices.Equal(b.linked(), []int{0}) || len(b.dials) != 1 {
		t.Errorf("linked with %v and %v, %d dials", a.linked(), b.linked(), len(b.dials))
	}
}

// TestBackOff: who cannot be reached is tried ever more seldom, until there is
// news of it.
func TestBackOff(t *testing.T) {
	l := newLab(t)
	a, b := l.add(), l.add()
	l.blocked[path{a.index, b.at[0]}], l.blocked[path{b.index, a.at[0]}] = true, true
	l.run(time.Hour)
	if most := int(time.Hour/lastRetry) + patient; len(a.dials) > most || len(a.dials) < most/2 {
		t.Errorf("%d dials in an hour", len(a.dials))
	}
	if a.Troubles()[b.id] == nil {
		t.Error("nothing says why there is no link")
	}
	view := b.view()
	for _, tc := range []struct {
		name string
		news func()
		want bool
	}{
		{"the same as before", func() { l.step(a, PeerChanged{view}) }, false},
		{"somebody else came", func() { l.step(a, PeerChanged{Peer{ID: identity.DeviceID{200}, Online: true}}) }, false},
		{"another address", func() {
			view.Addresses = append([]netip.AddrPort{address(3, 1)}, view.Addresses...)
			l.step(a, PeerChanged{view})
		}, true},
		{"another network", func() { l.step(a, NetworkChanged{}) }, true},
		{"the user asks for it", func() { l.step(a, Retry{b.id}) }, true},
		{"it started once more", func() { view.Instance++; l.step(a, PeerChanged{view}) }, true},
	} {
		l.run(5 * lastRetry)
		before := len(a.dials)
		for len(a.dials) == before {
			l.run(time.Second)
		}
		l.run(5 * time.Second) // it failed
		before = len(a.dials)
		tc.news()
		l.run(time.Second)
		if soon := len(a.dials) > before; soon != tc.want {
			t.Errorf("%s: dialled at once: %t", tc.name, soon)
		}
	}
}

// TestVisits: members of a group with whom no link is kept are asked for receipts,
// a few at a time and not at once, and let go.
func TestVisits(t *testing.T) {
	l := newLab(t)
	for range 40 {
		l.add()
	}
	l.run(20 * time.Second)
	a := l.devices[0]
	kept := a.linked()
	for _, d := range l.devices[1:] {
		a.owed[d.id] = true
	}
	for _, i := range kept {
		delete(a.owed, l.devices[i].id) // they acknowledged at once
	}
	visited := make(map[int]bool)
	most := 0
	l.step(a, GroupWritten{})
	l.step(a, PendingChanged{})
	l.run(visitAfter - time.Millisecond)
	if len(a.linked()) != len(kept) {
		t.Errorf("visits begin before what was written had the time to come by others")
	}
	for range 2000 {
		l.run(50 * time.Millisecond)
		most = max(most, len(a.links)-len(kept))
		for _, i := range a.linked() {
			if d := l.devices[i]; a.owed[d.id] {
				visited[i] = true
				delete(a.owed, d.id)
				l.step(a, PendingChanged{})
			}
		}
	}
	if len(visited) != 39-len(kept) || most > visits {
		t.Errorf("%d of %d visited, up to %d at once", len(visited), 39-len(kept), most)
	}
	l.run(idleLink)
	if got := a.linked(); !slices.Equal(got, kept) {
		t.Errorf("links with %v are left, kept are %v", got, kept)
	}
}

// TestGroups: among many, links are kept with neighbours in each group, in the
// lobby only while this device takes part.
func TestGroups(t *testing.T) {
	l := newLab(t)
	for range 30 {
		l.add()
	}
	group := chat.ConversationID{7}
	members := []identity.DeviceID{l.devices[0].id, l.devices[11].id, l.devices[23].id, {250}}
	for _, d := range l.devices {
		l.step(d, LobbyChanged{false})
		if slices.Contains(members, d.id) {
			l.step(d, GroupChanged{group, members})
		}
	}
	l.run(30 * time.Second)
	for i, want := range map[int][]int{0: {11, 23}, 11: {0, 23}, 23: {0, 11}, 5: nil} {
		if got := l.devices[i].linked(); !slices.Equal(got, want) {
			t.Errorf("%d is linked with %v, want %v", i, got, want)
		}
	}
	l.step(l.devices[0], GroupChanged{Group: group})
	for _, i := range []int{11, 23} {
		l.step(l.devices[i], GroupChanged{group, members[1:]})
	}
	l.run(idleLink + ringLate)
	if got := l.devices[0].linked(); len(got) != 0 {
		t.Errorf("linked with %v, in no group", got)
	}
}

// TestBlocked: a link with somebody blocked ends and no other comes; the other side
// does not insist. With somebody who says goodbye it ends as well.
func TestBlocked(t *testing.T) {
	l := newLab(t)
	a, b := l.add(), l.add()
	l.run(5 * time.Second)
	view := b.view()
	view.Blocked = true
	l.step(a, PeerChanged{view})
	if len(a.links) != 0 || !slices.Equal(a.ended, []Reason{Blocked}) {
		t.Fatalf("linked with %v, ended %v", a.linked(), a.ended)
	}
	l.blocked[path{b.index, a.at[0]}] = true // as the endpoint would
	before := len(b.dials)
	l.run(lastRetry - time.Millisecond)
	if len(a.links) != 0 || len(b.dials) != before || b.Troubles()[a.id] == nil {
		t.Errorf("%d dials at once after being refused, for %v", len(b.dials)-before, b.Troubles())
	}
	clear(l.blocked)
	l.step(a, PeerChanged{b.view()})
	l.step(a, Retry{b.id})
	l.run(2 * time.Second)
	if len(a.links) != 1 {
		t.Fatal("no link after all was well again")
	}
	view = b.view()
	view.Online = false
	l.step(a, PeerChanged{view})
	if len(a.links) != 0 || !slices.Equal(a.ended, []Reason{Blocked, Left}) {
		t.Errorf("linked with %v, ended %v", a.linked(), a.ended)
	}
}
