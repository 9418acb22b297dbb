package doctor

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/link"
)

var (
	now   = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	there = netip.MustParseAddrPort("10.77.0.2:47475")
)

// TestVerdict has a line for each cause: what is known, and what the sentence
// says.
func TestVerdict(t *testing.T) {
	bert := chat.Peer{ID: identity.DeviceID{1}, Name: "bert", State: chat.Offline, Trust: chat.Accepted, LastSeen: now.Add(-time.Hour)}
	silent := fmt.Errorf("dial: %w", link.ErrNoAnswer)
	onLink, beyond := Path{Subnet: "eth0", Card: "eth0"}, Path{Card: "eth0"}
	heard := discovery.Trace{HeardAt: now.Add(-5 * time.Second)}
	answered := discovery.Trace{HeardAt: now, ToldAt: now}
	firewall := []Finding{{Topic: "heard back", State: Bad, Advice: "Open the firewall here."}}
	closed := func(code link.Code) error { return &link.CloseError{Code: code, Peer: true} }
	tries := func(err error, path Path, host Host) []Try { return []Try{{there, err, path, host}} }
	with := func(change func(*chat.Peer)) []chat.Peer {
		p := bert
		change(&p)
		return []chat.Peer{p}
	}
	known := []chat.Peer{bert}

	for _, c := range []struct {
		name  string
		given Case
		state string
		says  string
	}{
		{"linked", Case{Found: with(func(p *chat.Peer) { p.Linked = true })}, Good, "can be reached."},
		{"the dial works", Case{Found: known, Tries: tries(nil, onLink, Up)}, Good, "can be reached at 10.77.0.2:47475"},
		{"their clock is ahead", Case{Found: known, Tries: tries(nil, onLink, Up), Clock: time.Hour}, Note, "clock there is 1 h ahead"},
		{"their clock is behind", Case{Found: known, Tries: tries(nil, onLink, Up), Clock: -90 * time.Minute}, Note, "1 h 30 min behind"},
		{"their clock is a little off", Case{Found: known, Tries: tries(nil, onLink, Up), Clock: time.Minute}, Good, "can be reached"},
		{"two of one name", Case{Found: append(known, chat.Peer{ID: identity.DeviceID{2}, Name: "Bert"})}, Note, "2 people called bert"},
		{"blocked by this user", Case{Found: with(func(p *chat.Peer) { p.Trust = chat.Blocked }), Tries: tries(nil, onLink, Up)}, Bad, "You blocked bert"},
		{"no card", Case{Found: known, Own: []Finding{{Topic: "cards", State: Bad, Advice: "Plug in the cable."}}, Tries: tries(silent, onLink, Absent)}, Bad, "Plug in the cable."},
		{"gone with a goodbye", Case{Found: known, Trace: discovery.Trace{GoneAt: now}, Tries: tries(silent, onLink, Closed)}, Note, "closed Parlance at 05:06:07"},
		{"they blocked this device", Case{Found: known, Tries: tries(closed(link.Blocked), onLink, Up)}, Bad, "has blocked this device"},
		{"they have too many links", Case{Found: known, Tries: tries(closed(link.Busy), onLink, Up)}, Bad, "as many links"},
		{"another version, by its announcements", Case{Found: known, Foreign: []discovery.Foreign{{From: there.Addr(), Version: 3, Last: now}}, Tries: tries(silent, onLink, Up)}, Bad, "version 3"},
		{"another version, since a goodbye", Case{Found: known, Foreign: []discovery.Foreign{{From: there.Addr(), Version: 3, Last: now.Add(time.Second)}}, Trace: discovery.Trace{GoneAt: now}, Tries: tries(silent, onLink, Closed)}, Bad, "version 3"},
		{"another version, before a goodbye", Case{Found: known, Foreign: []discovery.Foreign{{From: there.Addr(), Version: 3, Last: now}}, Trace: discovery.Trace{GoneAt: now.Add(time.Second)}, Tries: tries(silent, onLink, Closed)}, Note, "closed Parlance"},
		{"another version, of somebody unknown", Case{Foreign: []discovery.Foreign{{From: there.Addr(), Version: 3}}}, Bad, "version 3"},
		{"something else answers", Case{Found: known, Tries: tries(link.ErrForeign, onLink, Up)}, Bad, "no Parlance"},
		{"another device has the address", Case{Found: known, Tries: tries(&link.WrongKeyError{Shown: identity.DeviceID{9}}, onLink, Up)}, Bad, "there is now another device"},
		{"a VPN has the route", Case{Found: known, Own: firewall, Tries: tries(silent, Path{Subnet: "eth0", Card: "tun0"}, Silent)}, Bad, "by tun0"},
		{"not running", Case{Found: known, Own: firewall, Tries: tries(silent, onLink, Closed)}, Bad, "not running there"},
		{"own firewall", Case{Found: known, Own: firewall, Trace: heard, Tries: tries(silent, onLink, Up)}, Bad, "Open the firewall here."},
		{"heard, and does not hear", Case{Found: known, Trace: heard, Asked: now, Tries: tries(silent, onLink, Up)}, Bad, "hears nothing of this device"},
		{"answers, and cannot be linked", Case{Found: known, Trace: answered, Asked: now, Tries: tries(silent, onLink, Up)}, Bad, "links do not pass"},
		{"on, and silent", Case{Found: known, Tries: tries(silent, onLink, Up)}, Bad, "in the firewall of that machine"},
		{"off, among others", Case{Found: known, Others: 1, Gateway: Up, Tries: tries(silent, onLink, Absent)}, Bad, "it is off, asleep"},
		{"off, and so is everybody", Case{Found: known, Gateway: Closed, Tries: tries(silent, onLink, Absent)}, Bad, "keeps devices apart"},
		{"silent, and nobody knows more", Case{Found: known, Tries: tries(silent, onLink, Silent)}, Bad, "is off, or its firewall"},
		{"no way there", Case{Who: "10.9.0.1", Tries: tries(syscall.ENETUNREACH, Path{Err: syscall.ENETUNREACH}, Silent)}, Bad, "no way from here"},
		{"a router knows no such machine", Case{Who: "10.9.0.1", Tries: tries(silent, beyond, Absent)}, Bad, "no machine has that address"},
		{"beyond a router, silent", Case{Who: "10.9.0.1", Tries: tries(silent, beyond, Silent)}, Bad, "another subnet, and nothing comes back"},
		{"away, no address known", Case{Found: known}, Note, "bert is away (last seen"},
		{"unknown, alone with a router", Case{Who: "carl", Gateway: Up}, Bad, "keeps devices apart"},
		{"unknown, among others", Case{Who: "carl", Others: 3, Gateway: Up}, Bad, "Nobody called carl has been heard"},
		{"unknown, among machines without Parlance", Case{Who: "carl", Neighbours: 3, Gateway: Up}, Bad, "in another subnet"},
	} {
		c.given.Now, c.given.Port, c.given.LinkPort = now, 47474, 47475
		state, sentence := c.given.verdict()
		if state != c.state || !strings.Contains(sentence, c.says) {
			t.Errorf("%s: %s, %q, want %s, %q", c.name, state, sentence, c.state, c.says)
		}
		if report := c.given.report(); report.Sentence != sentence || len(report.Findings) < 2 {
			t.Errorf("%s: the report is %+v", c.name, report)
		}
		if strings.Count(sentence, ". ") > 0 || !strings.HasSuffix(sentence, ".") {
			t.Errorf("%s: %q is not one sentence", c.name, sentence)
		}
	}
}

func TestRoughly(t *testing.T) {
	for d, want := range map[time.Duration]string{
		2*time.Minute + 10*time.Second: "2 min", time.Hour: "1 h", 61 * time.Minute: "1 h 1 min", 72*time.Hour + time.Minute: "3 days",
	} {
		if got := roughly(d); got != want {
			t.Errorf("%v is said as %q, want %q", d, got, want)
		}
	}
}
