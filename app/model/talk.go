package model

import (
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Headline is what stands above a conversation.
type Headline struct {
	ID       string // that chooses the avatar's colour
	Title    string
	Subtitle string
	Warning  bool // draw the subtitle as one
	Wire     bool
	Presence avatar.Presence
	Short    string // of the device ID; empty where there is none
}

// Headline says who a conversation is with and whether they are there.
func (m *Model) Headline(c chat.Conversation, now time.Time) Headline {
	if c.Kind == chat.Plain {
		return Headline{
			ID: c.Address.String(), Title: c.Title, Wire: true,
			Subtitle: "Plain UDP · not encrypted, sender not known", Warning: true,
		}
	}
	p, ok := m.PeerOf(c)
	if !ok {
		return Headline{ID: c.Peer.String(), Title: c.Title, Short: c.Peer.Short(), Presence: avatar.Offline, Subtitle: "offline"}
	}
	h := Headline{
		ID:       p.ID.String(),
		Title:    p.Name,
		Subtitle: m.PresenceText(p, now),
		Presence: presence(p),
		Short:    p.ID.Short(),
	}
	switch p.Trust {
	case chat.Verified:
		h.Subtitle += " · verified"
	case chat.Changed:
		h.Subtitle, h.Warning = "Not the device you know by this name", true
	case chat.Blocked:
		h.Subtitle, h.Presence = "Blocked", avatar.None
	}
	return h
}

// Notice is what a bar above the messages says.
type Notice struct {
	Text    string
	Serious bool
	Choices []Choice
}

// Choice is something the user may answer to a notice.
type Choice string

const (
	Accept  Choice = "Accept"
	Block   Choice = "Block"
	Unblock Choice = "Unblock"
	Compare Choice = "Compare IDs…"
)

// Notice says what to know before reading or answering; its text is empty if
// there is nothing.
func (m *Model) Notice(c chat.Conversation) Notice {
	if c.Kind == chat.Plain {
		return Notice{Text: "Anyone on the network can read this, and anyone can write in the name of this address."}
	}
	p, ok := m.PeerOf(c)
	if !ok {
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

// Closed says why nothing can be written in a conversation, or "".
func (m *Model) Closed(c chat.Conversation) string {
	p, ok := m.PeerOf(c)
	switch {
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
	if c.Kind == chat.Plain {
		return "Plain UDP does not tell whether a message arrived."
	}
	p, ok := m.PeerOf(c)
	if ok && p.State != chat.Online && m.Closed(c) == "" {
		name := phrase.Clip(p.Name, 24) // it comes twice
		return fmt.Sprintf("%s is away. Messages wait here and are delivered when %s is back.", name, name)
	}
	return ""
}
