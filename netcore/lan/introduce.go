package lan

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

const (
	// introductions is how many devices are passed on in one frame: with their
	// addresses they fit into it several times over.
	introductions = 200
	// introduceAfter is how long news of devices are gathered before they are
	// passed on: the addresses of one that comes are found one by one.
	introduceAfter = time.Second
)

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

// introduce has p passed on over the links there are already: what was known
// when they opened may have been less than what is needed to reach p.
func (n *Network) introduce(now time.Time, p *peer) {
	if len(n.news) == 0 {
		n.newsDue = now.Add(introduceAfter)
	}
	n.news[p.id] = true
}

// passOnNews passes on whom introduce was called for.
func (n *Network) passOnNews(now time.Time) {
	if len(n.news) == 0 || now.Before(n.newsDue) {
		return
	}
	about := make(map[identity.DeviceID]wire.HeardAnnouncement)
	for _, heard := range n.discovery.Introduction(now, introductions) {
		if a, err := wire.PeekAnnouncement(heard.Datagram); err == nil && n.news[a.Device] {
			about[a.Device] = heard
		}
	}
	clear(n.news)
	n.newsDue = time.Time{}
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
