package control_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

// next reads one event and fails the test if it has another name.
func next(t *testing.T, s *control.Stream, name string) control.Event {
	t.Helper()
	e, err := s.Next()
	if err != nil {
		t.Fatalf("waiting for %s: %v", name, err)
	}
	if e.Name != name {
		t.Fatalf("got %s, want %s", e.Line, name)
	}
	return e
}

var timeForm = regexp.MustCompile(`"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"`)

// TestStreamLines holds the lines of a stream to their documented form.
func TestStreamLines(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		bob := controltest.Bob()
		n.Put(bob)
		n.Put(chat.Peer{ID: controltest.ID("carol"), Name: "Carol", State: chat.Offline, Trust: chat.New})
		s, err := c.Events(testContext(t))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()

		ada, bobID := controltest.ID("Ada"), controltest.ID("bob")
		conversation := chat.DirectID(ada, bobID)
		bobLine := fmt.Sprintf(`{"event":"peer","time":T,"id":"%s","name":"Bob","state":"online","addresses":["10.77.0.2:47475"],"trust":"accepted"}`, bobID)
		expect := func(name, line string) control.Event {
			t.Helper()
			e := next(t, s, name)
			if got := timeForm.ReplaceAllString(string(e.Line), `"time":T`); got != line {
				t.Errorf("got  %s\nwant %s", got, line)
			}
			if d := time.Since(e.Time); d < 0 || d > patience {
				t.Errorf("%s at %v", name, e.Time)
			}
			return e
		}
		expect("ready", fmt.Sprintf(`{"event":"ready","time":T,"id":"%s","name":"Ada","link":"10.77.0.1:47475"}`, ada))
		expect("peer", bobLine) // who is offline is not told

		n.Put(bob)
		if e := expect("peer", bobLine); e.Body.(control.Peer).Name != "Bob" {
			t.Errorf("body is %+v", e.Body)
		}

		for i, m := range n.Receive(bob, "one", "two") { // one batch, a line for each
			at := fmt.Sprintf("2026-01-02T03:%02d:00.000000000Z", 5+i)
			expect("message", fmt.Sprintf(
				`{"event":"message","time":T,"conversation":"%s","kind":"direct","id":"%s","from":{"id":"%s","name":"Bob"},"text":"%s","sent":"%s","received":"%s"}`,
				conversation, m.ID, bobID, m.Text, at, at))
		}

		n.HoldBack(true)
		sent, err := c.Send(testContext(t), conversation, "three")
		if err != nil {
			t.Fatal(err)
		}
		if e := next(t, s, "message"); !e.Body.(control.Message).Own() || e.Body.(control.Message).State != chat.Queued {
			t.Errorf("own message is %s", e.Line)
		}
		other := uuid.Must(uuid.NewV7())
		n.Move(bob, chat.Delivered, sent.ID, other)
		for _, id := range []chat.MessageID{sent.ID, other} {
			expect("state", fmt.Sprintf(`{"event":"state","time":T,"message":"%s","peer":"%s","state":"delivered"}`, id, bobID))
		}
		n.Emit(chat.StateChanged{Messages: []chat.MessageID{other}, State: chat.Sent})
		expect("state", fmt.Sprintf(`{"event":"state","time":T,"message":"%s","peer":"","state":"sent"}`, other))

		n.Emit(chat.ConversationChanged{Conversation: chat.Conversation{
			ID: conversation, Kind: chat.Plain, Title: "10.0.0.7:1", Address: netip.MustParseAddrPort("10.0.0.7:1"), Unread: 2, Draft: "d",
		}})
		expect("conversation", fmt.Sprintf(
			`{"event":"conversation","time":T,"id":"%s","kind":"plain","title":"10.0.0.7:1","address":"udp://10.0.0.7:1","unread":2,"draft":"d"}`, conversation))
		n.Emit(chat.InterfacesChanged{Interfaces: []chat.Interface{{Name: "eth0"}}})
		expect("network", `{"event":"network","time":T,"interfaces":[{"name":"eth0","addresses":[],"loopback":false}]}`)
		first, author := n.Receive(bob, "four")[0], fmt.Sprintf(`{"id":"%s","name":"Bob"}`, bobID)
		next(t, s, "message")
		n.EditOf(conversation, first.ID, "five")
		if e := expect("changed", fmt.Sprintf(
			`{"event":"changed","time":T,"conversation":"%s","kind":"direct","id":"%s","from":%s,"text":"five","sent":"2026-01-02T03:08:00.000000000Z","received":"2026-01-02T03:08:00.000000000Z","edited":"2026-01-02T03:09:00.000000000Z"}`,
			conversation, first.ID, author)); e.Body.(control.Message).Text != "five" {
			t.Errorf("body is %+v", e.Body)
		}
		n.Emit(chat.MessagesGone{Conversation: conversation, Before: first.Position})
		if e := expect("gone", fmt.Sprintf(`{"event":"gone","time":T,"conversation":"%s","before":"%s"}`, conversation, text(first.Position))); e.Body.(control.Gone).Before != first.Position {
			t.Errorf("body is %+v", e.Body)
		}
		n.Emit(chat.Typing{Conversation: conversation, From: chat.Author{Device: bobID, Name: "Bob"}, Active: true})
		if e := expect("typing", fmt.Sprintf(`{"event":"typing","time":T,"conversation":"%s","from":%s,"active":true}`, conversation, author)); !e.Body.(control.Typing).Active {
			t.Errorf("body is %+v", e.Body)
		}
		n.Share("10.77.0.9")
		if e := expect("identity", `{"event":"identity","time":T,"address":"10.77.0.9"}`); e.Body.(control.Identity).Address != "10.77.0.9" {
			t.Errorf("body is %+v", e.Body)
		}
		n.Emit(chat.ConversationChanged{Conversation: chat.Conversation{
			ID: conversation, Kind: chat.Group, Title: "Lunch", Members: 3, Muted: true, Closed: "You left.", Request: true, Mentioned: true,
		}})
		expect("conversation", fmt.Sprintf(
			`{"event":"conversation","time":T,"id":"%s","kind":"group","title":"Lunch","unread":0,"members":3,"muted":true,"closed":"You left.","request":true,"mentioned":true}`, conversation))
		n.Emit(chat.Notice{Text: "The disk is full."})
		expect("notice", `{"event":"notice","time":T,"text":"The disk is full."}`)
		n.Emit(chat.Lagged{})
		expect("lagged", `{"event":"lagged","time":T}`)
	})
}

func text(p chat.Position) string {
	digits, _ := p.MarshalText() // has no error to return
	return string(digits)
}

// TestHostileLine finds that a text cannot end its line or begin another.
func TestHostileLine(t *testing.T) {
	n := controltest.New("Ada")
	c := control.Local(n)
	defer c.Close()
	eve := controltest.Bob()
	eve.Name = "Eve\n{\"event\":\"lagged\"}"
	s, err := c.Events(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	next(t, s, "ready")
	text := "a\r\n{\"event\":\"notice\",\"text\":\"x\"}\n\x00\u2028\xff"
	n.Receive(eve, text, "after")
	for _, want := range []string{strings.ToValidUTF8(text, "\ufffd"), "after"} {
		e := next(t, s, "message")
		if m := e.Body.(control.Message); m.Text != want || m.From.Name != eve.Name {
			t.Errorf("got %q from %q", m.Text, m.From.Name)
		}
	}
}

// TestSlowReader finds that a reader who stops reading holds up neither the
// node nor other readers, and is told that it missed something.
func TestSlowReader(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		slow, err := c.Events(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer slow.Close()
		next(t, slow, "ready")
		quick, err := c.Events(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer quick.Close()
		next(t, quick, "ready")

		bob := controltest.Bob()
		text := strings.Repeat("x", 4<<10)
		const messages = 1600 // past the backlog by some 2 MB, more than the socket holds
		for i := range messages {
			n.Receive(bob, fmt.Sprint(i, " ", text))
			if e := next(t, quick, "message"); !strings.HasPrefix(e.Body.(control.Message).Text, fmt.Sprint(i, " ")) {
				t.Fatalf("message %d is %.40s", i, e.Line)
			}
		}
		n.Receive(bob, "last")
		for got := 0; ; got++ {
			e, err := slow.Next()
			if err != nil {
				t.Fatal(err)
			}
			if e.Name == control.EventLagged {
				break
			}
			if got > messages {
				t.Fatal("everything came, nothing was dropped: the backlog has no bound")
			}
		}
		for {
			e, err := slow.Next()
			if err != nil {
				t.Fatal(err)
			}
			if m, ok := e.Body.(control.Message); ok && m.Text == "last" {
				break
			}
		}
	})
}

func TestStreamEnds(t *testing.T) {
	begin := func(t *testing.T, ctx context.Context, c *control.Client) *control.Stream {
		s, err := c.Events(ctx)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		next(t, s, "ready")
		return s
	}
	t.Run("with the reader", func(t *testing.T) {
		overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
			s := begin(t, testContext(t), c)
			done := make(chan error)
			go func() { _, err := s.Next(); done <- err }()
			s.Close()
			if err := <-done; err == nil {
				t.Error("Next returned an event")
			}
			for deadline := time.Now().Add(patience); n.Subscribers() > 0; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("the subscription stays open")
				}
			}
		})
	})
	t.Run("with the context", func(t *testing.T) {
		overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
			ctx, cancel := context.WithCancel(testContext(t))
			s := begin(t, ctx, c)
			cancel()
			if _, err := s.Next(); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("with the node", func(t *testing.T) {
		overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
			s := begin(t, testContext(t), c)
			n.Close()
			if _, err := s.Next(); err != io.EOF {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("with the server", func(t *testing.T) {
		server, c := overSocket(t, control.Config{Node: controltest.New("Ada")})
		s := begin(t, testContext(t), c)
		server.Close()
		if _, err := s.Next(); err != io.EOF {
			t.Errorf("got %v", err)
		}
	})
	t.Run("with the server, when nobody reads", func(t *testing.T) {
		profile := t.TempDir()
		n := controltest.New("Ada")
		var log bytes.Buffer
		server, _ := overSocket(t, control.Config{Node: n, Profile: profile, Log: slog.New(slog.NewTextHandler(&log, nil))})
		conn, err := net.Dial("unix", socketOf(profile))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "GET /v1/events HTTP/1.1\r\nHost: parlance\r\n\r\n")
		for n.Subscribers() == 0 {
			time.Sleep(time.Millisecond)
		}
		for range 500 {
			n.Receive(controltest.Bob(), strings.Repeat("x", 4096))
		}
		server.Close() // waits for the stream that is stuck in a write
		if n.Subscribers() != 0 {
			t.Error("the stream outlived the server")
		}
		if log.Len() > 0 {
			t.Errorf("Close had to use force: %s", &log)
		}
	})
}

// TestCallsFinishOnClose finds that Close lets a call end that it finds under
// way.
func TestCallsFinishOnClose(t *testing.T) {
	n := &slowNode{Node: controltest.New("Ada"), entered: make(chan bool), leave: make(chan bool)}
	server, c := overSocket(t, control.Config{Node: n})
	answer := make(chan error)
	go func() { _, err := c.Conversations(testContext(t)); answer <- err }()
	<-n.entered
	closed := make(chan error)
	go func() { closed <- server.Close() }()
	for { // until Close has begun
		if _, err := c.Self(testContext(t)); errors.Is(err, control.ErrNotRunning) {
			break
		}
	}
	close(n.leave)
	if err := <-answer; err != nil {
		t.Errorf("the call failed: %v", err)
	}
	<-closed
}

type slowNode struct {
	*controltest.Node
	entered, leave chan bool
}

func (n *slowNode) Conversations(ctx context.Context) ([]chat.Conversation, error) {
	n.entered <- true
	<-n.leave
	return n.Node.Conversations(ctx)
}

// TestStuckCallOnClose finds that a call which does not end is ended, and waited
// for, so that the node may be closed.
func TestStuckCallOnClose(t *testing.T) {
	t.Parallel()
	n := &stuckNode{Node: controltest.New("Ada"), entered: make(chan bool)}
	server, c := overSocket(t, control.Config{Node: n})
	answer := make(chan error)
	go func() { _, err := c.Conversations(testContext(t)); answer <- err }()
	<-n.entered
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if !n.left.Load() {
		t.Error("the call outlived the server")
	}
	if err := <-answer; err == nil {
		t.Error("the call was answered")
	}
}

type stuckNode struct {
	*controltest.Node
	entered chan bool
	left    atomic.Bool
}

func (n *stuckNode) Conversations(ctx context.Context) ([]chat.Conversation, error) {
	n.entered <- true
	<-ctx.Done()
	time.Sleep(50 * time.Millisecond) // to be overtaken by a Close that does not wait
	n.left.Store(true)
	return nil, ctx.Err()
}
