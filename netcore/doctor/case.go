package doctor

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/link"
)

// Case is all that is known of why one person is missing.
type Case struct {
	Now   time.Time
	Who   string          // as asked for
	Found []chat.Peer     // all who may be meant, the first being looked for; empty: nobody known
	Trace discovery.Trace // of the first
	Asked time.Time       // when they were asked to answer
	Tries []Try           // at each address there is

	// Clock is how far their clock is ahead of this one; zero if nobody knows.
	Clock time.Duration

	Own        []Finding           // about this machine itself
	Foreign    []discovery.Foreign // announcements of other versions
	Others     int                 // people heard of late, without this one
	Neighbours int                 // machines of the own networks that are on, without the router
	Gateway    Host                // the router
	Port       uint16              // of discovery
	LinkPort   uint16              // of links
}

// Try is what came of dialling one address.
type Try struct {
	Address netip.AddrPort
	Err     error // nil: it can be linked
	Path    Path
	Host    Host
}

// heardLately is how long ago an announcement still says that somebody is there.
const heardLately = time.Minute

// verdict returns whether something is wrong, and the sentence.
func (c *Case) verdict() (state, sentence string) {
	for _, cause := range []func() (string, string){
		c.several, c.blocked, c.reachable, c.disconnected, c.version, c.goodbye, c.refused,
		c.otherKey, c.vpn, c.notRunning, c.ownFault, c.oneWay, c.sameSubnet, c.otherSubnet,
	} {
		if state, sentence := cause(); sentence != "" {
			return state, sentence
		}
	}
	return c.unheard()
}

// name is what to call whom is looked for.
func (c *Case) name() string {
	if len(c.Found) > 0 {
		return c.Found[0].Name
	}
	return c.Who
}

// machine says whose machine an address is.
func (c *Case) machine(at netip.Addr) string {
	if len(c.Found) == 0 {
		return fmt.Sprintf("the machine at %s", at)
	}
	return fmt.Sprintf("the machine of %s (%s)", c.name(), at)
}

// capital begins a sentence.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// ports names what a firewall has to let pass.
func (c *Case) ports() string { return fmt.Sprintf("UDP ports %d and %d", c.Port, c.LinkPort) }

func (c *Case) several() (string, string) {
	if len(c.Found) < 2 {
		return "", ""
	}
	var each []string
	for _, p := range c.Found {
		each = append(each, fmt.Sprintf("%s (%s)", p.ID.Short(), p.State))
	}
	return Note, fmt.Sprintf("There are %d people called %s, with different keys: %s; look at one by the beginning of the ID, and compare IDs before you trust either.",
		len(c.Found), c.name(), strings.Join(each, ", "))
}

func (c *Case) blocked() (string, string) {
	if len(c.Found) == 0 || c.Found[0].Trust != chat.Blocked {
		return "", ""
	}
	return Bad, fmt.Sprintf("You blocked %s: accept them, and you can talk again.", c.name())
}

func (c *Case) reachable() (string, string) {
	linked := len(c.Found) > 0 && c.Found[0].Linked
	i := slices.IndexFunc(c.Tries, func(t Try) bool { return t.Err == nil })
	if !linked && i < 0 {
		return "", ""
	}
	where := ""
	if i >= 0 {
		where = fmt.Sprintf(" at %s", c.Tries[i].Address)
	}
	if c.Clock.Abs() >= chat.ClockNotice {
		way := "ahead of"
		if c.Clock < 0 {
			way = "behind"
		}
		return Note, fmt.Sprintf("%s can be reached%s, but the clock there is %s %s this one: set the one of the two that is wrong.", c.name(), where, roughly(c.Clock.Abs()), way)
	}
	return Good, fmt.Sprintf("%s can be reached%s.", c.name(), where)
}

// disconnected is when this machine is in no network.
func (c *Case) disconnected() (string, string) {
	if f, ok := remedy(c.Own, Bad); ok && f.Topic == "cards" {
		return Bad, f.Advice
	}
	return "", ""
}

func (c *Case) goodbye() (string, string) {
	if c.Trace.GoneAt.IsZero() {
		return "", ""
	}
	return Note, fmt.Sprintf("%s closed Parlance at %s and is away: what you write waits, and arrives when they are back.", c.name(), c.Trace.GoneAt.Format(time.TimeOnly))
}

func (c *Case) refused() (string, string) {
	for _, t := range c.Tries {
		if closed, ok := errors.AsType[*link.CloseError](t.Err); ok && closed.Peer {
			switch closed.Code {
			case link.Blocked:
				return Bad, fmt.Sprintf("%s has blocked this device: only they can change that.", c.name())
			case link.Busy:
				return Bad, fmt.Sprintf("%s has as many links as their program can hold: try again later.", c.name())
			}
		}
	}
	return "", ""
}

func (c *Case) version() (string, string) {
	const update = "update the older of the two."
	for _, t := range c.Tries {
		for _, f := range c.Foreign {
			if f.From == t.Address.Addr() && f.Last.After(c.Trace.HeardAt) && f.Last.After(c.Trace.GoneAt) {
				return Bad, fmt.Sprintf("At %s another version of Parlance runs, which speaks version %d of the protocol: %s", f.From, f.Version, update)
			}
		}
		if errors.Is(t.Err, link.ErrForeign) {
			return Bad, fmt.Sprintf("At %s something answers that is no Parlance, or another version of it: %s", t.Address, update)
		}
	}
	if len(c.Foreign) > 0 && len(c.Found) == 0 {
		f := c.Foreign[0]
		return Bad, fmt.Sprintf("Nobody called %s is heard, but at %s another version of Parlance runs, which speaks version %d of the protocol: %s", c.Who, f.From, f.Version, update)
	}
	return "", ""
}

func (c *Case) otherKey() (string, string) {
	for _, t := range c.Tries {
		if wrong, ok := errors.AsType[*link.WrongKeyError](t.Err); ok && c.heardAgo() > heardLately {
			return Bad, fmt.Sprintf("At %s, where %s was, there is now another device (%s): ask %s for their address of today.", t.Address, c.name(), wrong.Shown.Short(), c.name())
		}
	}
	return "", ""
}

func (c *Case) vpn() (string, string) {
	for _, t := range c.Tries {
		if p := t.Path; p.Subnet != "" && p.Card != "" && p.Card != p.Subnet {
			return Bad, fmt.Sprintf("This machine sends what is for %s by %s, though that address is in the network of %s: a VPN takes the route; let it leave the local network alone, or switch it off.", t.Address.Addr(), p.Card, p.Subnet)
		}
	}
	return "", ""
}

// notRunning is when a machine says that nobody listens.
func (c *Case) notRunning() (string, string) {
	for _, t := range c.Tries {
		if t.Host == Closed {
			return Bad, fmt.Sprintf("%s is on, but Parlance is not running there, or at another port than %d.", capital(c.machine(t.Address.Addr())), t.Address.Port())
		}
	}
	return "", ""
}

func (c *Case) ownFault() (string, string) {
	if f, ok := remedy(c.Own, Bad); ok {
		return Bad, f.Advice
	}
	return "", ""
}

// heardAgo is how long ago the person was heard; very long if never.
func (c *Case) heardAgo() time.Duration {
	if c.Trace.HeardAt.IsZero() {
		return 1<<63 - 1
	}
	return c.Now.Sub(c.Trace.HeardAt)
}

// oneWay is when announcements come and links do not come up.
func (c *Case) oneWay() (string, string) {
	switch {
	case c.heardAgo() > heardLately:
		return "", ""
	case c.Trace.ToldAt.Before(c.Asked):
		return Bad, fmt.Sprintf("%s is heard and hears nothing of this device: allow %s in the firewall of that machine.", c.name(), c.ports())
	}
	return Bad, fmt.Sprintf("%s is there and answers, but links do not pass: allow UDP port %d in the firewalls of both machines and of the network.", c.name(), c.LinkPort)
}

// sameSubnet is when the person's machine is, or was, in a network of this one.
func (c *Case) sameSubnet() (string, string) {
	i := slices.IndexFunc(c.Tries, func(t Try) bool { return t.Path.Subnet != "" })
	if i < 0 {
		return "", ""
	}
	t := c.Tries[i]
	switch {
	case t.Host == Up:
		return Bad, fmt.Sprintf("%s is on and answers nothing: allow %s in the firewall of that machine.", capital(c.machine(t.Address.Addr())), c.ports())
	case t.Host == Absent && c.isolated():
		return Bad, c.isolation()
	case t.Host == Absent:
		return Bad, fmt.Sprintf("%s does not answer: it is off, asleep, or in another network now%s.", capital(c.machine(t.Address.Addr())), c.lastSeen())
	}
	return Bad, fmt.Sprintf("%s does not answer: it is off, or its firewall drops %s%s.", capital(c.machine(t.Address.Addr())), c.ports(), c.lastSeen())
}

// otherSubnet is when the person's machine is beyond a router.
func (c *Case) otherSubnet() (string, string) {
	if len(c.Tries) == 0 {
		return "", ""
	}
	t := c.Tries[0]
	switch {
	case t.Path.Err != nil:
		return Bad, fmt.Sprintf("There is no way from here to %s: join the network it is in, or set a router that knows the way.", t.Address.Addr())
	case t.Host == Absent:
		return Bad, fmt.Sprintf("%s is in another subnet, and the router there says that no machine has that address now: ask for the right one.", t.Address.Addr())
	}
	return Bad, fmt.Sprintf("%s is in another subnet, and nothing comes back from there: the routers between and the firewall of that machine have to let UDP port %d pass.", t.Address.Addr(), c.LinkPort)
}

// unheard is when there is no address to try.
func (c *Case) unheard() (string, string) {
	switch {
	case len(c.Found) > 0:
		return Note, fmt.Sprintf("%s is away%s: what you write waits, and arrives when they are back.", c.name(), c.lastSeen())
	case c.isolated():
		return Bad, c.isolation()
	}
	return Bad, fmt.Sprintf("Nobody called %s has been heard: either Parlance is not running there, or they are in another subnet; then connect to their address.", c.Who)
}

// isolated says whether it looks as if the network kept its devices apart: the
// router answers, and nobody else is there.
func (c *Case) isolated() bool {
	return c.Others == 0 && c.Neighbours == 0 && (c.Gateway == Up || c.Gateway == Closed)
}

func (c *Case) isolation() string {
	return fmt.Sprintf("The router answers and no other machine does: this network keeps devices apart, as guest Wi-Fi does, or %s is not in it; use another network, or have its client isolation switched off.", c.name())
}

func (c *Case) lastSeen() string {
	if len(c.Found) == 0 || c.Found[0].LastSeen.IsZero() {
		return ""
	}
	return fmt.Sprintf(" (last seen %s)", c.Found[0].LastSeen.Local().Format(time.DateTime))
}

// roughly returns a duration as one would say it.
func roughly(d time.Duration) string {
	d = d.Round(time.Minute)
	hours, minutes := int(d.Hours()), int(d.Minutes())%60
	switch {
	case hours >= 48:
		return fmt.Sprintf("%d days", hours/24)
	case hours == 0:
		return fmt.Sprintf("%d min", minutes)
	case minutes == 0:
		return fmt.Sprintf("%d h", hours)
	}
	return fmt.Sprintf("%d h %d min", hours, minutes)
}
