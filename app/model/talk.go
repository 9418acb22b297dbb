package model

import (
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/people"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Headline is what stands above a conversation.
type Headline struct {
	ID       string // that chooses the avatar's colour
	Title    string
	Subtitle string
	Warning  bool // draw the subtitle as one
	Picture  people.Picture
	Presence avatar.Presence
	// Open says that what is written can be read on the way.
	Open bool
	// Link is what leads to more: the short device ID, the members; empty where
	// there is nothing more.
	Link string
}

// Headline says who a conversation is with and whether they are there.
func (m *Model) Headline(c chat.Conversation, now time.Time) Headline {
	switch c.Kind {
	case chat.Plain:
		return Headline{
			ID: c.Address.String(), Title: c.Title, Picture: people.Wire,
			Subtitle: "Plain UDP · not encrypted, sender not known", Warning: true,
		}
	case chat.Group:
		h := Headline{ID: c.ID.String(), Title: c.Title, Picture: people.Group, Subtitle: m.groupText(c)}
		if c.Closed == "" {
			h.Link = "Members"
		}
		return h
	case chat.Lobby:
		return Headline{Title: everyone, Picture: people.Everyone, Subtitle: m.lobbyText(c), Link: "Who is here"}
	case chat.Room:
		return m.roomHeadline(c, now)
	}
	p, ok := m.PeerOf(c)
	if !ok {
		return Headline{ID: c.Peer.String(), Title: c.Title, Link: "ID " + c.Peer.Short(), Presence: avatar.Offline, Subtitle: "offline"}
	}
	h := Headline{
		ID:       p.ID.String(),
		Title:    p.Name,
		Subtitle: m.PresenceText(p, now),
		Presence: presence(p),
		Link:     "ID " + p.ID.Short(),
	}
	switch p.Trust {
	case chat.Verified:
		h.Subtitle += " · verified"
	case chat.Changed:
		h.Subtitle, h.Warning = "Not the device you know by this name", true
	case chat.Blocked:
		h.Subtitle, h.Presence = "Blocked", avatar.None
	}
	if c.Closed != "" {
		h.Subtitle, h.Presence = "No longer open", avatar.None
	} else if c.Muted {
		h.Subtitle += " · muted"
	}
	return h
}

// groupText says how many are in a group, and who of them is there.
func (m *Model) groupText(c chat.Conversation) string {
	if c.Closed != "" {
		return "No longer open"
	}
	text := phrase.Plural(c.Members, "Only you", "%d members")
	if here := m.Here(c.ID); len(here) > 0 {
		are := " are here"
		if len(here) == 1 {
			are = " is here"
		}
		text += " · " + phrase.Listed(here, 4) + are
	} else if c.Members > 1 && len(m.Members[c.ID]) > 0 {
		text += " · nobody else is here"
	}
	if c.Muted {
		text += " · muted"
	}
	return text
}

func (m *Model) lobbyText(c chat.Conversation) string {
	if c.Closed != "" {
		return "You do not take part"
	}
	text := phrase.Plural(len(m.Online()), "One person is here", "%d people are here")
	if len(m.Online()) == 0 {
		text = "Nobody else is here right now"
	}
	if c.Muted {
		return text + " · muted"
	}
	return text + " · messages are kept for seven days"
}

// Here returns the names of a group's members who are there now, without oneself.
func (m *Model) Here(id chat.ConversationID) []string {
	var out []string
	for _, member := range m.Members[id] {
		p := m.current(member)
		if !member.Self && p.State == chat.Online && p.Trust != chat.Blocked {
			out = append(out, p.Name)
		}
	}
	return out
}

// Names returns the names of a conversation's members, without oneself, as one
// may call them with an "@".
func (m *Model) Names(id chat.ConversationID) []string {
	var out []string
	for _, member := range m.Members[id] {
		if !member.Self {
			out = append(out, m.current(member).Name)
		}
	}
	return out
}

// current returns a member as known now.
func (m *Model) current(member chat.Member) chat.Peer {
	if p, ok := m.Peers[member.Peer.ID]; ok && !member.Self {
		return p
	}
	return member.Peer
}

// Notice is what a bar above the messages says.
type Notice struct {
	Text    string
	Serious bool
	Choices []Choice
}

// Choice is something the user may answer to a notice.
type Choice string

// The choices.
const (
	Accept  Choice = "Accept"
	Block   Choice = "Block"
	Unblock Choice = "Unblock"
	Compare Choice = "Compare IDs…"
	Join    Choice = "Join"
	Leave   Choice = "Leave"
	Inspect Choice = "Look at it…"
)

// Notice says what to know before reading or answering; its text is empty if
// there is nothing.
func (m *Model) Notice(c chat.Conversation) Notice {
	if c.Kind == chat.Plain {
		return Notice{Text: "Anyone on the network can read this, and anyone can write in the name of this address."}
	}
	if c.Request {
		return m.request(c)
	}
	if c.Kind == chat.Room {
		return m.roomNotice(c)
	}
	p, ok := m.PeerOf(c)
	if !ok || c.Closed != "" {
		return Notice{}
	}
	switch {
	case p.Trust == chat.New && c.Last != nil && !c.Last.Own:
		return Notice{
			Text:    fmt.Sprintf("%s writes to you for the first time. Accept to keep talking; answering accepts too.", p.Name),
			Choices: []Choice{Block, Accept},
		}
	case p.Trust == chat.Changed:
		return Notice{
			Text: fmt.Sprintf("You know somebody called %s, but this is another device with another key. "+
				"It may be their new computer, or somebody who pretends. Ask them in person and compare the device IDs before you write.", p.Name),
			Serious: true,
			Choices: []Choice{Block, Accept, Compare},
		}
	case p.Trust == chat.Blocked:
		return Notice{
			Text:    fmt.Sprintf("You blocked %s. Nothing they write arrives here.", p.Name),
			Choices: []Choice{Unblock},
		}
	}
	return Notice{}
}

// request says who put this device into a group.
func (m *Model) request(c chat.Conversation) Notice {
	by, known := m.Inviters[c.ID]
	if !known || by.Name == "" {
		return Notice{
			Text:    "Somebody whom you do not know put you into this group.",
			Choices: []Choice{Leave, Join},
		}
	}
	return Notice{
		Text:    fmt.Sprintf("%s, whom you do not know, put you into this group.", by.Name),
		Choices: []Choice{Block, Leave, Join},
	}
}

// Closed says why nothing can be written in a conversation, or "".
func (m *Model) Closed(c chat.Conversation) string {
	p, ok := m.PeerOf(c)
	switch {
	case c.Closed != "":
		return c.Closed
	case c.Request:
		return "Join the group before you write in it."
	case c.Kind == chat.Room:
		return m.roomClosed(c)
	case !ok:
	case p.Trust == chat.Blocked:
		return fmt.Sprintf("You blocked %s.", p.Name)
	case p.Trust == chat.Changed:
		return "Accept this device before you write to it."
	}
	return ""
}

// Quiet says what happens to what is written now, when that is not plain.
func (m *Model) Quiet(c chat.Conversation) string {
	switch {
	case m.Closed(c) != "":
		return ""
	case c.Kind == chat.Plain:
		return "Plain UDP does not tell whether a message arrived."
	case c.Kind == chat.Room:
		return m.roomQuiet(c)
	case c.Kind == chat.Lobby && len(m.Online()) == 0:
		return "Nobody is here. Who comes within seven days gets what you write."
	case c.Kind == chat.Group && c.Members > 1 && len(m.Members[c.ID]) > 0 && len(m.Here(c.ID)) == 0:
		return "Nobody of the group is here. Messages wait and are delivered as soon as one of them is back."
	}
	p, ok := m.PeerOf(c)
	if ok && p.State != chat.Online {
		name := phrase.Clip(p.Name, 24) // it comes twice
		return fmt.Sprintf("%s is away. Messages wait here and are delivered when %s is back.", name, name)
	}
	return ""
}
