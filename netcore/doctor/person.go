package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan"
)

// Network is what there is to ask of the LAN; *lan.Network is one.
type Network interface {
	Status() lan.Status
	Peers() []chat.Peer
	Trace(context.Context, identity.DeviceID) (discovery.Trace, bool)
	Ask(context.Context, []netip.AddrPort) error
	Try(context.Context, netip.AddrPort, identity.DeviceID) error
}

// Missing is who is looked for.
type Missing struct {
	Who     string         // a name, the beginning of an ID, or what Address was made of
	Address netip.AddrPort // valid if an address was asked for
	// Clock tells how far a person's clock is ahead by what they wrote; zero if
	// nobody knows. Nil: nobody does.
	Clock func(identity.DeviceID) time.Duration
}

// maxTries is how many addresses of one person are tried, and answerTime how
// long an answer to a question may take.
const (
	maxTries   = 6
	answerTime = 2 * time.Second
)

// Person looks for one person. It takes some seconds, or until ctx ends.
func Person(ctx context.Context, n Network, m Missing) Report {
	return newCase(ctx, n, m).report()
}

// newCase finds out what there is to know.
func newCase(ctx context.Context, n Network, m Missing) *Case {
	status := n.Status()
	c := &Case{
		Who: m.Who, Found: match(n.Peers(), m), Foreign: status.Discovery.Foreign,
		Own: examineSelf(status, time.Now()), Port: status.Beacon.Port, LinkPort: status.LinkPort,
	}
	var want identity.DeviceID
	addresses := []netip.AddrPort{m.Address}
	if !m.Address.IsValid() {
		addresses = nil
		if len(c.Found) > 0 {
			want, addresses = c.Found[0].ID, c.Found[0].Addresses
		}
	}
	addresses = addresses[:min(len(addresses), maxTries)]
	c.Tries = make([]Try, len(addresses))
	var asking sync.WaitGroup
	asking.Go(func() { c.ask(ctx, n, addresses) })
	if router := gateway(); router.IsValid() {
		asking.Go(func() { c.Gateway = knock(ctx, netip.AddrPortFrom(router, nobodysPort)) })
	}
	for i, a := range addresses {
		t := &c.Tries[i]
		t.Address, t.Path = a, pathTo(a, status.Interfaces)
		asking.Go(func() { t.Err = n.Try(ctx, a, want) })
		asking.Go(func() { t.Host = knock(ctx, a) })
	}
	asking.Wait()

	c.Now = time.Now()
	for _, a := range neighbours() {
		if a != gateway() {
			c.Neighbours++
		}
	}
	for _, p := range n.Peers() {
		if trace, ok := n.Trace(ctx, p.ID); ok && !isOf(c.Found, p.ID) && c.Now.Sub(trace.HeardAt) < heardLately {
			c.Others++
		}
	}
	if len(c.Found) > 0 {
		c.look(ctx, n, m)
	}
	return c
}

// ask has the person answer, if they hear it, and waits for that.
func (c *Case) ask(ctx context.Context, n Network, addresses []netip.AddrPort) {
	var ask []netip.AddrPort
	for _, a := range addresses {
		ask = append(ask, netip.AddrPortFrom(a.Addr(), 0))
	}
	if len(c.Found) > 0 {
		if trace, ok := n.Trace(ctx, c.Found[0].ID); ok && trace.Contact.IsValid() {
			ask = append(ask, trace.Contact)
		}
	}
	c.Asked = time.Now()
	if len(ask) == 0 || n.Ask(ctx, ask) != nil {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(answerTime):
	}
}

// look takes what is known of the person now that they were asked.
func (c *Case) look(ctx context.Context, n Network, m Missing) {
	p := &c.Found[0]
	for _, now := range n.Peers() {
		if now.ID == p.ID {
			*p = now
		}
	}
	c.Trace, _ = n.Trace(ctx, p.ID)
	switch {
	case c.Trace.ClockSeen:
		c.Clock = c.Trace.Clock
	case m.Clock != nil:
		c.Clock = m.Clock(p.ID)
	}
}

// match returns who may be meant: all of a name, or those whose ID begins so, or
// who is at the address.
func match(peers []chat.Peer, m Missing) []chat.Peer {
	id := strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(m.Who))
	var found []chat.Peer
	for _, p := range peers {
		named := strings.EqualFold(p.Name, m.Who) || id != "" && strings.HasPrefix(strings.ReplaceAll(p.ID.String(), "-", ""), id)
		there := slices.ContainsFunc(p.Addresses, func(a netip.AddrPort) bool { return a.Addr() == m.Address.Addr() })
		if m.Address.IsValid() && there || !m.Address.IsValid() && named {
			found = append(found, p)
		}
	}
	if m.Address.IsValid() && len(found) > 1 { // an address is left to others; who was there last
		slices.SortStableFunc(found, func(a, b chat.Peer) int { return b.LastSeen.Compare(a.LastSeen) })
		found = found[:1]
	}
	return found
}

func isOf(peers []chat.Peer, id identity.DeviceID) bool {
	return slices.ContainsFunc(peers, func(p chat.Peer) bool { return p.ID == id })
}

// report tells what was found out, and the sentence.
func (c *Case) report() Report {
	state, sentence := c.verdict()
	topic := "person " + c.name()
	var findings []Finding
	say := func(state, format string, args ...any) {
		findings = append(findings, Finding{Topic: topic, State: state, Text: fmt.Sprintf(format, args...)})
	}
	for _, p := range c.Found {
		say(Note, "%s, %s, %s%s.", p.ID.Short(), p.State, p.Trust, c.lastSeen())
	}
	if len(c.Found) == 0 {
		say(Note, "Nobody is known by that.")
	}
	for _, h := range c.Trace.Heard {
		say(Note, "Heard by %s %s ago.", h.Way, c.Now.Sub(h.Last).Round(time.Second))
	}
	if !c.Asked.IsZero() && len(c.Tries) > 0 && len(c.Found) > 0 {
		if c.Trace.ToldAt.Before(c.Asked) {
			say(Note, "Asked to answer, they did not.")
		} else {
			say(Good, "Asked to answer, they did.")
		}
	}
	if c.Clock.Abs() >= chat.ClockNotice {
		say(Note, "Their clock is %s off.", roughly(c.Clock.Abs()))
	}
	for _, t := range c.Tries {
		f := Finding{Topic: topic, State: Good, Text: fmt.Sprintf("%s: %s.", t.Address, t.describe())}
		if t.Err != nil {
			f.State = Note
		}
		findings = append(findings, f)
	}
	for _, f := range c.Own {
		if f.State == Bad {
			f.Advice = ""
			findings = append(findings, f)
		}
	}
	findings = append(findings, Finding{Topic: "verdict", State: state, Text: sentence})
	return Report{Findings: findings, Sentence: sentence}
}

// describe tells what came of a try.
func (t Try) describe() string {
	where := "in another subnet"
	if t.Path.Subnet != "" {
		where = "in the network of " + t.Path.Subnet
	}
	parts := []string{where}
	switch {
	case t.Path.Err != nil:
		parts = append(parts, fmt.Sprintf("the system knows no way there (%v)", t.Path.Err))
	case t.Path.Card != "" && t.Path.Card != t.Path.Subnet:
		parts = append(parts, "the system sends there by "+t.Path.Card)
	}
	if t.Err == nil {
		parts = append(parts, "a link comes up")
	} else {
		parts = append(parts, t.Err.Error())
	}
	switch t.Host {
	case Absent:
		parts = append(parts, "no machine has that address")
	case Up:
		parts = append(parts, "the machine is on")
	case Closed:
		parts = append(parts, "the machine is on, and nothing listens at that port")
	}
	return strings.Join(parts, "; ")
}
