package netcore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room"
	"github.com/parlance-chat/parlance/netcore/store"
)

// RoomOptions are what may be said when a room is joined. All but Key belong to
// the server, and count when it is joined for the first time.
type RoomOptions struct {
	Nick            string // "": made from the user's name
	Account, Secret string // to sign in with, besides the device's key
	Password        string // of the server
	Key             string // of the room
}

// RoomStatus is what there is to say about a room, a person on a server, or the
// server itself.
type RoomStatus struct {
	ID      chat.ConversationID
	Address string // such as ircs://host:6697/#room
	Server  string // its address
	Name    string // of the room or the person; empty: the server itself
	Channel bool   // a room with members

	Connected bool      // to the server
	Joined    bool      // it can be written to now
	Why       string    // why not, a sentence or a part of one
	RetryAt   time.Time // of the next attempt; zero if there is none
	// Blocked says that nothing goes on before TrustServer or Leave.
	Blocked bool

	Encrypted   bool
	Vouched     bool   // an authority that the system trusts vouches for the server
	Fingerprint string // SHA-256 of its certificate, as last presented
	// Trusted is that of the certificate in whose place a blocked server presents
	// this one; empty if an authority vouched for it.
	Trusted string
	Nick    string // what this device's user is called there
	Account string // signed in as
	Network string // what the server calls its network
	Topic   string
	Members int
	// Online says of a person whether it is there, if Known.
	Online, Known bool
	Away          string // why a person is away, as the server last told; empty: it is not
}

// RoomHelp describes one slash command of rooms.
type RoomHelp struct{ Name, Params, Does string }

// RoomCommands returns the slash commands that RoomCommand knows.
func RoomCommands() []RoomHelp {
	var list []RoomHelp
	for _, c := range room.Commands() {
		list = append(list, RoomHelp(c))
	}
	return list
}

// JoinRoom joins the room at an address, now and after each start. Addresses are
// ircs://host/#room, irc://…, and tcp+broadcast://, tcp+addressed:// or
// tcp+paired:// with host:port. Of one without a scheme the kind is the one that the
// server had, or is found out by trying. With an error nothing is kept.
func (n *Node) JoinRoom(ctx context.Context, url string, o RoomOptions) (chat.ConversationID, error) {
	id, err := n.room.Join(ctx, url, room.Options(o))
	if err != nil {
		return chat.ConversationID{}, err
	}
	n.refresher.touched(id)
	return id, nil
}

// Rooms returns what there is to say about all that was joined, by address.
func (n *Node) Rooms() []RoomStatus {
	n.awaitRooms(context.Background())
	var list []RoomStatus
	for _, st := range n.room.Rooms() {
		list = append(list, RoomStatus{
			ID: st.ID, Address: st.Address, Server: st.Server, Name: st.Target, Channel: st.Channel,
			Connected: st.Connected, Joined: st.Joined, Why: st.Why, RetryAt: st.RetryAt, Blocked: st.Blocked,
			Encrypted: st.Secure, Vouched: st.Vouched, Fingerprint: st.Fingerprint, Trusted: st.Trusted, Nick: st.Nick, Account: st.Account,
			Network: st.Network, Topic: st.Topic, Members: st.Members, Online: st.Online, Known: st.Known, Away: st.Away,
		})
	}
	return list
}

// RoomCommand carries out a line that begins with a slash, and returns what is to
// be told about it; empty if there is nothing.
func (n *Node) RoomCommand(ctx context.Context, id chat.ConversationID, line string) (string, error) {
	if _, err := n.store.Conversation(ctx, id); err != nil {
		return "", err
	}
	if !n.isRoom(ctx, id) {
		return "", fmt.Errorf("%w: only rooms know commands", chat.ErrRefused)
	}
	if !strings.HasPrefix(strings.TrimSpace(line), "/") {
		return "", fmt.Errorf("%w command %q: commands begin with a slash; /help lists them", chat.ErrUnknown, line)
	}
	n.awaitRooms(ctx)
	before := n.room.Rooms()
	text, err := n.room.Command(ctx, id, line)
	n.touchRoomsLeft(before)
	return text, err
}

// RetryServer connects to the server of a room now, if there is no connection,
// rather than when it would be tried next. One that is blocked stays so.
func (n *Node) RetryServer(ctx context.Context, id chat.ConversationID) error {
	n.awaitRooms(ctx)
	return n.room.Retry(ctx, id)
}

// TalkTo returns the conversation with somebody on the server that a conversation
// belongs to, and makes it if need be.
func (n *Node) TalkTo(ctx context.Context, id chat.ConversationID, nick string) (chat.ConversationID, error) {
	n.awaitRooms(ctx)
	with, err := n.room.Talk(ctx, id, nick)
	if err == nil {
		n.refresher.touched(with)
	}
	return with, err
}

// TrustServer accepts the certificate with a fingerprint for the server of a room,
// in place of the one it had, and connects.
func (n *Node) TrustServer(ctx context.Context, id chat.ConversationID, fingerprint string) error {
	n.awaitRooms(ctx)
	return n.room.Trust(ctx, id, fingerprint)
}

// isRoom says whether a conversation is on a server; the kind of one never changes.
func (n *Node) isRoom(ctx context.Context, id chat.ConversationID) bool {
	if kind, ok := n.kinds.Load(id); ok {
		return kind == chat.Room
	}
	c, err := n.store.Conversation(ctx, id)
	if err == nil && !c.Request { // see enter
		n.kinds.Store(id, c.Kind)
	}
	return err == nil && c.Kind == chat.Room
}

func (n *Node) leaveRoom(ctx context.Context, id chat.ConversationID) error {
	n.awaitRooms(ctx)
	before := n.room.Rooms()
	err := n.room.Leave(ctx, id)
	n.touchRoomsLeft(before)
	return err
}

// touchRoomsLeft tells of the rooms that are closed now: those of a whole server
// may be.
func (n *Node) touchRoomsLeft(before []room.Status) {
	now := n.room.Rooms()
	for _, was := range before {
		if !slices.ContainsFunc(now, func(st room.Status) bool { return st.ID == was.ID }) {
			n.refresher.touched(was.ID)
		}
	}
}

// roomMembers returns who is in a room, the highest ranks first. What they may do
// stands in the status.
func (n *Node) roomMembers(ctx context.Context, id chat.ConversationID) ([]chat.Member, error) {
	n.awaitRooms(ctx)
	members, err := n.room.Members(ctx, id)
	if err != nil {
		return nil, err
	}
	var list []chat.Member
	for _, m := range members {
		var status []string
		if m.Role != "" {
			status = append(status, m.Role)
		}
		if m.Away {
			status = append(status, "away")
		}
		list = append(list, chat.Member{
			Peer: chat.Peer{Name: m.Nick, Status: strings.Join(status, ", "), State: chat.Online}, Self: m.Self,
		})
	}
	return list, nil
}

// completeRoom adds what only the network of rooms knows.
func (n *Node) completeRoom(c *chat.Conversation) {
	ctx := context.Background() // servers answer at once
	n.awaitRooms(ctx)
	st, err := n.room.Room(ctx, c.ID)
	if errors.Is(err, chat.ErrUnknown) {
		c.Closed = "You left this room. Join it again to write to it."
	}
	c.Members = st.Members
}

// react puts reactions on messages of rooms, which are not in the store.
func (n *Node) react(ctx context.Context, messages []chat.Message) {
	ids := make(map[chat.ConversationID][]chat.MessageID)
	for _, m := range messages {
		if m.Kind == chat.Room {
			ids[m.Conversation] = append(ids[m.Conversation], m.ID)
		}
	}
	for id, list := range ids {
		found, err := n.room.Reactions(ctx, id, list)
		if err != nil {
			continue // it was left: nothing more is known of it
		}
		for i := range messages {
			if r := found[messages[i].ID]; len(r) > 0 {
				messages[i].Reactions = r
			}
		}
	}
}

const (
	// olderTime is how long a server is waited for before a page is shown as it is.
	olderTime = 5 * time.Second
	// olderPages is how many pages of a server are asked for to fill one page.
	olderPages = 5
)

// older returns a page of a room that the server was asked to fill, where the
// store had too little. What cannot be had now is left out.
func (n *Node) older(ctx context.Context, id chat.ConversationID, page store.Page, stored []store.Message) ([]store.Message, error) {
	n.awaitRooms(ctx)
	for range olderPages {
		before := page.Before
		if len(stored) > 0 {
			before = stored[0].Position
		}
		if begins, ok := n.roomBegins.Load(id); ok && begins == before {
			break
		}
		patient, cancel := context.WithTimeout(ctx, olderTime)
		count, err := n.room.History(patient, id, before)
		cancel()
		if err != nil {
			break
		}
		if count == 0 {
			n.roomBegins.Store(id, before)
			break
		}
		if stored, err = n.store.History(ctx, id, page); err != nil || len(stored) >= page.Limit {
			return stored, err
		}
	}
	return stored, nil
}

// resolveRoom finds a room that was joined by its name, such as #room, or its
// address; ok is false if to is neither.
func (n *Node) resolveRoom(to string) (id chat.ConversationID, ok bool, err error) {
	scheme, _, isAddress := strings.Cut(to, "://")
	if !isAddress && !strings.HasPrefix(to, "#") {
		return id, false, nil
	}
	var found []RoomStatus
	var all []string
	for _, st := range n.Rooms() {
		all = append(all, st.Address)
		if !isAddress && strings.EqualFold(st.Name, to) || isAddress && isRoomAddress(to, strings.ToLower(scheme), st.Address) {
			found = append(found, st)
		}
	}
	switch {
	case len(found) == 1:
		return found[0].ID, true, nil
	case len(found) > 1:
		var addresses []string
		for _, st := range found {
			addresses = append(addresses, st.Address)
		}
		return id, true, &ResolveError{To: to, Candidates: addresses, err: chat.ErrAmbiguous}
	case isAddress:
		return id, true, &ResolveError{To: to, Candidates: all, err: chat.ErrUnknown}
	}
	return id, false, nil // it may have been left, or be a group's name
}

// isRoomAddress says whether an address as people write it is that of a room: the
// usual port and the # may be left out.
func isRoomAddress(written, scheme, address string) bool {
	written = strings.TrimSuffix(written, "/")
	port := map[string]string{"irc": ":6667", "ircs": ":6697"}[scheme]
	for _, form := range []string{address, strings.Replace(address, port+"/", "/", 1), strings.TrimSuffix(address, port)} {
		if strings.EqualFold(written, form) || strings.EqualFold(written, strings.Replace(form, "/#", "/", 1)) {
			return true
		}
	}
	return false
}

const (
	// keptRooms begins the settings in which the network of rooms keeps its servers.
	keptRooms = "room/server/"
	// roomsTime bounds the wait for these, of which some may be unusable.
	roomsTime = 5 * time.Second
	roomsBeat = 2 * time.Millisecond
)

// watchRooms says when the rooms that were joined before are known: until then all
// of them would seem to have been left.
func (n *Node) watchRooms(ctx context.Context) {
	defer close(n.roomsKnown)
	if !n.hasKeptRooms() {
		return
	}
	for end := time.Now().Add(roomsTime); len(n.room.Rooms()) == 0 && time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return
		case <-time.After(roomsBeat):
		}
	}
}

func (n *Node) hasKeptRooms() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for key, value := range n.settings {
		if strings.HasPrefix(key, keptRooms) && value != "" {
			return true
		}
	}
	return false
}

func (n *Node) awaitRooms(ctx context.Context) {
	select {
	case <-n.roomsKnown:
	case <-ctx.Done():
	}
}
