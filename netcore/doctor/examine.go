package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/beacon"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/lan"
)

// Examine looks at cards, ports, groups, whether this device hears itself, and
// how each peer is heard and reached, and says what to do first. profile is what
// the caller found about the profile.
func Examine(profile []Finding, s lan.Status, peers []chat.Peer, now time.Time) Report {
	findings := append(profile, examineSelf(s, now)...)
	findings = append(findings, examineDatagrams(s)...)
	findings = append(findings, examinePeers(peers, s)...)
	return Report{Findings: findings, Sentence: conclude(findings, peers)}
}

// examineSelf looks at what is this machine's own.
func examineSelf(s lan.Status, now time.Time) []Finding {
	findings := examineCards(s)
	findings = append(findings, examinePorts(s)...)
	findings = append(findings, examineGroups(s)...)
	return append(findings, examineEcho(s, now)...)
}

func examineCards(s lan.Status) []Finding {
	const advice = "Plug in the cable or join a wireless network."
	var findings []Finding
	plugged := slices.ContainsFunc(s.Interfaces, func(i chat.Interface) bool { return !i.Loopback && !i.Unplugged })
	for _, i := range s.Interfaces {
		if i.Loopback {
			continue
		}
		var addresses []string
		for _, a := range i.Addresses {
			addresses = append(addresses, a.String())
		}
		f := Finding{Topic: "cards", State: Good, Text: fmt.Sprintf("%s: %s", i.Name, strings.Join(addresses, ", "))}
		if i.Unplugged {
			f.State = Note
			f.Text += "; no cable is plugged in, or no wireless network joined"
			if !plugged {
				f.State, f.Advice = Bad, advice
			}
		}
		findings = append(findings, f)
	}
	if len(findings) == 0 {
		return []Finding{{
			Topic: "cards", State: Bad, Text: "No network card has an address; only programs on this machine can be found.",
			Advice: advice,
		}}
	}
	return findings
}

func examinePorts(s lan.Status) []Finding {
	findings := []Finding{{Topic: "ports", State: Good, Text: fmt.Sprintf("Links come in by UDP port %d.", s.LinkPort)}}
	for _, socket := range s.Beacon.Sockets {
		what := "for sending announcements"
		if socket.Shared {
			what = "for hearing announcements"
		}
		switch {
		case socket.Problem == "":
			findings = append(findings, Finding{Topic: "ports", State: Good, Text: fmt.Sprintf("%s port %d %s is open.", socket.Family, socket.Local.Port(), what)})
		case socket.Shared:
			findings = append(findings, Finding{
				Topic: "ports", State: Bad,
				Text:   fmt.Sprintf("%s UDP port %d %s cannot be opened: %s.", socket.Family, s.Beacon.Port, what, socket.Problem),
				Advice: fmt.Sprintf("Close the program that holds UDP port %d; until then others are found only when they answer this device, or by connecting to their address.", s.Beacon.Port),
			})
		default:
			findings = append(findings, Finding{Topic: "ports", State: Note, Text: fmt.Sprintf("No %s socket %s: %s.", socket.Family, what, socket.Problem)})
		}
	}
	return findings
}

func examineGroups(s lan.Status) []Finding {
	var joined []string
	var findings []Finding
	for _, g := range s.Beacon.Groups {
		if g.Problem == "" {
			joined = append(joined, fmt.Sprintf("%s on %s", g.Address, g.Interface))
			continue
		}
		findings = append(findings, Finding{Topic: "groups", State: Note, Text: fmt.Sprintf("The group %s could not be joined on %s: %s.", g.Address, g.Interface, g.Problem)})
	}
	if len(joined) > 0 {
		findings = append(findings, Finding{Topic: "groups", State: Good, Text: "Joined " + strings.Join(joined, ", ") + "."})
	}
	return findings
}

// examineEcho looks whether this device hears its own announcements, which come
// back from every card that carries broadcast or multicast, unless a firewall
// drops them.
func examineEcho(s lan.Status, now time.Time) []Finding {
	advice := fmt.Sprintf("Allow UDP ports %d and %d, in and out, in this machine's firewall.", s.Beacon.Port, s.LinkPort)
	var ways []string
	heard := make(map[string]bool) // by card
	for _, h := range s.Discovery.HeardBack {
		if now.Sub(h.Last) < 2*s.Discovery.Interval {
			ways = append(ways, strings.TrimSpace(string(h.Way)+" "+h.Interface))
			heard[h.Interface] = true
		}
	}
	listens := slices.ContainsFunc(s.Beacon.Sockets, func(k beacon.Socket) bool { return k.Shared && k.Problem == "" })
	var findings []Finding
	for _, i := range s.Interfaces {
		if i.Loopback {
			continue
		}
		tried, sent, problem := 0, 0, ""
		for _, w := range s.Beacon.Sent {
			if w.Interface == i.Name {
				tried++
				if w.Problem == "" {
					sent++
				} else {
					problem = w.Problem
				}
			}
		}
		switch {
		case tried == 0: // it carries neither
		case sent == 0 && !i.Unplugged:
			findings = append(findings, Finding{Topic: "heard back", State: Bad, Text: fmt.Sprintf("Announcements cannot be sent on %s: %s.", i.Name, problem), Advice: advice})
		case sent > 0 && listens && !heard[i.Name]:
			findings = append(findings, Finding{Topic: "heard back", State: Bad, Text: fmt.Sprintf("This device does not hear its own announcements on %s.", i.Name), Advice: advice})
		}
	}
	if len(ways) > 0 {
		findings = append(findings, Finding{Topic: "heard back", State: Good, Text: "This device hears its own announcements by " + strings.Join(slices.Compact(sorted(ways)), ", ") + "."})
	}
	if len(findings) == 0 && listens {
		findings = append(findings, Finding{Topic: "heard back", State: Bad, Text: "This device does not hear its own announcements.", Advice: advice})
	}
	return findings
}

// examineDatagrams tells of what came and was not taken.
func examineDatagrams(s lan.Status) []Finding {
	var findings []Finding
	var parts []string
	for reason, count := range s.Discovery.Dropped {
		if count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count, reason))
		}
	}
	if len(parts) > 0 {
		findings = append(findings, Finding{Topic: "datagrams", State: Note, Text: "Announcements not taken: " + strings.Join(sorted(parts), ", ") + "."})
	}
	for _, f := range s.Discovery.Foreign {
		findings = append(findings, Finding{
			Topic: "datagrams", State: Note,
			Text: fmt.Sprintf("At %s another version of Parlance runs, which speaks version %d of the protocol; this one speaks version 1.", f.From, f.Version),
		})
	}
	if s.SharedKey.IsValid() {
		findings = append(findings, Finding{
			Topic: "identity", State: Bad,
			Text:   fmt.Sprintf("Another machine, at %s, uses the same identity as this one: it proved to have its key, as a copied disk does.", s.SharedKey),
			Advice: fmt.Sprintf("Another machine, at %s, uses the same identity as this one: give one of the two a new identity, or messages will go astray.", s.SharedKey),
		})
	}
	for _, w := range s.Links.WrongKeys {
		findings = append(findings, Finding{
			Topic: "identity", State: Bad,
			Text:   fmt.Sprintf("At %s somebody claimed to be %s without having its key (%d times, last at %s).", w.Address, w.Claimed.Short(), w.Count, w.Last.Format(time.TimeOnly)),
			Advice: "Find out whose machine that is; nothing was sent to it.",
		})
	}
	return findings
}

func examinePeers(peers []chat.Peer, s lan.Status) []Finding {
	var findings []Finding
	for _, p := range peers {
		f := Finding{Topic: "peer " + p.Name, State: Good}
		var parts []string
		switch {
		case p.Linked:
			parts = append(parts, "linked, its key is proven")
		case p.State == chat.Online:
			parts = append(parts, "heard, not linked")
		default:
			parts = append(parts, "away")
			if !p.LastSeen.IsZero() {
				parts = append(parts, "last seen "+p.LastSeen.Format(time.DateTime))
			}
		}
		if len(p.Ways) > 0 {
			parts = append(parts, "heard by "+strings.Join(p.Ways, ", "))
		}
		var addresses []string
		for _, a := range p.Addresses {
			addresses = append(addresses, a.String())
		}
		if len(addresses) > 0 {
			parts = append(parts, "at "+strings.Join(addresses, ", "))
		}
		if t, ok := s.Troubles[p.ID]; ok && !p.Linked {
			parts = append(parts, fmt.Sprintf("cannot be linked: %v", t))
			if p.State == chat.Online {
				f.State = Bad
				f.Advice = fmt.Sprintf("Announcements of %s come in and links do not: allow UDP port %d in the firewalls of both machines.", p.Name, s.LinkPort)
			}
		}
		f.Text = fmt.Sprintf("%s: %s.", p.ID.Short(), strings.Join(parts, "; "))
		findings = append(findings, f)
	}
	if len(peers) == 0 {
		findings = append(findings, Finding{
			Topic: "peers", State: Note, Text: "Nobody has been seen yet.",
			Advice: "Start Parlance on another machine of this network, or connect to its address.",
		})
	}
	return findings
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// conclude says the one thing to do first.
func conclude(findings []Finding, peers []chat.Peer) string {
	for _, state := range []string{Bad, Note} {
		if f, ok := remedy(findings, state); ok {
			return f.Advice
		}
	}
	online := 0
	for _, p := range peers {
		if p.State == chat.Online {
			online++
		}
	}
	if online == 1 {
		return "All is well: one person is here."
	}
	return fmt.Sprintf("All is well: %d people are here.", online)
}
