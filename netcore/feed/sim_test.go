package feed

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// world is some devices and the links between them, in a time of its own. What
// is on its way is lost when a link breaks; what was committed stays.
type world struct {
	t       *testing.T
	rnd     *rand.Rand
	now     time.Time
	devices []*device
	links   map[[2]int]bool
	// failWrites is the chance that a commit fails.
	failWrites float64
}

type device struct {
	index   int
	key     *identity.Key
	feed    *Feed
	members []identity.DeviceID
	conv    chat.ConversationID

	// The disk.
	entries     map[wire.LogID][]wire.SignedEntry
	delivered   map[identity.DeviceID]map[wire.LogID]uint64
	incarnation uint64

	// What a crash takes with it.
	writes []Commit // queued for the disk
	inbox  [][]sent // per sender, in order
}

// sent is a frame on its way.
type sent struct {
	frontiers *wire.Frontiers
	raw       [][]byte
}

func newWorld(t *testing.T, seed int64, n int) *world {
	w := &world{t: t, rnd: rand.New(rand.NewSource(seed)), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), links: make(map[[2]int]bool)}
	var members []identity.DeviceID
	for i := range n {
		key := testKey(byte(i + 1))
		members = append(members, key.ID())
		w.devices = append(w.devices, &device{index: i, key: key, entries: make(map[wire.LogID][]wire.SignedEntry),
			delivered: make(map[identity.DeviceID]map[wire.LogID]uint64), incarnation: uint64(i + 100)})
	}
	conv := chat.ConversationID{1}
	if n == 2 {
		conv = chat.DirectID(members[0], members[1])
	}
	for _, d := range w.devices {
		d.members, d.conv = members, conv
		d.start(w)
	}
	return w
}

func testKey(b byte) *identity.Key { return identity.KeyFromSeed([32]byte{b}) }

// start makes the feed from what is on the disk.
func (d *device) start(w *world) {
	d.feed = New(Config{Key: d.key, Incarnation: d.incarnation, Random: w.rnd})
	var clock wire.HybridTime
	for _, run := range d.entries {
		for _, e := range run {
			clock = max(clock, e.Time)
		}
	}
	d.feed.Open(d.conv, d.members, clock)
	for id, run := range d.entries {
		last := run[len(run)-1]
		d.feed.Load(id, wire.Range{Lowest: 1, Highest: last.Sequence}, last.Hash)
	}
	for peer, logs := range d.delivered {
		for id, highest := range logs {
			d.feed.LoadDelivered(id, peer, highest)
		}
	}
	d.writes = nil
	d.inbox = make([][]sent, len(w.devices))
}

func (w *world) do(d *device, effects []Effect) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case Commit:
			d.writes = append(d.writes, e)
		case SendFrontiers:
			w.send(d, e.Peer, sent{frontiers: &e.Frontiers})
		case SendEntries:
			raw := e.Raw
			if raw == nil {
				for _, entry := range d.entries[e.Log][e.From-1 : e.To] {
					raw = append(raw, entry.Raw)
				}
			}
			if uint64(len(raw)) != e.To-e.From+1 {
				w.t.Fatalf("SendEntries %d to %d holds %d entries", e.From, e.To, len(raw))
			}
			w.send(d, e.Peer, sent{raw: raw})
		case Delivered:
			if d.delivered[e.Peer] == nil {
				d.delivered[e.Peer] = make(map[wire.LogID]uint64)
			}
			d.delivered[e.Peer][e.Log] = e.To
			if other := w.byID(e.Peer); uint64(len(other.entries[e.Log])) < e.To {
				w.t.Fatalf("entry %d is called delivered, the disk of %d holds %d", e.To, other.index, len(other.entries[e.Log]))
			}
		}
	}
}

func (w *world) byID(id identity.DeviceID) *device {
	return w.devices[slices.IndexFunc(w.devices, func(d *device) bool { return d.key.ID() == id })]
}

func (w *world) send(from *device, to identity.DeviceID, s sent) {
	other := w.byID(to)
	if w.links[pair(from.index, other.index)] {
		other.inbox[from.index] = append(other.inbox[from.index], s)
	}
}

func pair(a, b int) [2]int { return [2]int{min(a, b), max(a, b)} }

func (w *world) link(a, b int, up bool) {
	if w.links[pair(a, b)] == up {
		return
	}
	w.links[pair(a, b)] = up
	x, y := w.devices[a], w.devices[b]
	x.inbox[b], y.inbox[a] = nil, nil
	for _, end := range [][2]*device{{x, y}, {y, x}} {
		if up {
			w.do(end[0], end[0].feed.Step(w.now, LinkUp{Peer: end[1].key.ID()}))
		} else {
			w.do(end[0], end[0].feed.Step(w.now, LinkDown{Peer: end[1].key.ID()}))
		}
	}
}

// write carries out the first queued write of d, the way the store does: a run
// that does not fit fails.
func (w *world) write(d *device, fail bool) {
	if len(d.writes) == 0 {
		return
	}
	run := d.writes[0].Run
	d.writes = d.writes[1:]
	id := run[0].Log
	held := d.entries[id]
	if fail || run[0].Sequence != uint64(len(held))+1 || (len(held) > 0 && run[0].Previous != held[len(held)-1].Hash) {
		w.do(d, d.feed.Step(w.now, Failed{Log: id}))
		return
	}
	d.entries[id] = append(held, run...)
	w.do(d, d.feed.Step(w.now, Stored{Run: run}))
}

func (w *world) receive(d *device, from int) {
	if len(d.inbox[from]) == 0 {
		return
	}
	s := d.inbox[from][0]
	d.inbox[from] = d.inbox[from][1:]
	peer := w.devices[from].key.ID()
	if s.frontiers != nil {
		w.do(d, d.feed.Step(w.now, Heard{Peer: peer, Frontiers: *s.frontiers}))
		return
	}
	run, err := ParseRun(s.raw)
	if err == nil {
		run, err = Authentic(run)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(d, d.feed.Step(w.now, Received{Peer: peer, Run: run}))
}

func (w *world) crash(d *device) {
	for i := range w.devices {
		if i != d.index {
			w.link(i, d.index, false)
		}
	}
	d.start(w)
}

func (w *world) append(d *device, text string) {
	_, commit, err := d.feed.Append(w.now, d.conv, wire.KindText, wire.TextBody(text))
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(d, []Effect{commit})
}

// random does one random thing.
func (w *world) random(i int) {
	d := w.devices[w.rnd.Intn(len(w.devices))]
	other := w.rnd.Intn(len(w.devices))
	switch n := w.rnd.Intn(100); {
	case n < 15:
		w.append(d, fmt.Sprintf("%d from %d", i, d.index))
	case n < 50:
		w.write(d, w.rnd.Float64() < w.failWrites)
	case n < 90:
		w.receive(d, other)
	case n < 96 && other != d.index:
		w.link(d.index, other, w.rnd.Intn(3) > 0)
	case n < 97:
		w.crash(d)
	default:
		w.now = w.now.Add(time.Duration(w.rnd.Intn(10)) * time.Second)
		w.tick()
	}
}

func (w *world) tick() {
	for _, d := range w.devices {
		w.do(d, d.feed.Step(w.now, Tick{}))
	}
}

// settle links everybody, lets writes succeed, and lets time pass until
// nothing moves.
func (w *world) settle() {
	for a := range w.devices {
		for b := range a {
			w.link(a, b, true)
		}
	}
	for range 4 {
		for busy := true; busy; {
			busy = false
			for _, d := range w.devices {
				for ; len(d.writes) > 0; busy = true {
					w.write(d, false)
				}
				for from := range w.devices {
					for ; len(d.inbox[from]) > 0; busy = true {
						w.receive(d, from)
					}
				}
			}
		}
		w.now = w.now.Add(FullInterval)
		w.tick()
	}
}

// history is what the screen would show.
func (d *device) history() []string {
	var all []wire.SignedEntry
	for _, run := range d.entries {
		all = append(all, run...)
	}
	slices.SortFunc(all, func(a, b wire.SignedEntry) int {
		if a.Position().Less(b.Position()) {
			return -1
		}
		return 1
	})
	var texts []string
	for _, e := range all {
		text, _ := e.Text()
		texts = append(texts, text)
	}
	return texts
}

func TestConverges(t *testing.T) {
	for _, members := range []int{2, 3, 5} {
		t.Run(fmt.Sprintf("%d members", members), func(t *testing.T) {
			for seed := range int64(60) {
				w := newWorld(t, seed, members)
				w.failWrites = 0.1
				for i := range 1500 {
					w.random(i)
				}
				w.settle()
				want := w.devices[0].history()
				if len(want) == 0 {
					t.Fatalf("seed %d: nothing was written", seed)
				}
				seen := make(map[string]bool)
				for _, text := range want {
					if seen[text] {
						t.Fatalf("seed %d: %q stands twice", seed, text)
					}
					seen[text] = true
				}
				for _, d := range w.devices {
					if got := d.history(); !slices.Equal(got, want) {
						t.Fatalf("seed %d: device %d holds %d entries, device 0 %d, or another order", seed, d.index, len(got), len(want))
					}
					for peer := range w.devices {
						if peer != d.index && d.feed.Pending(w.devices[peer].key.ID()) {
							t.Fatalf("seed %d: device %d still waits for a receipt of %d", seed, d.index, peer)
						}
					}
				}
			}
		})
	}
}
