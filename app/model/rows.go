package model

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/people"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// The keys of the list's headings.
const (
	HeadNew           = "heading new"
	HeadConversations = "heading conversations"
	HeadNearby        = "heading nearby"
	HeadFound         = "heading found"
	HeadClosed        = "heading closed"
	HeadBlocked       = "heading blocked"
)

// FoundPrefix begins the keys of rows that are messages found by a search.
const FoundPrefix = "found "

// View is what the user asked the list to show.
type View struct {
	Words  string          // in the search box
	Found  []chat.Message  // messages with those words, the newest first
	Folded map[string]bool // headings
	Open   chat.ConversationID
	Drafts func(chat.ConversationID) string
	Now    time.Time
}

// Rows returns the list as it is to be shown: people who wrote for the first
// time, conversations with the latest first and servers last, people nearby with whom there is
// none yet, and those blocked. Words keep only what has them, and open all
// headings.
func (m *Model) Rows(v View) []people.Row {
	var fresh, talks, closed, blocked []chat.Conversation
	var nearby []chat.Peer
	words := strings.Fields(strings.ToLower(v.Words))
	listed := make(map[chat.ConversationID]bool)

	for _, c := range m.Conversations {
		p, isPeer := m.PeerOf(c)
		silent := isPeer && c.Last == nil && v.draft(c) == ""
		switch {
		case c.Closed != "" && silent:
			continue
		case c.Closed != "":
			closed = append(closed, c)
		case isPeer && p.Trust == chat.Blocked:
			blocked = append(blocked, c)
		case silent:
			continue // a person, not yet a conversation
		case c.Request, isPeer && p.Trust == chat.New && c.Last != nil && !c.Last.Own:
			fresh = append(fresh, c)
		default:
			talks = append(talks, c)
		}
		listed[c.ID] = true
	}
	for _, p := range m.Peers {
		c := m.DirectWith(p)
		switch {
		case listed[c.ID] || p.ID == m.Self.ID:
		case p.Trust == chat.Blocked:
			blocked = append(blocked, c)
		case p.State == chat.Online || c.ID == v.Open || len(words) > 0:
			nearby = append(nearby, p)
		}
	}

	latestFirst := func(a, b chat.Conversation) int {
		if d := cmp.Compare(m.rank(a), m.rank(b)); d != 0 {
			return d
		}
		if d := stood(b).Compare(stood(a)); d != 0 {
			return d
		}
		if d := compareNames(a.Title, b.Title); d != 0 {
			return d
		}
		return bytes.Compare(a.ID[:], b.ID[:])
	}
	slices.SortFunc(fresh, latestFirst)
	slices.SortFunc(talks, latestFirst)
	slices.SortFunc(closed, latestFirst)
	slices.SortFunc(blocked, latestFirst)
	slices.SortFunc(nearby, func(a, b chat.Peer) int {
		if d := cmp.Compare(b.State, a.State); d != 0 { // online before offline
			return d
		}
		return ByName(a, b)
	})

	var out []people.Row
	section := func(key, title string, rows []people.Row, count int) {
		if len(rows) == 0 {
			return
		}
		folded := v.Folded[key] && len(words) == 0
		out = append(out, people.Row{Key: key, Heading: true, Title: title, Count: count, Folded: folded})
		if !folded {
			out = append(out, rows...)
		}
	}
	rowsOf := func(list []chat.Conversation) []people.Row {
		var rows []people.Row
		for _, c := range list {
			if row := m.row(c, v); Has(words, row.Title, c.Peer.String(), c.Address.String(), m.Rooms[c.ID].Address) {
				rows = append(rows, row)
			}
		}
		return rows
	}
	var near []people.Row
	for _, p := range nearby {
		if Has(words, p.Name, p.ID.String()) {
			near = append(near, m.personRow(p, v))
		}
	}
	freshRows, talkRows, closedRows, blockedRows := rowsOf(fresh), rowsOf(talks), rowsOf(closed), rowsOf(blocked)
	title := "People nearby"
	if len(words) > 0 {
		title = "People"
	}
	section(HeadNew, "New people", freshRows, len(freshRows))
	section(HeadConversations, "Conversations", talkRows, 0)
	section(HeadNearby, title, near, len(near))
	var found []people.Row
	for _, msg := range v.Found {
		found = append(found, m.foundRow(msg, v))
	}
	section(HeadFound, "Messages", found, len(found))
	section(HeadClosed, "Left and closed", closedRows, len(closedRows))
	section(HeadBlocked, "Blocked", blockedRows, len(blockedRows))
	if len(out) > 0 && out[0].Key == HeadConversations && len(out) == len(talkRows)+1 {
		out = out[1:] // a heading over everything says nothing
	}
	return out
}

// rank says which conversations stand before others, whatever came last: the lobby,
// and last the servers themselves, for what those say is seldom why somebody looks.
func (m *Model) rank(c chat.Conversation) int {
	switch {
	case c.Kind == chat.Lobby:
		return -1
	case m.IsServer(c):
		return 1
	}
	return 0
}

// draft returns what is typed for a conversation; blank space alone is nothing.
func (v View) draft(c chat.Conversation) string {
	draft := c.Draft
	if c.ID != v.Open && v.Drafts != nil {
		draft = v.Drafts(c.ID)
	}
	return strings.TrimSpace(draft)
}

// row is the line of one conversation.
func (m *Model) row(c chat.Conversation, v View) people.Row {
	row := people.Row{
		Key:       c.ID.String(),
		ID:        c.Peer.String(),
		Title:     m.Title(c),
		Unread:    c.Unread,
		Muted:     c.Muted,
		Hushed:    !m.Loud(c),
		Mentioned: c.Mentioned && c.Unread > 0,
	}
	if c.Last != nil {
		row.Time = phrase.ListTime(c.Last.Sent, v.Now)
		row.Lead, row.Preview = m.preview(c, *c.Last)
	}
	if draft := v.draft(c); draft != "" && c.ID != v.Open {
		row.Lead, row.Tone, row.Preview = "Draft:", people.Draft, draft
	}
	switch c.Kind {
	case chat.Plain:
		row.ID, row.Picture = c.Address.String(), people.Wire
		if row.Preview == "" {
			row.Preview = "Plain UDP"
		}
	case chat.Group:
		row.ID, row.Picture = c.ID.String(), people.Group
		if row.Preview == "" {
			row.Preview = phrase.Plural(c.Members, "Only you", "%d members")
		}
	case chat.Lobby:
		m.lobbyRow(&row)
	case chat.Room:
		m.roomRow(&row, c)
	}
	m.peerRow(&row, c)
	if c.Closed != "" {
		row.Faint, row.Unread, row.Mentioned, row.Muted, row.Presence = true, 0, false, false, avatar.None
	}
	return row
}

// lobbyRow completes the line of the lobby.
func (m *Model) lobbyRow(row *people.Row) {
	row.ID, row.Picture = "", people.Everyone
	if here := len(m.Online()); here > 0 {
		row.Aside = fmt.Sprintf("%d here", here)
	}
	if row.Preview == "" {
		row.Preview = "Say hello to everyone"
	}
}

// peerRow completes the line of a conversation with one person.
func (m *Model) peerRow(row *people.Row, c chat.Conversation) {
	p, ok := m.PeerOf(c)
	if !ok {
		return
	}
	row.Presence = presence(p)
	switch p.Trust {
	case chat.Changed:
		row.Lead, row.Tone, row.Preview = "Not who it was?", people.Warning, "Look before you answer"
	case chat.Blocked:
		row.Faint, row.Unread, row.Presence, row.Lead, row.Preview = true, 0, avatar.None, "", "Blocked"
	}
}

// personRow is the line of somebody to whom nothing was said yet.
func (m *Model) personRow(p chat.Peer, v View) people.Row {
	c := m.DirectWith(p)
	row := people.Row{
		Key:      c.ID.String(),
		ID:       p.ID.String(),
		Title:    p.Name,
		Presence: presence(p),
		Preview:  "Say hello",
	}
	switch {
	case p.Trust == chat.Changed:
		row.Lead, row.Tone, row.Preview = "Not who it was?", people.Warning, "Look before you answer"
	case p.Status != "":
		row.Preview = p.Status
	case p.State != chat.Online:
		row.Preview = "Last seen " + phrase.AgoTime(p.LastSeen, v.Now)
	}
	return row
}

// foundRow is the line of a message that has the words searched for.
func (m *Model) foundRow(msg chat.Message, v View) people.Row {
	row := people.Row{
		Key:     FoundPrefix + msg.ID.String(),
		Title:   "A conversation",
		Time:    phrase.ListTime(msg.Sent, v.Now),
		Preview: excerpt(msg.Text, v.Words),
	}
	if c, ok := m.Conversations[msg.Conversation]; ok {
		line := m.row(c, v)
		row.Title, row.ID, row.Picture, row.Open = line.Title, line.ID, line.Picture, line.Open
	}
	who := "You"
	if !msg.Own {
		who = msg.From.Name
	}
	switch {
	case msg.Kind == chat.Room && phrase.IsAction(msg.Text):
		row.Preview = excerpt(phrase.Action(who, msg.Text), v.Words)
	case msg.Own, row.Picture == people.Group, row.Picture == people.Everyone, row.Picture == people.Room:
		row.Lead = who + ":"
	}
	return row
}

// excerpt begins text shortly before the first of words, so that the line shows
// why it was found.
func excerpt(text, words string) string {
	const before = 16
	text = strings.Join(strings.Fields(text), " ")
	lower := strings.ToLower(text)
	at := -1
	for _, w := range strings.Fields(strings.ToLower(words)) {
		if i := strings.Index(lower, w); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	if at <= before || len(lower) != len(text) {
		return text
	}
	if space := strings.LastIndexByte(text[:at-before/2], ' '); space > 0 {
		return "…" + text[space+1:]
	}
	return text
}

func presence(p chat.Peer) avatar.Presence {
	if p.State == chat.Online {
		return avatar.Online
	}
	return avatar.Offline
}

// stood returns when something last happened in a conversation.
func stood(c chat.Conversation) time.Time {
	if c.Last == nil {
		return time.Time{}
	}
	if !c.Last.Received.IsZero() {
		return c.Last.Received
	}
	return c.Last.Sent
}

// Has says whether every word occurs in one of texts.
func Has(words []string, texts ...string) bool {
	for _, w := range words {
		if !slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(strings.ToLower(t), w) }) {
			return false
		}
	}
	return true
}

// compareNames orders names as people do, without regard to case.
func compareNames(a, b string) int {
	if c := strings.Compare(strings.ToLower(a), strings.ToLower(b)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}
