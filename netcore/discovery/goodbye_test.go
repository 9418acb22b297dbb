package discovery

import (
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// A link that comes up while its other end is leaving does not bring back who
// said goodbye; a newer announcement on it does.
func TestLinkAfterGoodbye(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1)
	state := func(want chat.Presence, when string) {
		t.Helper()
		if p, _ := m.Peer(d.Device); p.State != want {
			t.Errorf("%s: %s, want %s", when, p.State, want)
		}
	}
	m.Step(now, heard(d.says(t, nil)))
	state(chat.Online, "heard")
	m.Step(now, heard(d.says(t, func(a *wire.Announcement) { a.Goodbye = true })))
	state(chat.Offline, "goodbye")
	m.Step(now, LinkUp{Peer: d.Device, Remote: somewhere})
	state(chat.Offline, "a link while leaving")
	m.Step(now, LinkDown{Peer: d.Device})
	state(chat.Offline, "its end")
	now = now.Add(time.Second)
	m.Step(now, LinkUp{Peer: d.Device, Remote: somewhere})
	m.Step(now, Introduced{Datagram: d.says(t, func(a *wire.Announcement) { a.Instance++ }), By: d.Device})
	state(chat.Online, "back, by a link alone")
}
