package lan

import (
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// introductions is how many devices are passed on in one frame: with their
// addresses they fit into it several times over.
const introductions = 200

// introduction is the first frame on a link: who this device is, and whom it
// heard lately whom the other side may not hear.
func (n *Network) introduction(to identity.DeviceID) wire.Introduction {
	now := time.Now()
	f := wire.Introduction{Heard: []wire.HeardAnnouncement{{Datagram: n.discovery.Own()}}}
	for _, heard := range n.discovery.Introduction(now, introductions) {
		if a, err := wire.PeekAnnouncement(heard.Datagram); err == nil && !n.discovery.Hears(now, to, a.Device) {
			f.Heard = append(f.Heard, heard)
		}
	}
	return f
}

// introduceSelf tells linked peers who this device is now: announcements may not
// pass where links do.
func (n *Network) introduceSelf() {
	for _, s := range n.sessions {
		s.out.Put(wire.Introduction{Heard: []wire.HeardAnnouncement{{Datagram: n.discovery.Own()}}})
	}
}

// passOnNews tells linked peers how some others can be reached.
func (n *Network) passOnNews(now time.Time, news []identity.DeviceID) {
	about := make(map[identity.DeviceID]wire.HeardAnnouncement)
	for _, heard := range n.discovery.Introduction(now, introductions) {
		if a, err := wire.PeekAnnouncement(heard.Datagram); err == nil && slices.Contains(news, a.Device) {
			about[a.Device] = heard
		}
	}
	for to, s := range n.sessions {
		var f wire.Introduction
		for id, heard := range about {
			if id != to && !n.discovery.Hears(now, to, id) {
				f.Heard = append(f.Heard, heard)
			}
		}
		if len(f.Heard) > 0 {
			s.out.Put(f)
		}
	}
}

// introduced takes a peer's introduction.
func (n *Network) introduced(s *session, f wire.Introduction) {
	for _, h := range f.Heard {
		n.discover(time.Now(), discovery.Introduced{Datagram: h.Datagram, Addresses: h.Addresses, By: s.link.Peer()})
	}
	if !s.introduced {
		s.introduced = true
		close(s.named)
	}
}
