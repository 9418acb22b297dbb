package sim

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Scenario is what happens to a network: devices link up, one of them says
// something, and all others are to have it. The zero value of each field means
// that nothing of the kind happens.
type Scenario struct {
	Name     string
	Seed     uint64
	Devices  int
	Group    bool          // it is said in a group of all, not in the lobby
	Messages int           // how many are said, one after the other; 0: one
	Loss     float64       // share of the packets that are lost
	Restart  float64       // share of the devices that restart meanwhile
	Wiped    bool          // those who restart lose their disks
	Away     float64       // share of the devices that are not there, and come after a minute
	Gone     bool          // the author goes before those come
	Parted   time.Duration // for so long the two halves have no links
	Skew     time.Duration // clocks are off by up to that
}

// Cost is what came of a Scenario.
type Cost struct {
	Reached   int           // devices that have all, the author included
	Hops      int           // of the longest way the first message took
	Copies    int           // of messages, sent by all
	Most      int           // sent by one device
	Median    int           // sent by a device
	Frontiers int           // frames
	Bytes     int           // in frames of both kinds
	Time      time.Duration // until all had it
	Memory    int           // bytes of heap for each device, with its part of the network
}

func (c Cost) String() string {
	return fmt.Sprintf("%d have it after %v, %d hops; sent %d times, %d at most, %d in the middle; %d frontiers; %d bytes; %d bytes of memory each",
		c.Reached, c.Time, c.Hops, c.Copies, c.Most, c.Median, c.Frontiers, c.Bytes, c.Memory)
}

// Log2 is the logarithm of the number of devices, rounded up.
func (s Scenario) Log2() int { return int(math.Ceil(math.Log2(float64(s.Devices)))) }

// Run plays a scenario for at most half an hour of its time.
func (s Scenario) Run() Cost {
	memory := heapInUse()
	n := newNetwork(s)
	for _, d := range n.devices {
		d.start()
	}
	n.relink()
	author := n.devices[n.rnd.IntN(s.Devices)]
	conversation := chat.LobbyID
	if s.Group {
		conversation = n.found(author)
	}
	n.run(10*time.Second, never) // all is quiet
	memory = (heapInUse() - memory) / s.Devices

	away := n.some(s.Away, author)
	for _, d := range away {
		d.stop()
		d.away = true
	}
	n.parted = s.Parted > 0
	n.relink()
	n.run(time.Second, never)
	n.cost = Cost{}
	began := n.now
	for _, d := range n.devices {
		d.hops = -1
	}
	n.say(author, conversation)
	n.disturb(author, away)
	wanted := n.devices
	if s.Gone {
		wanted = slices.DeleteFunc(slices.Clone(n.devices), func(d *device) bool { return d == author })
	}
	// Those who have it keep having it, so that it is enough to look at the rest.
	rest := slices.Clone(wanted)
	n.run(30*time.Minute, func() bool {
		for len(rest) > 0 && rest[len(rest)-1].has(n.tracked) >= n.said {
			rest = rest[:len(rest)-1]
		}
		return len(rest) == 0
	})
	n.cost.Time = n.now - began
	n.run(time.Second, never) // what is still on its way counts

	var copies []int
	for _, d := range n.devices {
		copies = append(copies, d.copies)
		n.cost.Copies += d.copies
		n.cost.Hops = max(n.cost.Hops, d.hops)
		if d.has(n.tracked) >= n.said {
			n.cost.Reached++
		}
	}
	slices.Sort(copies)
	n.cost.Most, n.cost.Median = copies[len(copies)-1], copies[len(copies)/2]
	n.cost.Memory = memory
	return n.cost
}

// found makes a group of all.
func (n *network) found(author *device) chat.ConversationID {
	var all []identity.DeviceID
	for _, d := range n.devices {
		all = append(all, d.key.ID())
	}
	id, commit, err := author.feed.Found(author.now(), "All", all)
	if err != nil {
		panic("sim: " + err.Error()) // the random source never fails
	}
	author.do([]feed.Effect{commit})
	return id
}

// say lets the author write; the log is looked at from then on.
func (n *network) say(author *device, conversation chat.ConversationID) {
	author.hops = 0
	for i := range max(1, n.Messages) {
		n.after(time.Duration(i)*100*time.Millisecond, author.index, -1, func() {
			commit, err := author.feed.Append(author.now(), conversation, feed.Draft{Kind: wire.KindText, Body: wire.TextBody("Hello, all of you.")})
			if err != nil {
				panic("sim: " + err.Error()) // it is a member, and within bounds
			}
			author.do([]feed.Effect{commit})
		})
	}
	n.tracked = wire.LogID{Conversation: conversation, Author: author.key.ID(), Incarnation: author.disk.incarnation}
	n.said = author.has(n.tracked) + max(1, n.Messages)
}

// disturb lets happen what else is in the scenario.
func (n *network) disturb(author *device, away []*device) {
	for _, d := range n.some(n.Restart, author) {
		n.after(time.Duration(n.rnd.Int64N(int64(50*time.Millisecond))), d.index, -2, func() {
			d.stop()
			if n.Wiped {
				d.disk, d.hops = newDisk(n.rnd.Uint64()>>1), -1
			}
		})
		n.after(time.Second+time.Duration(n.rnd.Int64N(int64(2*time.Second))), d.index, -2, func() {
			d.start()
			for _, l := range n.wanted(d) {
				l.set(true)
			}
		})
	}
	if n.parted {
		n.after(n.Parted, -1, -1, func() {
			n.parted = false
			n.relink()
		})
	}
	if len(away) == 0 {
		return
	}
	if n.Gone {
		n.after(50*time.Second, author.index, -2, func() {
			author.stop()
			author.away = true
			n.relink()
		})
	}
	n.after(time.Minute, -1, -1, func() {
		for _, d := range away {
			d.start()
			d.away = false
		}
		n.relink()
	})
}

// some picks a share of the devices, of which but is none.
func (n *network) some(share float64, but *device) (list []*device) {
	count := int(math.Round(share * float64(len(n.devices))))
	for _, i := range n.rnd.Perm(len(n.devices)) {
		if d := n.devices[i]; d != but && len(list) < count {
			list = append(list, d)
		}
	}
	return list
}

func heapInUse() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
