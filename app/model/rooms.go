package model

import (
	"cmp"
	"net"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/people"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// SetRooms takes what the node says about all conversations on servers.
func (m *Model) SetRooms(list []netcore.RoomStatus) {
	for _, st := range list {
		m.Rooms[st.ID] = st
	}
}

// place is what a conversation on a server is with.
type place int

const (
	elsewhere   place = iota // it is on no server, or nothing is known of it
	room                     // with members
	person                   // who is on a server
	mainServer               // an IRC server itself, whose notices stand there
	plainServer              // one of the plain dialects: all that is said there
)

func (m *Model) placeOf(c chat.Conversation) place {
	st, ok := m.Rooms[c.ID]
	switch {
	case !ok || c.Kind != chat.Room:
		return elsewhere
	case st.Channel:
		return room
	case st.Name != "":
		return person
	case strings.HasPrefix(st.Server, "irc"):
		return mainServer
	}
	return plainServer
}

// IsServer says whether a conversation is where an IRC server's notices stand:
// what is written there can only be commands.
func (m *Model) IsServer(c chat.Conversation) bool { return m.placeOf(c) == mainServer }

// HasMembers says whether a conversation on a server has members that are known.
func (m *Model) HasMembers(c chat.Conversation) bool { return m.placeOf(c) == room }

// Commands says whether slash commands mean something in a conversation.
func (m *Model) Commands(c chat.Conversation) bool {
	p := m.placeOf(c)
	return p == room || p == person || p == mainServer
}

// Several says whether several people write in a conversation on a server.
func (m *Model) Several(c chat.Conversation) bool {
	p := m.placeOf(c)
	return c.Kind == chat.Room && p != person
}

// RoomBeginning says of a conversation on a server what it is, where nothing was
// said yet.
func (m *Model) RoomBeginning(c chat.Conversation) string {
	st := m.Rooms[c.ID]
	text := map[place]string{
		room:        "What is written here goes to " + ServerName(st) + ", and from there to whoever is in the room.",
		person:      "What you write goes by way of " + ServerName(st) + ", which can read it.",
		mainServer:  "What the server itself says stands here. Type /help for what it can be asked.",
		plainServer: "What is said on this server is shown here as it comes.",
	}[m.placeOf(c)]
	if text != "" && !st.Encrypted {
		text += " Nothing of it is encrypted."
	}
	return text
}

// crowded says whether a conversation is one in which many talk of whom the user
// may know nobody.
func (m *Model) crowded(c chat.Conversation) bool {
	p := m.placeOf(c)
	return p == room || p == mainServer || p == plainServer && !strings.HasPrefix(m.Rooms[c.ID].Server, "tcp+paired:")
}

// ServerName is what a server is called: its host. What it calls its network may
// be anything.
func ServerName(st netcore.RoomStatus) string {
	_, host, _ := strings.Cut(st.Server, "://")
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host
}

func (m *Model) roomTitle(c chat.Conversation) string {
	if m.placeOf(c) == mainServer {
		return ServerName(m.Rooms[c.ID])
	}
	return c.Title
}

// roomPicture is what stands for a conversation on a server.
func (m *Model) roomPicture(c chat.Conversation) (people.Picture, avatar.Presence) {
	switch m.placeOf(c) {
	case mainServer, plainServer:
		return people.Server, avatar.None
	case person:
		st := m.Rooms[c.ID]
		switch {
		case !st.Known:
			return people.Person, avatar.None
		case st.Online:
			return people.Person, avatar.Online
		}
		return people.Person, avatar.Offline
	}
	return people.Room, avatar.None
}

// roomRow completes the line of a conversation on a server.
func (m *Model) roomRow(row *people.Row, c chat.Conversation) {
	st, known := m.Rooms[c.ID]
	row.Picture, row.Presence = m.roomPicture(c)
	row.ID, row.Open = row.Title, known && !st.Encrypted
	switch {
	case !known || c.Closed != "":
	case st.Blocked:
		row.Lead, row.Tone, row.Preview = "Blocked:", people.Warning, "another certificate"
	case !st.Connected:
		row.Aside, row.Presence = "not connected", avatar.None
	case st.Channel && !st.Joined && st.Why != "":
		row.Lead, row.Tone, row.Preview = "Not in it:", people.Warning, st.Why
	}
	if row.Preview == "" {
		row.Preview = m.whatItIs(c)
	}
}

// whatItIs says what a conversation on a server is, where nothing was said yet.
func (m *Model) whatItIs(c chat.Conversation) string {
	st := m.Rooms[c.ID]
	switch m.placeOf(c) {
	case room:
		return cmp.Or(st.Topic, "Room on "+ServerName(st))
	case person:
		return "On " + ServerName(st)
	case mainServer:
		return "Notices of the server"
	case plainServer:
		return "Plain text over TCP"
	}
	return "Room on a server"
}

// roomHeadline says where a conversation on a server is and how it stands.
func (m *Model) roomHeadline(c chat.Conversation, now time.Time) Headline {
	st, known := m.Rooms[c.ID]
	h := Headline{ID: m.roomTitle(c), Title: m.roomTitle(c), Open: known && !st.Encrypted && c.Closed == ""}
	h.Picture, h.Presence = m.roomPicture(c)
	switch {
	case c.Closed != "":
		h.Subtitle, h.Presence = "No longer open", avatar.None
		return h
	case !known:
		return h
	}
	h.Link = map[place]string{room: "Members", person: "Who is this?", mainServer: "About", plainServer: "About"}[m.placeOf(c)]
	switch {
	case st.Blocked:
		h.Subtitle, h.Warning = "Blocked: the server's certificate changed", true
	case !st.Connected:
		h.Subtitle, h.Warning, h.Presence, h.Link = notConnected(st, now), true, avatar.None, ""
		if m.IsWaiting(c, now) {
			h.Link = "Try now"
		}
	case st.Channel && !st.Joined:
		h.Subtitle, h.Warning = phrase.Capital(cmp.Or(st.Why, "joining…")), st.Why != ""
	default:
		h.Subtitle = m.roomText(c, st)
	}
	if c.Muted {
		h.Subtitle += " · muted"
	}
	return h
}

// IsWaiting says whether a conversation's server is to be tried again later.
func (m *Model) IsWaiting(c chat.Conversation, now time.Time) bool {
	st := m.Rooms[c.ID]
	return c.Kind == chat.Room && !st.Connected && !st.Blocked && st.RetryAt.After(now)
}

// notConnected says in few words when it is tried again.
func notConnected(st netcore.RoomStatus, now time.Time) string {
	switch {
	case st.RetryAt.After(now):
		return "Not connected · next try at " + st.RetryAt.Format("15:04:05")
	case st.Why == "":
		return "Connecting…"
	}
	return "Not connected · trying again…"
}

// roomText says who is there, and what it is about.
func (m *Model) roomText(c chat.Conversation, st netcore.RoomStatus) string {
	server := ServerName(st)
	switch m.placeOf(c) {
	case room:
		text := phrase.Plural(st.Members, "Only you", "%d members")
		if st.Topic != "" {
			return text + " · " + st.Topic
		}
		return text + " · on " + server
	case person:
		switch {
		case st.Away != "":
			return "away: " + st.Away + " · on " + server
		case !st.Known:
			return "on " + server
		case st.Online:
			return "online · on " + server
		}
		return "not there right now · on " + server
	case mainServer:
		return "Server · you are " + st.Nick
	}
	return map[string]string{
		"tcp+broadcast": "Plain text · everybody here reads everything",
		"tcp+addressed": "Plain text · write @name:text",
		"tcp+paired":    "Plain text · with " + cmp.Or(st.Network, "one other side"),
	}[strings.SplitN(st.Server, ":", 2)[0]]
}

// roomNotice says what stands in the way of a conversation on a server, or what
// to know about a plain one.
func (m *Model) roomNotice(c chat.Conversation) Notice {
	st := m.Rooms[c.ID]
	switch {
	case c.Closed != "":
		return Notice{}
	case st.Blocked:
		return Notice{
			Text: "This server shows another certificate than before. Either it was renewed, or somebody stands between you and the server. " +
				"Nothing goes to it until you have decided.",
			Serious: true,
			Choices: []Choice{Leave, Inspect},
		}
	case m.placeOf(c) == plainServer:
		return Notice{Text: "Anyone on the way can read this, and nobody there has to prove who they are."}
	}
	return Notice{}
}

// roomClosed says why nothing can be written to a room: what is written to one
// whose server is away waits.
func (m *Model) roomClosed(c chat.Conversation) string {
	if st := m.Rooms[c.ID]; st.Connected && st.Channel && !st.Joined && st.Why != "" {
		return phrase.Stopped(phrase.Capital(st.Why))
	}
	return ""
}

// roomQuiet says what becomes of what is written now.
func (m *Model) roomQuiet(c chat.Conversation) string {
	st, known := m.Rooms[c.ID]
	switch {
	case !known:
		return ""
	case m.placeOf(c) == mainServer:
		return "Only commands work here, such as /join #room. /help lists them."
	case st.Blocked:
		return "Messages wait here until the server is trusted again."
	case !st.Connected && st.Why != "":
		why, _, _ := strings.Cut(st.Why, ";") // and not what to do about it: it comes back by itself
		return "The server is away: " + phrase.Stopped(phrase.Clip(why, 100)) + " Messages wait here until it is back."
	case !st.Connected, st.Channel && !st.Joined:
		return "Messages wait here until the room is joined."
	case m.placeOf(c) == person && st.Known && !st.Online:
		return phrase.Clip(c.Title, 24) + " is not on the server right now, which may not keep what you write."
	case m.placeOf(c) == plainServer && !strings.HasPrefix(st.Server, "tcp+broadcast:"):
		return "The server does not tell whether a message arrived."
	}
	return ""
}
