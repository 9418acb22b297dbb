package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Client asks a Server. Its methods may be used at the same time. Errors that
// the server answers with are *Error; when nobody answers they wrap
// ErrNotRunning, and nothing has happened.
type Client struct {
	http   *http.Client
	server *Server // of Local
}

// Dial returns a client of the program that has the profile open. It fails
// with ErrNotRunning if there is none.
func Dial(profile string) (*Client, error) {
	conn, err := dial(context.Background(), profile)
	if err != nil {
		return nil, err
	}
	conn.Close()
	return newClient(func(ctx context.Context) (net.Conn, error) { return dial(ctx, profile) }), nil
}

// Local returns a client of a node in this process. Close ends it, not the
// node.
func Local(node Node) *Client {
	l := newPipeListener()
	c := newClient(l.dial)
	c.server = newServer(Config{Node: node})
	c.server.serve(l)
	return c
}

func newClient(dial func(context.Context) (net.Conn, error)) *Client {
	return &Client{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := dial(ctx)
			if err != nil {
				return nil, err
			}
			return &countedConn{Conn: conn}, nil
		},
		// A connection for each call: when the server goes, a call either
		// reached it or failed with ErrNotRunning, and is never sent twice.
		DisableKeepAlives: true,
	}}}
}

// countedConn knows how much was asked: nothing, if nothing was written.
type countedConn struct {
	net.Conn
	written atomic.Int64
}

// Write implements net.Conn.
func (c *countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.written.Add(int64(n))
	return n, err
}

// Close ends the client; streams are ended by their own Close. It is
// idempotent.
func (c *Client) Close() error {
	if c.server != nil {
		return c.server.Close()
	}
	return nil
}

// Self returns this device.
func (c *Client) Self(ctx context.Context) (Self, error) {
	return get[Self](ctx, c, "/v1/self", nil)
}

// SetName changes this device's name.
func (c *Client) SetName(ctx context.Context, name string) (Self, error) {
	return post[Self](ctx, c, "/v1/name", map[string]any{"name": name})
}

// Interfaces returns what the network looks like now.
func (c *Client) Interfaces(ctx context.Context) ([]Interface, error) {
	out, err := get[Network](ctx, c, "/v1/interfaces", nil)
	return out.Interfaces, err
}

// Peers returns the peers, sorted by name.
func (c *Client) Peers(ctx context.Context) ([]PeerDetails, error) {
	out, err := get[peerList](ctx, c, "/v1/peers", nil)
	return out.Peers, err
}

// Conversations returns the conversations, the latest first.
func (c *Client) Conversations(ctx context.Context) ([]Conversation, error) {
	out, err := get[conversationList](ctx, c, "/v1/conversations", nil)
	return out.Conversations, err
}

// Resolve returns the conversation that to stands for.
func (c *Client) Resolve(ctx context.Context, to string) (Conversation, error) {
	return get[Conversation](ctx, c, "/v1/resolve", url.Values{"to": {to}})
}

// History returns a page of at most MaxPage messages, oldest first.
func (c *Client) History(ctx context.Context, id chat.ConversationID, page netcore.Page) ([]Placed, error) {
	query := url.Values{"conversation": {id.String()}}
	if page.Limit > 0 {
		query.Set("limit", strconv.Itoa(page.Limit))
	}
	for name, p := range map[string]chat.Position{"before": page.Before, "after": page.After} {
		if !p.IsZero() {
			text, _ := p.MarshalText() // has no error to return
			query.Set(name, string(text))
		}
	}
	out, err := get[messageList](ctx, c, "/v1/history", query)
	return out.Messages, err
}

// Search returns at most MaxPage messages with the words, newest first.
func (c *Client) Search(ctx context.Context, words string, limit int) ([]Placed, error) {
	out, err := get[messageList](ctx, c, "/v1/search", url.Values{"words": {words}, "limit": {strconv.Itoa(limit)}})
	return out.Messages, err
}

// MarkSeen clears a conversation's unread count.
func (c *Client) MarkSeen(ctx context.Context, id chat.ConversationID) error {
	_, err := post[nothing](ctx, c, "/v1/seen", map[string]any{"conversation": id})
	return err
}

// SetTrust says what the user thinks of a peer: its name, or the beginning of
// its ID or name.
func (c *Client) SetTrust(ctx context.Context, peer string, trust chat.Trust) (PeerDetails, error) {
	return post[PeerDetails](ctx, c, "/v1/trust", map[string]any{"peer": peer, "trust": trust})
}

// Connect reaches a device on another subnet.
func (c *Client) Connect(ctx context.Context, address string) (PeerDetails, error) {
	return post[PeerDetails](ctx, c, "/v1/connect", map[string]any{"address": address})
}

// DoctorFor has it examined why a person is missing: a name, the beginning of
// an ID, or an address host[:port].
func (c *Client) DoctorFor(ctx context.Context, who string) (Report, error) {
	return get[Report](ctx, c, "/v1/doctor", url.Values{"about": {who}})
}

// Doctor has the network examined.
func (c *Client) Doctor(ctx context.Context) (Report, error) {
	return get[Report](ctx, c, "/v1/doctor", nil)
}

// Show brings the app's window to the front.
func (c *Client) Show(ctx context.Context) error {
	_, err := post[nothing](ctx, c, "/v1/show", nothing{})
	return err
}

// Events begins a stream, which lasts until its Close, the end of ctx or that
// of the server.
func (c *Client) Events(ctx context.Context) (*Stream, error) {
	body, err := c.do(ctx, http.MethodGet, eventsPath, nil)
	if err != nil {
		return nil, err
	}
	return &Stream{body: body, lines: bufio.NewReader(body)}, nil
}

// Stream is a stream of events.
type Stream struct {
	body  io.ReadCloser
	lines *bufio.Reader
}

// Next returns the next event, io.EOF when the server ended the stream, and
// the error of the context that ended it.
func (s *Stream) Next() (Event, error) {
	line, err := s.lines.ReadBytes('\n')
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF // the server was killed
	}
	if err != nil { // a line without its end is no event
		return Event{}, err
	}
	return parseEvent(line[:len(line)-1])
}

// Close ends the stream; a Next that waits returns. It is idempotent.
func (s *Stream) Close() error { return s.body.Close() }

func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return ask[T](ctx, c, http.MethodGet, path, nil)
}

func post[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	var body bytes.Buffer
	if err := newEncoder(&body).Encode(in); err != nil {
		return *new(T), fmt.Errorf("encode request: %w", err)
	}
	return ask[T](ctx, c, http.MethodPost, path, body.Bytes())
}

func ask[T any](ctx context.Context, c *Client, method, path string, in []byte) (T, error) {
	var out T
	body, err := c.do(ctx, method, path, in)
	if err != nil {
		return out, err
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(&out); err != nil {
		return out, fmt.Errorf("read the answer to %s: %w", path, err)
	}
	return out, nil
}

// do returns the body of the answer, or the error that the answer is.
func (c *Client) do(ctx context.Context, method, path string, in []byte) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://parlance"+path, bytes.NewReader(in))
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", path, err)
	}
	var conn *countedConn
	request = request.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(got httptrace.GotConnInfo) { conn = got.Conn.(*countedConn) },
	}))
	answer, err := c.http.Do(request)
	if err != nil {
		// url.Error would name an address that does not exist.
		if outer := (*url.Error)(nil); errors.As(err, &outer) {
			err = outer.Err
		}
		if conn != nil && conn.written.Load() == 0 && ctx.Err() == nil {
			// The socket went away between connecting and asking.
			err = fmt.Errorf("%w: %w", ErrNotRunning, err)
		}
		return nil, err
	}
	if answer.StatusCode == http.StatusOK {
		return answer.Body, nil
	}
	defer answer.Body.Close()
	out := &Error{}
	if err := json.NewDecoder(answer.Body).Decode(out); err != nil || out.Message == "" {
		return nil, fmt.Errorf("%s was answered with %s", path, answer.Status)
	}
	return nil, out
}
