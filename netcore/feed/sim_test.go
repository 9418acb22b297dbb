package feed

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/membership"
	"github.com/parlance-chat/parlance/netcore/wire"
)

const maxDevices = 6

// world is some devices with a group, a direct conversation of the first two and
// the lobby, and the links between them, in a time of its own. What is on its way
// is lost when a link breaks; what was committed stays.
type world struct {
	rnd     *rand.Rand
	now     time.Time
	devices []*device
	links   map[[2]int]bool
	parted  int // a set of devices that have no links to the others
	group   chat.ConversationID
	texts   int
	faults  faults
	wrong   []string // what should not be
}

// faults are what the world does to the devices beyond what they bear.
type faults struct {
	early bool // says that a write is on the disk before it is
	deaf  bool // loses all frontiers but the first of each link
}

// device is a program with its disk.
type device struct {
	world *world
	index int
	key   *identity.Key
	skew  time.Duration // of its clock
	feed  *Feed
	disk  disk
	saved *disk // a backup

	// What a kill takes with it.
	writes []Commit  // queued for the disk
	rolls  []Enroll  // queued for the disk
	inbox  [][]frame // per sender, in order
	heard  []bool    // per sender, whether a frontier came by this link
}

// disk is what a kill leaves.
type disk struct {
	order       []wire.LogID
	logs        map[wire.LogID][]wire.SignedEntry
	told        map[wire.LogID]map[identity.DeviceID]receipt
	loose       []wire.SignedEntry // beside the logs
	groups      []chat.ConversationID
	incarnation uint64
}

// frame is what is on its way.
type frame struct {
	frontiers *wire.Frontiers
	run       []wire.SignedEntry
	roll      []wire.SignedEntry
}

func (d disk) clone() *disk {
	d.order, d.groups, d.loose = slices.Clone(d.order), slices.Clone(d.groups), slices.Clone(d.loose)
	logs, told := make(map[wire.LogID][]wire.SignedEntry), make(map[wire.LogID]map[identity.DeviceID]receipt)
	for id, run := range d.logs {
		logs[id] = slices.Clip(run)
	}
	for id, all := range d.told {
		told[id] = make(map[identity.DeviceID]receipt)
		for peer, r := range all {
			told[id][peer] = r
		}
	}
	d.logs, d.told = logs, told
	return &d
}

func newWorld(seed int64, n int) *world {
	w := &world{rnd: rand.New(rand.NewSource(seed)), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		links: make(map[[2]int]bool)}
	for i := range n {
		d := &device{world: w, index: i, key: testKey(byte(i + 1))}
		d.disk = *disk{incarnation: uint64(i + 100)}.clone()
		d.skew = time.Duration(w.rnd.Intn(7200)-3600) * time.Second
		w.devices = append(w.devices, d)
		d.start()
	}
	w.group = w.devices[0].found(n)
	return w
}

func testKey(b byte) *identity.Key { return identity.KeyFromSeed([32]byte{b}) }

func (w *world) errorf(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

// start makes the feed from what is on the disk.
func (d *device) start() {
	w := d.world
	d.feed = New(Config{Key: d.key, Incarnation: d.disk.incarnation, Random: w.rnd, TellRead: true})
	d.feed.OpenLobby()
	for _, other := range w.devices {
		if other != d {
			d.feed.Step(d.now(), InLobby{Peer: other.id(), Is: true})
			other.feed.Step(other.now(), InLobby{Peer: d.id(), Is: true})
		}
	}
	if d.index < 2 {
		d.feed.OpenDirect(testKey(byte(2 - d.index)).ID())
	}
	for _, id := range d.disk.groups {
		d.feed.OpenGroup(id)
	}
	for _, id := range d.disk.order {
		run := d.disk.logs[id]
		if len(run) == 0 {
			continue
		}
		for _, e := range run {
			d.feed.LoadMembership(e)
			d.feed.LoadClock(id.Conversation, e.Time)
		}
		d.feed.LoadLog(id, wire.Range{Lowest: 1, Highest: uint64(len(run))}, run[len(run)-1].Hash, 0)
		var walls []time.Time
		for _, e := range run {
			walls = append(walls, e.Wall)
		}
		d.feed.LoadWalls(id, walls)
		for peer, r := range d.disk.told[id] {
			d.feed.LoadReceipt(id, peer, r.has, r.read)
		}
	}
	roll := slices.Clone(d.disk.loose)
	slices.SortFunc(roll, func(a, b wire.SignedEntry) int { return slices.Compare(a.Hash[:], b.Hash[:]) }) // as the store returns it
	d.feed.LoadRoll(roll)
	for _, e := range d.disk.loose {
		d.feed.LoadClock(e.Log.Conversation, e.Time)
	}
	d.writes, d.rolls = nil, nil
	d.inbox, d.heard = make([][]frame, maxDevices), make([]bool, maxDevices)
}

func (d *device) id() identity.DeviceID { return d.key.ID() }
func (d *device) now() time.Time        { return d.world.now.Add(d.skew) }
func (d *device) step(e Event)          { d.do(d.feed.Step(d.now(), e)) }

// view is who is in the group by what is on the disk.
func (d *device) view() *membership.Group {
	g := membership.New(d.world.group)
	for _, id := range d.disk.order {
		for _, e := range d.disk.logs[id] {
			g.Add(e)
		}
	}
	for _, e := range d.disk.loose {
		g.Enroll(e)
	}
	return g
}

func (d *device) found(n int) chat.ConversationID {
	var members []identity.DeviceID
	for i := 1; i < n; i++ {
		if d.world.rnd.Intn(2) == 0 {
			members = append(members, d.world.devices[i].id())
		}
	}
	id, commit, err := d.feed.Found(d.now(), "Lunch", members)
	if err != nil {
		panic(err)
	}
	d.do([]Effect{commit})
	d.write(false) // else there may be no group at all
	return id
}

func (d *device) do(effects []Effect) {
	w := d.world
	for _, effect := range effects {
		switch e := effect.(type) {
		case Commit:
			if d.writes = append(d.writes, e); w.faults.early {
				d.step(Stored{Run: e.Run})
			}
		case SendFrontiers:
			w.send(d, e.Peer, frame{frontiers: &e.Frontiers})
		case SendEntries:
			held := d.disk.logs[e.Log]
			if w.faults.early && uint64(len(held)) < e.To {
				if run := d.queued(e); len(run) > 0 {
					w.send(d, e.Peer, frame{run: run})
				}
				continue
			}
			if uint64(len(held)) < e.To {
				w.errorf("device %d sends entry %d, its disk holds %d", d.index, e.To, len(held))
				continue
			}
			d.checkScope(e)
			w.send(d, e.Peer, frame{run: held[e.From-1 : e.To]})
		case Enroll:
			d.rolls = append(d.rolls, e)
		case SendRoll:
			w.send(d, e.Peer, frame{roll: d.roll(e)})
		case Delivered:
			r := d.told(e.Log, e.Peer)
			r.has = e.To
			d.disk.told[e.Log][e.Peer] = r
			d.checkDelivered(e)
		case ReadBy:
			r := d.told(e.Log, e.Peer)
			r.read = e.To
			d.disk.told[e.Log][e.Peer] = r
		case Diverged:
			w.errorf("device %d takes its log for another", d.index)
		case Forked:
			w.errorf("the log of %s forks", e.Entry.Log.Author.Short())
		}
	}
}

// roll returns what is sent of the roll, and says whether its receiver may have
// it.
func (d *device) roll(e SendRoll) (entries []wire.SignedEntry) {
	for _, raw := range e.Raw {
		entry, err := wire.ParseEntry(raw)
		if err != nil {
			panic(err)
		}
		entries = append(entries, entry)
	}
	if !d.view().IsNamed(e.Peer) {
		d.world.errorf("device %d sends its roll to %d, whom nobody named", d.index, d.world.byID(e.Peer).index)
	}
	return entries
}

// queued returns what is not on the disk yet.
func (d *device) queued(e SendEntries) (run []wire.SignedEntry) {
	all := slices.Clone(d.disk.logs[e.Log])
	for _, c := range d.writes {
		if c.Run[0].Log == e.Log {
			all = append(all, c.Run...)
		}
	}
	for _, entry := range all {
		if entry.Sequence >= e.From && entry.Sequence <= e.To {
			run = append(run, entry)
		}
	}
	return run
}

func (d *device) told(id wire.LogID, peer identity.DeviceID) receipt {
	if d.disk.told[id] == nil {
		d.disk.told[id] = make(map[identity.DeviceID]receipt)
	}
	return d.disk.told[id][peer]
}

// checkScope says whether a peer may have what it is sent.
func (d *device) checkScope(e SendEntries) {
	if e.Log.Conversation != d.world.group || e.Log.Author == e.Peer {
		return
	}
	g := d.view()
	if g.Has(d.id()) && g.Has(e.Peer) {
		return
	}
	for _, who := range []identity.DeviceID{e.Peer, d.id()} {
		if e.To <= g.Farewell(who)[e.Log] {
			return
		}
	}
	d.world.errorf("device %d sends entries %d to %d of %s to %d, who is no member", d.index, e.From, e.To, e.Log.Author.Short(), d.world.byID(e.Peer).index)
}

func (d *device) checkDelivered(e Delivered) {
	other := d.world.byID(e.Peer)
	theirs, ours := other.disk.logs[e.Log], d.disk.logs[e.Log]
	if uint64(min(len(theirs), len(ours))) < e.To || theirs[e.To-1].Hash != ours[e.To-1].Hash {
		d.world.errorf("entry %d of %d is called delivered, the disk of %d holds %d", e.To, d.index, other.index, len(theirs))
	}
}

func (w *world) byID(id identity.DeviceID) *device {
	return w.devices[slices.IndexFunc(w.devices, func(d *device) bool { return d.id() == id })]
}

func (w *world) send(from *device, to identity.DeviceID, f frame) {
	other := w.byID(to)
	if w.links[pair(from.index, other.index)] {
		other.inbox[from.index] = append(other.inbox[from.index], f)
	}
}

func pair(a, b int) [2]int { return [2]int{min(a, b), max(a, b)} }

func (w *world) link(a, b int, up bool) {
	if a == b || w.links[pair(a, b)] == up || up && (w.parted>>a&1 != w.parted>>b&1) {
		return
	}
	w.links[pair(a, b)] = up
	x, y := w.devices[a], w.devices[b]
	x.inbox[b], y.inbox[a] = nil, nil
	x.heard[b], y.heard[a] = false, false
	for _, end := range [][2]*device{{x, y}, {y, x}} {
		if up {
			end[0].step(LinkUp{Peer: end[1].id()})
		} else {
			end[0].step(LinkDown{Peer: end[1].id()})
		}
	}
}

// part puts devices into two sets without links between them.
func (w *world) part(set int) {
	w.parted = set
	for a := range w.devices {
		for b := range a {
			if set>>a&1 != set>>b&1 {
				w.link(a, b, false)
			}
		}
	}
}

// write carries out the first queued write, the way the store does: a run that
// does not fit fails.
func (d *device) write(fail bool) {
	if len(d.rolls) > 0 {
		e := d.rolls[0]
		d.rolls = d.rolls[1:]
		if !fail {
			d.disk.loose = append(d.disk.loose, e.Entries...)
			d.step(Enrolled(e))
		}
		return
	}
	if len(d.writes) == 0 {
		return
	}
	c := d.writes[0]
	d.writes = d.writes[1:]
	id := c.Run[0].Log
	held := d.disk.logs[id]
	for i, e := range c.Run {
		switch {
		case e.Sequence <= uint64(len(held)) && held[e.Sequence-1].Hash == e.Hash: // again
		case e.Sequence == uint64(len(held))+1 && (len(held) == 0 || e.Previous == held[len(held)-1].Hash):
			held = append(held, c.Run[i])
		default:
			fail = true
		}
	}
	if fail {
		d.step(Failed{Log: id})
		return
	}
	if d.disk.logs[id] == nil {
		d.disk.order = append(d.disk.order, id)
	}
	d.disk.logs[id] = held
	if c.Incarnation != 0 {
		d.disk.incarnation = c.Incarnation
	}
	if d.feed.Group(id.Conversation) != nil && !slices.Contains(d.disk.groups, id.Conversation) {
		d.disk.groups = append(d.disk.groups, id.Conversation)
	}
	if !d.world.faults.early {
		d.step(Stored{Run: c.Run})
	}
}

// take gives the feed a run, and says whether it may take it.
func (d *device) take(peer identity.DeviceID, run []wire.SignedEntry) {
	w := d.world
	g, id := d.feed.Group(w.group), run[0].Log
	may := id.Conversation != w.group || g == nil || !g.Has(d.id()) || g.Has(peer) || g.Has(id.Author)
	effects := d.feed.Step(d.now(), Received{Peer: peer, Run: run})
	if !may && len(of[Commit](effects)) > 0 {
		w.errorf("device %d takes entries of %s from %d, who is no member", d.index, id.Author.Short(), w.byID(peer).index)
	}
	d.do(effects)
}

func (d *device) receive(from int) {
	if len(d.inbox[from]) == 0 {
		return
	}
	f := d.inbox[from][0]
	d.inbox[from] = d.inbox[from][1:]
	peer := d.world.devices[from].id()
	if f.roll != nil {
		d.step(Rolled{Entries: f.roll})
		return
	}
	if f.frontiers == nil {
		d.take(peer, f.run)
		return
	}
	if !d.heard[from] || !d.world.faults.deaf {
		d.heard[from] = true
		d.step(Heard{Peer: peer, Frontiers: *f.frontiers})
	}
}

// kill takes everything from a device but its disk; restore takes that back to
// what was saved, and as the database does where it finds itself restored, begins
// a new incarnation.
func (d *device) kill(restore bool) {
	for i := range d.world.devices {
		d.world.link(i, d.index, false)
	}
	if restore && d.saved != nil {
		d.disk = *d.saved.clone()
		d.disk.incarnation = d.world.rnd.Uint64() >> 1
	}
	d.start()
}

func (d *device) append(id chat.ConversationID, kind wire.EntryKind, body []byte) {
	if commit, err := d.feed.Append(d.now(), id, Draft{Kind: kind, Body: body}); err == nil {
		d.do([]Effect{commit})
	}
}

// say writes a text somewhere.
func (d *device) say() {
	w := d.world
	w.texts++
	body := wire.TextBody(fmt.Sprintf("%d from %d", w.texts, d.index))
	switch n := w.rnd.Intn(10); {
	case n < 2 && d.index < 2:
		d.append(chat.DirectID(w.devices[0].id(), w.devices[1].id()), wire.KindText, body)
	case n < 4:
		d.append(chat.LobbyID, wire.KindText, body)
	default:
		d.append(w.group, wire.KindText, body)
	}
}

// change changes the group, if d may.
func (d *device) change() {
	w := d.world
	other := w.devices[w.rnd.Intn(len(w.devices))].id()
	g := d.feed.Group(w.group)
	switch n := w.rnd.Intn(10); {
	case g == nil || other == d.id():
	case n < 5 && !g.Has(other):
		d.append(w.group, wire.KindAdd, wire.DevicesBody([]identity.DeviceID{other}))
	case n < 8:
		if commit, err := d.feed.Remove(d.now(), w.group, []identity.DeviceID{other}); err == nil {
			d.do([]Effect{commit})
		}
	case n == 8:
		d.append(w.group, wire.KindRename, wire.TextBody(fmt.Sprintf("Name %d", w.texts)))
	case w.rnd.Intn(2) == 0:
		d.append(w.group, wire.KindLeave, wire.NullBody)
	}
}

// quarrel has the members change the group while most of what they do does not
// reach the others: some rounds, in each of which some are apart, and some have
// their disks restored.
func (w *world) quarrel(rounds int) {
	for range rounds {
		w.part(w.rnd.Intn(1<<len(w.devices)) * w.rnd.Intn(3))
		for a, d := range w.devices {
			for b := range a {
				w.link(a, b, w.rnd.Intn(4) > 0)
			}
			switch w.rnd.Intn(12) {
			case 0:
				d.kill(true)
			case 1:
				d.saved = d.disk.clone()
			}
		}
		for range 100 {
			d := w.devices[w.rnd.Intn(len(w.devices))]
			switch n := w.rnd.Intn(100); {
			case n < 4:
				d.change()
			case n < 6:
				d.say()
			case n < 40:
				d.write(false)
			case n < 98:
				d.receive(w.rnd.Intn(len(w.devices)))
			default:
				w.now = w.now.Add(time.Second)
				w.tick()
			}
		}
	}
}

// random does one random thing.
func (w *world) random() {
	d := w.devices[w.rnd.Intn(len(w.devices))]
	other := w.rnd.Intn(len(w.devices))
	switch n := w.rnd.Intn(1000); {
	case n < 80:
		d.say()
	case n < 110:
		d.change()
	case n < 400:
		d.write(w.rnd.Intn(10) == 0)
	case n < 850:
		d.receive(other)
	case n < 865:
		if len(d.inbox[other]) > 0 {
			d.inbox[other] = d.inbox[other][1:] // lost
		}
	case n < 945:
		w.link(d.index, other, w.rnd.Intn(4) > 0)
	case n < 950:
		w.part(w.rnd.Intn(1 << len(w.devices)))
	case n < 960:
		w.part(0)
	case n < 968:
		d.kill(false)
	case n < 972:
		d.kill(true)
	case n < 976:
		d.saved = d.disk.clone()
	case n < 985:
		d.step(Seen{Conversation: w.group})
	default:
		w.now = w.now.Add(time.Duration(w.rnd.Intn(20)) * time.Second)
		w.tick()
	}
}

func (w *world) tick() {
	for _, d := range w.devices {
		d.step(Tick{})
	}
}

// settle links everybody, lets writes succeed, and lets time pass.
func (w *world) settle() {
	w.part(0)
	w.meet(w.devices...)
}

// meet does the same with some devices and no others. Two who disagree need a
// minute to see it, and several may have to do so one after the other.
func (w *world) meet(some ...*device) {
	for a, d := range w.devices {
		for b, other := range w.devices[:a] {
			w.link(a, b, slices.Contains(some, d) && slices.Contains(some, other))
		}
	}
	for range 10 {
		for busy := true; busy; {
			busy = false
			for _, d := range w.devices {
				for ; len(d.writes)+len(d.rolls) > 0; busy = true {
					d.write(false)
				}
				for from := range w.devices {
					for ; len(d.inbox[from]) > 0; busy = true {
						d.receive(from)
					}
				}
			}
		}
		w.now = w.now.Add(FullInterval)
		w.tick()
	}
}

// history is what the screen would show of a conversation.
func (d *device) history(id chat.ConversationID) []wire.Hash {
	var all []wire.SignedEntry
	for _, log := range d.disk.order {
		if log.Conversation == id {
			all = append(all, d.disk.logs[log]...)
		}
	}
	slices.SortFunc(all, func(a, b wire.SignedEntry) int {
		p, q := a.Position(), b.Position()
		return bytes.Compare(p[:], q[:])
	})
	var list []wire.Hash
	for _, e := range all {
		list = append(list, e.Hash)
	}
	return list
}
