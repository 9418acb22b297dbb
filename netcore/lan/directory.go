package lan

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

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
