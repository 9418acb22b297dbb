package lan

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// errBlocked is why a link with a blocked device is not admitted.
var errBlocked = errors.New("blocked by this device's user")

// maxTroubles is for how many peers the last trouble is remembered.
const maxTroubles = 1000

// directory is what other goroutines than the loop may see of peers. The loop
// puts in, everybody reads. The zero value is empty.
type directory struct {
	mu       sync.Mutex
	peers    map[identity.DeviceID]chat.Peer
	troubles map[identity.DeviceID]error // the last thing of each that was not taken
	self     chat.Author
	groups   map[chat.ConversationID]Group
	called   map[identity.DeviceID]string // as authors call themselves in what they wrote
}

// Group is a group as others than the loop see it.
type Group struct {
	Members []Member // in order of joining, this device included while it is one
	Member  bool     // this device is a member
	Ever    bool     // it is or was one
	ever    map[identity.DeviceID]bool
}

// Had says whether a device is or was a member.
func (g Group) Had(id identity.DeviceID) bool { return g.ever[id] }

// Member is one member of a group.
type Member struct {
	ID        identity.DeviceID
	Since     time.Time // by the clock of who added it
	Removable bool      // by this device
}

func (d *directory) setSelf(id identity.DeviceID, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.self = chat.Author{Device: id, Name: name}
}

func (d *directory) putGroup(id chat.ConversationID, g Group) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.groups == nil {
		d.groups = make(map[chat.ConversationID]Group)
	}
	d.groups[id] = g
}

func (d *directory) group(id chat.ConversationID) (Group, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g, ok := d.groups[id]
	return g, ok
}

// groupsOf returns the members of each group that this device is in.
func (d *directory) groupsOf() [][]identity.DeviceID {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list [][]identity.DeviceID
	for _, g := range d.groups {
		if !g.Member {
			continue
		}
		var members []identity.DeviceID
		for _, m := range g.Members {
			members = append(members, m.ID)
		}
		list = append(list, members)
	}
	return list
}

// sign puts names of now on a message, and hides what a blocked author wrote, or
// somebody who never was in the group.
func (d *directory) sign(m *chat.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m.Own && !m.From.Device.IsZero() {
		// The device may have had another key when it wrote this.
		m.From.Name = d.self.Name
	} else if m.Own {
		m.From = d.self
	} else {
		d.name(&m.From)
		p, known := d.peers[m.From.Device]
		g, group := d.groups[m.Conversation]
		if known && p.Trust == chat.Blocked || group && g.Ever && !g.ever[m.From.Device] {
			*m = m.Hide()
		}
	}
	if m.Answers != nil {
		quote := *m.Answers
		d.name(&quote.From)
		if p := d.peers[quote.From.Device]; p.Trust == chat.Blocked {
			quote.Text = ""
		}
		m.Answers = &quote
	}
	for i := range m.Mentions {
		d.name(&m.Mentions[i])
	}
	for i := range m.Reactions {
		d.name(&m.Reactions[i].From)
	}
	if m.Change != nil {
		for i := range m.Change.Who {
			d.name(&m.Change.Who[i])
		}
	}
}

// name puts the name of now on an author. The caller holds mu.
func (d *directory) name(a *chat.Author) {
	if a.Device == d.self.Device {
		a.Name = d.self.Name
	} else if p, ok := d.peers[a.Device]; ok {
		a.Name = p.Name
	} else if name, ok := d.called[a.Device]; ok {
		a.Name = name
	}
}

// call notes what an author calls itself, and says whether that is news.
func (d *directory) call(id identity.DeviceID, name string) bool {
	name = chat.CleanName(name)
	d.mu.Lock()
	defer d.mu.Unlock()
	if name == "" || d.called[id] == name || len(d.called) >= chat.MaxPeers {
		return false
	}
	if d.called == nil {
		d.called = make(map[identity.DeviceID]string)
	}
	d.called[id] = name
	return true
}

// nameOf returns what a device is called; the beginning of its ID if nobody
// knows.
func (d *directory) nameOf(id identity.DeviceID) string {
	a := chat.Author{Device: id, Name: id.Short()}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.name(&a)
	return a.Name
}

func (d *directory) put(p chat.Peer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.peers == nil {
		d.peers = make(map[identity.DeviceID]chat.Peer)
	}
	d.peers[p.ID] = p
}

func (d *directory) remove(id identity.DeviceID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.peers, id)
}

// list returns all peers, by name.
func (d *directory) list() []chat.Peer {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]chat.Peer, 0, len(d.peers))
	for _, p := range d.peers {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b chat.Peer) int {
		if by := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); by != 0 {
			return by
		}
		return strings.Compare(string(a.ID[:]), string(b.ID[:]))
	})
	return list
}

func (d *directory) get(id identity.DeviceID) (chat.Peer, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.peers[id]
	return p, ok
}

// admit says whether a link with a device is wanted.
func (d *directory) admit(id identity.DeviceID) error {
	if p, ok := d.get(id); ok && p.Trust == chat.Blocked {
		return errBlocked
	}
	return nil
}

// refused remembers what a peer sent that was not taken.
func (d *directory) refused(id identity.DeviceID, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.troubles == nil {
		d.troubles = make(map[identity.DeviceID]error)
	}
	if _, known := d.troubles[id]; known || len(d.troubles) < maxTroubles {
		d.troubles[id] = err
	}
}

func (d *directory) allTroubles() map[identity.DeviceID]error {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make(map[identity.DeviceID]error, len(d.troubles))
	maps.Copy(all, d.troubles)
	return all
}
