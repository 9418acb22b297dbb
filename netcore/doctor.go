package netcore

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/doctor"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/link"
)

// Report is what Doctor and DoctorFor found; Finding is one thing they looked
// at.
type (
	Report  = doctor.Report
	Finding = doctor.Finding
)

// The states of a Finding.
const (
	Good = doctor.Good
	Note = doctor.Note // worth knowing, no fault
	Bad  = doctor.Bad
)

// Doctor looks at cards, ports, groups, whether this device hears itself, and
// how each peer is heard and reached, and says what to do first.
func (n *Node) Doctor(context.Context) Report {
	return doctor.Examine(n.examineProfile(), n.lan.Status(), n.Peers(), time.Now())
}

// DoctorFor looks for a person who is missing: a name, the beginning of an ID, or
// an address, "host" or "host:port". It takes up to ten seconds.
func (n *Node) DoctorFor(ctx context.Context, who string) Report {
	missing := doctor.Missing{Who: who, Clock: func(id identity.DeviceID) time.Duration { return n.clockOf(ctx, id) }}
	if _, err := n.Resolve(ctx, who); err != nil && looksLikeAddress(who) {
		if at, err := resolveAddress(ctx, who, link.DefaultPort); err == nil {
			missing.Address = at
		}
	}
	return doctor.Person(ctx, n.lan, missing)
}

// looksLikeAddress says whether a text is an address rather than a name.
func looksLikeAddress(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	if _, err := netip.ParseAddrPort(text); err == nil {
		return true
	}
	return strings.ContainsAny(text, ".:") && !strings.Contains(text, " ")
}

// clockOf tells how far a person's clock is ahead, by what they wrote last: what
// comes from the future was sent by a clock that is ahead, while what comes late
// may have waited.
func (n *Node) clockOf(ctx context.Context, id identity.DeviceID) time.Duration {
	messages, err := n.History(ctx, chat.DirectID(n.key.ID(), id), Page{})
	if err != nil {
		return 0
	}
	for i := len(messages) - 1; i >= 0; i-- {
		if m := messages[i]; !m.Own {
			return max(0, m.Sent.Sub(m.Received))
		}
	}
	return 0
}

func (n *Node) examineProfile() []Finding {
	self := n.Self()
	findings := []Finding{{Topic: "profile", State: Good, Text: fmt.Sprintf("%s, device %s, in %s", self.Name, self.ID.Short(), self.Profile)}}
	for _, notice := range n.Notices() {
		findings = append(findings, Finding{Topic: "profile", State: Note, Text: notice.Text})
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failure != nil {
		findings = append(findings, Finding{
			Topic: "profile", State: Bad, Text: fmt.Sprintf("A network ended by itself: %v.", n.failure), Advice: "Start Parlance again.",
		})
	}
	return findings
}
