package control

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

func toSelf(s netcore.Self, shared string, since time.Time) Self {
	return Self{
		ID:        s.ID,
		Name:      s.Name,
		Link:      likeliest(s.Link),
		Addresses: filled(s.Link),
		Profile:   s.Profile,
		Named:     s.Named,
		Since:     Time{since},
		Shared:    shared,
	}
}

// likeliest returns the address most likely to be reachable from elsewhere.
func likeliest(addresses []netip.AddrPort) string {
	best, score := "", -1
	for _, a := range addresses {
		s := 2
		switch ip := a.Addr(); {
		case ip.IsLoopback():
			s = 0
		case ip.IsLinkLocalUnicast():
			s = 1
		case ip.Unmap().Is4():
			s = 3
		}
		if s > score {
			best, score = a.String(), s
		}
	}
	return best
}

func toInterfaces(interfaces []chat.Interface) []Interface {
	out := make([]Interface, len(interfaces))
	for i, in := range interfaces {
		out[i] = Interface{Name: in.Name, Addresses: filled(in.Addresses), Loopback: in.Loopback}
	}
	return out
}

func toPeer(p chat.Peer) Peer {
	return Peer{ID: p.ID, Name: p.Name, State: p.State, Addresses: filled(p.Addresses), Trust: p.Trust}
}

func toPeerDetails(p chat.Peer) PeerDetails {
	return PeerDetails{Peer: toPeer(p), Status: p.Status, Linked: p.Linked, Ways: p.Ways, Seen: Time{p.LastSeen}}
}

func toMessage(m chat.Message) Message {
	out := Message{
		Conversation: m.Conversation,
		Kind:         m.Kind,
		ID:           m.ID,
		From:         toAuthor(m.From),
		Text:         m.Text,
		Sent:         Time{m.Sent},
		Received:     Time{m.Received},
		Mentions:     toAuthors(m.Mentions),
		Mentioned:    m.Mentioned,
		Edited:       Time{m.Edited},
		Retracted:    m.Retracted,
		Hidden:       m.Hidden,
	}
	if m.Own {
		out.Refusal = m.Refusal
		out.State = cmp.Or(m.State, chat.Queued) // it is on this disk at the least
		if (m.Kind == chat.Group || m.Kind == chat.Lobby) && m.Tally != (chat.Tally{}) {
			tally := Tally(m.Tally)
			out.Tally = &tally
		}
	}
	if q := m.Answers; q != nil {
		out.Answers = &Quote{ID: q.ID, Text: q.Text}
		if q.From != (chat.Author{}) {
			out.Answers.From = toAuthor(q.From)
		}
	}
	for _, r := range m.Reactions {
		out.Reactions = append(out.Reactions, Reaction{From: toAuthor(r.From), Text: r.Text, Own: r.Own})
	}
	if c := m.Change; c != nil {
		out.Change = &Change{Kind: c.Kind, Who: toAuthors(c.Who), Name: c.Name}
	}
	return out
}

func toAuthor(a chat.Author) Author { return Author{ID: a.ID(), Name: a.Name} }

func toAuthors(authors []chat.Author) []Author {
	var out []Author
	for _, a := range authors {
		out = append(out, toAuthor(a))
	}
	return out
}

func toMember(m chat.Member) Member {
	out := Member{ID: m.Peer.ID, Name: m.Peer.Name, Self: m.Self, Since: Time{m.Since}, Removable: m.Removable}
	if !m.Self {
		out.State, out.Trust = m.Peer.State, m.Peer.Trust
	}
	if m.Peer.ID.IsZero() { // of a room
		out.Status = m.Peer.Status
	}
	return out
}

func toPlaced(m chat.Message) Placed { return Placed{Message: toMessage(m), Position: m.Position} }

func toConversation(c chat.Conversation) Conversation {
	out := Conversation{
		ID: c.ID, Kind: c.Kind, Title: c.Title, Unread: c.Unread, Draft: c.Draft,
		Members: c.Members, Muted: c.Muted, Closed: c.Closed, Request: c.Request, Mentioned: c.Mentioned,
	}
	if !c.Peer.IsZero() {
		out.Peer = c.Peer.String()
	}
	if c.Address.IsValid() {
		out.Address = "udp://" + c.Address.String()
	}
	if c.Last != nil {
		last := toMessage(*c.Last)
		out.Last = &last
	}
	return out
}

func toReport(r netcore.Report) Report {
	out := Report{Findings: make([]Finding, len(r.Findings)), Sentence: r.Sentence}
	for i, f := range r.Findings {
		out.Findings[i] = Finding(f)
	}
	return out
}

// filled makes an empty list an empty JSON array, not null.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
