package netcore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/roomserver"
)

// serveRooms runs a server of rooms on loopback and returns its address.
func serveRooms(t *testing.T) string {
	t.Helper()
	s, err := roomserver.New(t.Context(), roomserver.Config{Listen: []string{"127.0.0.1:0"}, Data: t.TempDir(), Reserve: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-s.Ready():
	case err := <-over:
		over <- err
		t.Fatalf("the server ended: %v", err)
	}
	bare, _ := s.Addresses()
	return "irc://" + bare[0].String()
}

func joinRoom(t *testing.T, n *Node, url string) chat.ConversationID {
	t.Helper()
	id, err := n.JoinRoom(t.Context(), url, RoomOptions{Nick: n.Self().Name})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Whoever changes their name before they join a room is called by the new one there.
func TestRoomNickIsTheNameOfNow(t *testing.T) {
	n := openNode(t, "Root", 40073)
	if err := n.SetName(t.Context(), "Ada Lovelace"); err != nil {
		t.Fatal(err)
	}
	id, err := n.JoinRoom(t.Context(), serveRooms(t)+"/#tea", RoomOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range n.Rooms() {
		if st.ID == id && st.Nick != "Ada_Lovelace" {
			t.Errorf("she is called %q", st.Nick)
		}
	}
}

// said returns who said what in a conversation.
func said(t *testing.T, n *Node, id chat.ConversationID) []string {
	t.Helper()
	page, err := n.History(t.Context(), id, Page{})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, m := range page {
		line := m.From.Name + ": " + m.Text
		if m.Own {
			line += " " + string(m.State)
		}
		list = append(list, line)
	}
	return list
}

func hasSaid(t *testing.T, n *Node, id chat.ConversationID, want ...string) {
	t.Helper()
	until(t, n.Self().Name+" has "+strings.Join(want, ", "), func() bool { return slices.Equal(said(t, n, id), want) })
}

// TestRooms has two devices talk in a room; one is away for a while.
func TestRooms(t *testing.T) {
	server := serveRooms(t)
	url := server + "/#room"
	ada := openNode(t, "Ada", 40071)
	profile := t.TempDir()
	bob := reopenNode(t, profile, "Bob", 40072)
	id := joinRoom(t, ada, url)
	if other := joinRoom(t, bob, url); other != id {
		t.Fatal("one room has two IDs")
	}
	atSender := ada.Subscribe()
	send(t, ada, id, "hello")
	waitFor(t, atSender, "an own message", func(e chat.MessagesAdded) bool {
		from := e.Messages[0].From
		return from.Name == "Ada" && from.Device == ada.Self().ID
	})
	atSender.Close()
	hasSaid(t, bob, id, "Ada: hello")
	hasSaid(t, ada, id, "Ada: hello delivered")
	first := history1(t, bob, id)
	if first.Kind != chat.Room || first.Own || first.From.Address == "" {
		t.Errorf("%+v", first)
	}

	until(t, "two members", func() bool { return members(t, ada, id) == "Ada Bob" })
	list, err := ada.Members(t.Context(), id)
	if err != nil || !list[0].Self || list[0].Peer.Status == "" || list[1].Self || list[1].Peer.State != chat.Online {
		t.Errorf("%+v, %v", list, err)
	}
	c, err := bob.Conversation(t.Context(), id)
	if err != nil || c.Title != "#room" || c.Unread != 1 || c.Members != 2 || c.Closed != "" {
		t.Errorf("%+v, %v", c, err)
	}
	if err := bob.MarkSeen(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if c, err = bob.Conversation(t.Context(), id); err != nil || c.Unread != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	i := slices.IndexFunc(bob.Rooms(), func(st RoomStatus) bool { return st.ID == id })
	if i < 0 {
		t.Fatalf("%+v", bob.Rooms())
	}
	if st := bob.Rooms()[i]; st.Address != url || st.Server != server || st.Name != "#room" || !st.Connected || !st.Joined || st.Encrypted || st.Nick != "Bob" || st.Members != 2 {
		t.Errorf("%+v", st)
	}

	// What servers pass on.
	if err := bob.React(t.Context(), id, first.ID, "👍"); err != nil {
		t.Fatal(err)
	}
	until(t, "a reaction", func() bool {
		m := history1(t, ada, id)
		return len(m.Reactions) == 1 && m.Reactions[0].Text == "👍" && m.Reactions[0].From.Name == "Bob"
	})
	atAda := ada.Subscribe()
	if _, err := bob.Reply(t.Context(), id, first.ID, "hello Ada"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, atAda, "an answer", func(e chat.MessagesAdded) bool {
		m := e.Messages[0]
		return m.Text == "hello Ada" && m.Answers != nil && m.Answers.Text == "hello"
	})
	typed := make(chan chat.Typing, 1)
	go func() {
		for e := range atAda.Events() {
			if e, ok := e.(chat.Typing); ok {
				typed <- e
				return
			}
		}
	}()
	until(t, "typing", func() bool { // it yields to what is said
		bob.SetTyping(id, true)
		return len(typed) > 0
	})
	if e := <-typed; e.Conversation != id || !e.Active || e.From.Name != "Bob" {
		t.Errorf("%+v", e)
	}
	atAda.Close()
	if err := ada.Edit(t.Context(), id, history1(t, ada, id).ID, "x"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("an edit: %v", err)
	}
	until(t, "both are found", func() bool { // once they are safe on the disk
		found, err := ada.Search(t.Context(), "hello", 10)
		return err == nil && len(found) == 2 && found[0].From.Name == "Bob"
	})

	// Away, and back.
	if err := bob.Close(); err != nil {
		t.Fatal(err)
	}
	send(t, ada, id, "are you there?")
	bob = reopenNode(t, profile, "Bob", 40072)
	if c, err := bob.Conversation(t.Context(), id); err != nil || c.Closed != "" {
		t.Errorf("after a start the room seems left: %+v, %v", c, err)
	}
	send(t, bob, id, "back")
	hasSaid(t, bob, id, "Ada: hello", "Bob: hello Ada delivered", "Ada: are you there?", "Bob: back delivered")
	hasSaid(t, ada, id, "Ada: hello delivered", "Bob: hello Ada", "Ada: are you there? delivered", "Bob: back")

	// Left, and joined again.
	atBob := bob.Subscribe()
	if err := bob.Leave(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	waitFor(t, atBob, "closed", func(e chat.ConversationChanged) bool {
		return e.Conversation.ID == id && e.Conversation.Closed != ""
	})
	if _, err := bob.Send(t.Context(), id, "x"); !errors.Is(err, chat.ErrUnknown) || len(said(t, bob, id)) != 4 {
		t.Errorf("after leaving: %v", err)
	}
	if err := bob.Join(t.Context(), id); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("joined without an address: %v", err)
	}
	joinRoom(t, bob, url)
	if c, err := bob.Conversation(t.Context(), id); err != nil || c.Closed != "" {
		t.Errorf("%+v, %v", c, err)
	}
}

// history1 returns the newest message.
func history1(t *testing.T, n *Node, id chat.ConversationID) chat.Message {
	t.Helper()
	page, err := n.History(t.Context(), id, Page{Limit: 1})
	if err != nil || len(page) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	return page[0]
}

// TestRoomRefuses: a message that the server does not take stays with the reason, and
// can be taken back.
func TestRoomRefuses(t *testing.T) {
	url := serveRooms(t) + "/#room"
	ada, bob := openNode(t, "Ada", 40079), openNode(t, "Bob", 40080)
	id := joinRoom(t, ada, url)
	joinRoom(t, bob, url)
	if _, err := ada.RoomCommand(t.Context(), id, "/mode +m"); err != nil {
		t.Fatal(err)
	}
	send(t, ada, id, "quiet, please")
	hasSaid(t, bob, id, "Ada: quiet, please") // so the mode is there
	m := send(t, bob, id, "but why?")
	hasSaid(t, bob, id, "Ada: quiet, please", "Bob: but why? refused")
	if last := history1(t, bob, id); !strings.Contains(last.Refusal, "Cannot send") {
		t.Errorf("%+v", last)
	}
	events := bob.Subscribe()
	if err := bob.Retract(t.Context(), id, m.ID); err != nil {
		t.Fatal(err)
	}
	changed := waitFor(t, events, "taken back", func(e chat.MessagesChanged) bool { return e.Messages[0].Retracted })
	if got := changed.Messages[0]; got.ID != m.ID || got.Text != "" || got.From.Name != "Bob" {
		t.Errorf("%+v", got)
	}
	if err := ada.Retract(t.Context(), id, history1(t, ada, id).ID); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("what the server has is taken back: %v", err)
	}
}

// TestRoomUnsent: what waits for a server that is away can be taken back, also by a
// program that was started just now.
func TestRoomUnsent(t *testing.T) {
	profile := t.TempDir()
	ada := reopenNode(t, profile, "Ada", 40082)
	var id chat.ConversationID
	t.Run("while there is a server", func(t *testing.T) { id = joinRoom(t, ada, serveRooms(t)+"/#room") })
	until(t, "the server is away", func() bool { return !ada.Rooms()[0].Connected })
	m := send(t, ada, id, "never mind")
	if err := ada.Close(); err != nil {
		t.Fatal(err)
	}
	ada = reopenNode(t, profile, "Ada", 40082)
	if err := ada.Retract(t.Context(), id, m.ID); err != nil {
		t.Fatal(err)
	}
	if got := history1(t, ada, id); !got.Retracted || got.Text != "" {
		t.Errorf("%+v", got)
	}
}

// TestRoomHistory: what was said before this device came is asked of the server, up
// to the beginning.
func TestRoomHistory(t *testing.T) {
	server := serveRooms(t)
	const count = 150
	conn, err := net.Dial("tcp", strings.TrimPrefix(server, "irc://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "NICK ada\r\nUSER ada 0 * :Ada\r\nJOIN #room\r\n")
	for range count {
		fmt.Fprint(conn, "PRIVMSG #room :text\r\n")
	}
	fmt.Fprint(conn, "PING end\r\n") // answered after all before
	for lines := bufio.NewScanner(conn); lines.Scan() && !strings.Contains(lines.Text(), "PONG"); {
	}
	bob := openNode(t, "Bob", 40074)
	id := joinRoom(t, bob, server+"/#room")
	until(t, "the newest page", func() bool { n, err := bob.Count(t.Context(), id); return err == nil && n > 0 })
	for range 2 {
		if got := len(history(t, bob, id)); got != count {
			t.Errorf("%d messages, want %d", got, count)
		}
	}
	if begins, ok := bob.roomBegins.Load(id); !ok || begins != oldest(t, bob, id) {
		t.Error("the server is asked again and again for what it does not have")
	}
}

func oldest(t *testing.T, n *Node, id chat.ConversationID) chat.Position {
	t.Helper()
	page, err := n.History(t.Context(), id, Page{Limit: 1000})
	if err != nil || len(page) == 0 {
		t.Fatal(err)
	}
	return page[0].Position
}

func TestRoomNames(t *testing.T) {
	one, two := serveRooms(t), serveRooms(t)
	n := openNode(t, "Ada", 40075)
	room := joinRoom(t, n, one+"/#room")
	other := joinRoom(t, n, two+"/#other")
	for to, want := range map[string]chat.ConversationID{
		"#room": room, "#ROOM": room, one + "/#room": room, one + "/room": room, strings.ToUpper(one) + "/#Room": room,
		two + "/#other": other, "#other": other,
	} {
		if id, err := n.Resolve(t.Context(), to); err != nil || id != want {
			t.Errorf("%s: %v", to, err)
		}
	}
	both := joinRoom(t, n, two+"/#room")
	for to, want := range map[string]error{"#room": chat.ErrAmbiguous, "#nothing": chat.ErrUnknown, one + "/#nothing": chat.ErrUnknown, "irc://": chat.ErrUnknown} {
		_, err := n.Resolve(t.Context(), to)
		var e *ResolveError
		if !errors.Is(err, want) || !errors.As(err, &e) || len(e.Candidates) < 2 {
			t.Errorf("%s: %v", to, err)
		}
	}
	if err := n.Leave(t.Context(), both); err != nil {
		t.Fatal(err)
	}
	if id, err := n.Resolve(t.Context(), "#room"); err != nil || id != room {
		t.Errorf("one is left: %v", err)
	}
	if err := n.Leave(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	if id, err := n.Resolve(t.Context(), "#room"); err != nil || id != room && id != both {
		t.Errorf("what was said in rooms that were left cannot be read: %v", err)
	}
	for address, want := range map[string]bool{
		"ircs://Host/#room": true, "ircs://host/room": true, "ircs://host:6697/#room": true, "ircs://host/": false,
		"irc://host/#room": false, "ircs://host:7000/#room": false,
	} {
		if isRoomAddress(address, "ircs", "ircs://host:6697/#room") != want {
			t.Errorf("%s: not %v", address, want)
		}
	}
	if !isRoomAddress("ircs://host/", "ircs", "ircs://host:6697") || !isRoomAddress("tcp+paired://host:1", "tcp+paired", "tcp+paired://host:1") {
		t.Error("a server's own address")
	}
}

func TestRoomCommands(t *testing.T) {
	server := serveRooms(t)
	n := openNode(t, "Ada", 40076)
	id := joinRoom(t, n, server+"/#room")
	help, err := n.RoomCommand(t.Context(), id, "/help")
	if err != nil || len(strings.Split(help, "\n")) != len(RoomCommands()) || !strings.Contains(help, "/"+RoomCommands()[0].Name) {
		t.Errorf("%q, %v", help, err)
	}
	if _, err := n.RoomCommand(t.Context(), id, "/topic A topic"); err != nil {
		t.Fatal(err)
	}
	until(t, "the topic", func() bool {
		text, err := n.RoomCommand(t.Context(), id, "/topic")
		return err == nil && text == "A topic"
	})
	for line, want := range map[string]error{"/nonsense": chat.ErrUnknown, "text": chat.ErrUnknown, "/kick": chat.ErrUnknown} {
		if _, err := n.RoomCommand(t.Context(), id, line); !errors.Is(err, want) {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := n.RoomCommand(t.Context(), chat.LobbyID, "/help"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("in the lobby: %v", err)
	}
	events := n.Subscribe()
	if _, err := n.RoomCommand(t.Context(), id, "/leave"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, events, "closed", func(e chat.ConversationChanged) bool {
		return e.Conversation.ID == id && e.Conversation.Closed != ""
	})
	if _, err := n.JoinRoom(t.Context(), "http://host/#room", RoomOptions{}); !errors.Is(err, chat.ErrUnknown) {
		t.Errorf("%v", err)
	}
	if err := n.TrustServer(t.Context(), id, "AA"); !errors.Is(err, chat.ErrUnknown) {
		t.Errorf("trust in a server that was left: %v", err)
	}
}
