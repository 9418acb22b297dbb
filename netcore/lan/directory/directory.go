// Package directory holds what is to be seen of peers and groups: who is there,
// what people are called, whose messages are hidden. One goroutine puts in what it
// decided, everybody reads; nothing is decided here.
package directory

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

// Directory is what is to be seen. Its methods may be called from any goroutine.
// The zero value is empty.
type Directory struct {
	mu       sync.Mutex
	peers    map[identity.DeviceID]chat.Peer
	troubles map[identity.DeviceID]error // the last thing of each that was not taken
	self     chat.Author
	groups   map[chat.ConversationID]Group
	called   map[identity.DeviceID]string // as authors call themselves in what they wrote
}

// Group is a group as it is now. It must not be changed once it was put in.
type Group struct {
	Members []Member                   // in order of joining, this device included while it is one
	Member  bool                       // this device is a member
	Ever    bool                       // it is or was one
	All     map[identity.DeviceID]bool // who is or was one
}

// Had says whether a device is or was a member.
func (g Group) Had(id identity.DeviceID) bool { return g.All[id] }

// Member is one member of a group.
type Member struct {
	ID        identity.DeviceID
	Since     time.Time // by the clock of who added it
	Removable bool      // by this device
}

// SetSelf says who this device is.
func (d *Directory) SetSelf(id identity.DeviceID, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.self = chat.Author{Device: id, Name: name}
}

// PutGroup puts in a group as it is now.
func (d *Directory) PutGroup(id chat.ConversationID, g Group) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.groups == nil {
		d.groups = make(map[chat.ConversationID]Group)
	}
	d.groups[id] = g
}

// Group returns a group; ok is false if there is none with that ID.
func (d *Directory) Group(id chat.ConversationID) (g Group, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g, ok = d.groups[id]
	return g, ok
}

// Sign puts names of now on a message, and hides what a blocked author wrote, or
// somebody who never was in the group.
func (d *Directory) Sign(m *chat.Message) {
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
		if known && p.Trust == chat.Blocked || group && g.Ever && !g.All[m.From.Device] {
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
func (d *Directory) name(a *chat.Author) {
	if a.Device == d.self.Device {
		a.Name = d.self.Name
	} else if p, ok := d.peers[a.Device]; ok {
		a.Name = p.Name
	} else if name, ok := d.called[a.Device]; ok {
		a.Name = name
	}
}

// Call notes what an author calls itself.
func (d *Directory) Call(id identity.DeviceID, name string) {
	name = chat.CleanName(name)
	d.mu.Lock()
	defer d.mu.Unlock()
	if name == "" || d.called[id] == name || len(d.called) >= chat.MaxPeers {
		return
	}
	if d.called == nil {
		d.called = make(map[identity.DeviceID]string)
	}
	d.called[id] = name
}

// NameOf returns what a device is called; the beginning of its ID if nobody
// knows.
func (d *Directory) NameOf(id identity.DeviceID) string {
	a := chat.Author{Device: id, Name: id.Short()}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.name(&a)
	return a.Name
}

// Put puts in a peer as it is now.
func (d *Directory) Put(p chat.Peer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.peers == nil {
		d.peers = make(map[identity.DeviceID]chat.Peer)
	}
	d.peers[p.ID] = p
}

// Remove takes out a peer.
func (d *Directory) Remove(id identity.DeviceID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.peers, id)
}

// List returns all peers, by name.
func (d *Directory) List() []chat.Peer {
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

// Get returns a peer; ok is false if it is not there.
func (d *Directory) Get(id identity.DeviceID) (p chat.Peer, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok = d.peers[id]
	return p, ok
}

// Admit says whether a link with a device is wanted.
func (d *Directory) Admit(id identity.DeviceID) error {
	if p, ok := d.Get(id); ok && p.Trust == chat.Blocked {
		return errBlocked
	}
	return nil
}

// Refused remembers what a peer sent that was not taken.
func (d *Directory) Refused(id identity.DeviceID, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.troubles == nil {
		d.troubles = make(map[identity.DeviceID]error)
	}
	if _, known := d.troubles[id]; known || len(d.troubles) < maxTroubles {
		d.troubles[id] = err
	}
}

// Troubles returns the last thing of each peer that was not taken.
func (d *Directory) Troubles() map[identity.DeviceID]error {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make(map[identity.DeviceID]error, len(d.troubles))
	maps.Copy(all, d.troubles)
	return all
}
