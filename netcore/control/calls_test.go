package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

func TestSelf(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		self, err := c.Self(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if self.ID != controltest.ID("Ada") || self.Name != "Ada" || !self.Named || len(self.Addresses) != 2 {
			t.Errorf("self is %+v", self)
		}
		if self.Link != "10.77.0.1:47475" {
			t.Errorf("link is %q: loopback is nobody else's", self.Link)
		}
		if since := time.Since(self.Since.Time); since < 0 || since > patience {
			t.Errorf("since %v", self.Since)
		}
		if self, err = c.SetName(ctx, "Ada L."); err != nil || self.Name != "Ada L." {
			t.Errorf("after SetName: %+v, %v", self, err)
		}
		if _, err = c.SetName(ctx, ""); !errors.Is(err, chat.ErrText) {
			t.Errorf("empty name: %v", err)
		}
	})
}

func TestInterfaces(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		got, err := c.Interfaces(testContext(t))
		if err != nil || len(got) != 2 || !got[0].Loopback || got[1].Name != "eth0" || got[1].Addresses[0].String() != "10.77.0.1/24" {
			t.Errorf("interfaces: %+v, %v", got, err)
		}
	})
}

func TestPeers(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		if peers, err := c.Peers(ctx); err != nil || len(peers) != 0 {
			t.Fatalf("alone: %+v, %v", peers, err)
		}
		n.Put(controltest.Bob())
		peers, err := c.Peers(ctx)
		if err != nil || len(peers) != 1 {
			t.Fatalf("peers: %+v, %v", peers, err)
		}
		if p := peers[0]; p.Name != "Bob" || p.State != chat.Online || !p.Linked || p.Ways[0] != "multicast eth0" || p.Trust != chat.Accepted {
			t.Errorf("peer is %+v", p)
		}
	})
}

func TestSendAndHistory(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		n.Put(controltest.Bob())
		bob, err := c.Resolve(ctx, "bob")
		if err != nil || bob.Title != "Bob" || bob.Kind != chat.Direct || bob.Peer != controltest.ID("bob").String() {
			t.Fatalf("resolve: %+v, %v", bob, err)
		}
		for i := range 5 {
			m, err := c.Send(ctx, bob.ID, fmt.Sprintf("<message> & %d\nsecond line", i))
			if err != nil || !m.Own() || m.From.Name != "Ada" || m.Position.IsZero() {
				t.Fatalf("send: %+v, %v", m, err)
			}
		}
		texts := func(page netcore.Page) (out []string, all []control.Placed) {
			t.Helper()
			all, err := c.History(ctx, bob.ID, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range all {
				out = append(out, strings.TrimPrefix(strings.TrimSuffix(m.Text, "\nsecond line"), "<message> & "))
			}
			return out, all
		}
		got, page := texts(netcore.Page{Limit: 2})
		if fmt.Sprint(got) != "[3 4]" || page[0].State != chat.Delivered {
			t.Errorf("newest: %v", got)
		}
		if got, _ = texts(netcore.Page{Before: page[0].Position, Limit: 2}); fmt.Sprint(got) != "[1 2]" {
			t.Errorf("before: %v", got)
		}
		if got, page = texts(netcore.Page{After: control.Beginning, Limit: 3}); fmt.Sprint(got) != "[0 1 2]" {
			t.Errorf("from the beginning: %v", got)
		}
		if got, _ = texts(netcore.Page{After: page[2].Position}); fmt.Sprint(got) != "[3 4]" {
			t.Errorf("after: %v", got)
		}
		found, err := c.Search(ctx, "& 3", 10)
		if err != nil || len(found) != 1 || found[0].Conversation != bob.ID {
			t.Errorf("search: %+v, %v", found, err)
		}
	})
}

func TestConversationsAndSeen(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		id := n.Put(controltest.Bob())
		n.Receive(controltest.Bob(), "one", "two")
		list, err := c.Conversations(ctx)
		if err != nil || len(list) != 2 || list[1].ID != chat.LobbyID || list[0].Unread != 2 || list[0].Last.Text != "two" || list[0].Last.Own() {
			t.Fatalf("conversations: %+v, %v", list, err)
		}
		if err := c.MarkSeen(ctx, id); err != nil {
			t.Fatal(err)
		}
		if list, err = c.Conversations(ctx); err != nil || list[0].Unread != 0 {
			t.Errorf("after MarkSeen: %+v, %v", list, err)
		}
	})
}

func TestTrustConnectDoctor(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		n.Put(controltest.Bob())
		for _, trust := range []chat.Trust{chat.Verified, chat.Blocked, chat.Accepted} {
			if p, err := c.SetTrust(ctx, "Bob", trust); err != nil || p.Trust != trust || n.Peers()[0].Trust != trust {
				t.Errorf("trust %s: %+v, %v", trust, p, err)
			}
		}
		if _, err := c.SetTrust(ctx, "Bob", chat.Changed); err == nil || n.Peers()[0].Trust != chat.Accepted {
			t.Errorf("trust that no user gives: %v", err)
		}
		if _, err := c.SetTrust(ctx, "udp://10.0.0.7:12345", chat.Blocked); !errors.Is(err, chat.ErrUnknown) {
			t.Errorf("trust in an address: %v", err)
		}
		if p, err := c.Connect(ctx, "10.9.0.1"); err != nil || p.Name != "10.9.0.1" {
			t.Errorf("connect: %+v, %v", p, err)
		}
		if r, err := c.Doctor(ctx); err != nil || r.Sentence != "All is well." || r.Findings[0].Topic != "cards" {
			t.Errorf("doctor: %+v, %v", r, err)
		}
	})
}

// TestBadText finds texts refused before they are changed or sent.
func TestBadText(t *testing.T) {
	n := controltest.New("Ada")
	id := n.Put(controltest.Bob())
	c := control.Local(n)
	defer c.Close()
	for _, text := range []string{"", " \n ", "\xff", strings.Repeat("x", chat.MaxText+1)} {
		if m, err := c.Send(testContext(t), id, text); !errors.Is(err, chat.ErrText) {
			t.Errorf("%.10q: %+v, %v", text, m, err)
		}
	}
}

// TestLargestText finds that the longest text fits into a request, however JSON
// writes it.
func TestLargestText(t *testing.T) {
	n := controltest.New("Ada")
	id := n.Put(controltest.Bob())
	c := control.Local(n)
	defer c.Close()
	if _, err := c.Send(testContext(t), id, "x"+strings.Repeat("\x01", chat.MaxText-1)); err != nil {
		t.Error(err)
	}
}

func TestShow(t *testing.T) {
	shown := 0
	_, c := overSocket(t, control.Config{Node: controltest.New("Ada"), Show: func() { shown++ }})
	if err := c.Show(testContext(t)); err != nil || shown != 1 {
		t.Errorf("shown %d times, %v", shown, err)
	}
	_, c = overSocket(t, control.Config{Node: controltest.New("Ada")})
	var e *control.Error
	if err := c.Show(testContext(t)); !errors.As(err, &e) || e.Kind != control.KindCall {
		t.Errorf("without a window: %v", err)
	}
}

// TestErrors sees each kind of error come out as it went in.
func TestErrors(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		bob, bobby := controltest.Bob(), controltest.Bob()
		bobby.ID = controltest.ID("bobby")
		n.Put(bob)
		eve := chat.Peer{ID: controltest.ID("eve"), Name: "Eve", Trust: chat.Blocked}
		blocked := n.Put(eve)
		known := chat.DirectID(controltest.ID("Ada"), bob.ID)

		tests := []struct {
			name       string
			call       func() error
			is         error
			kind       string
			candidates int
		}{
			{"unknown name", func() error { _, err := c.Resolve(ctx, "carol"); return err }, chat.ErrUnknown, "unknown", 2},
			{"ambiguous name", func() error {
				n.Put(bobby)
				_, err := c.Resolve(ctx, "Bob")
				return err
			}, chat.ErrAmbiguous, "ambiguous", 2},
			{"unknown conversation", func() error { _, err := c.Send(ctx, chat.ConversationID{1}, "hi"); return err }, chat.ErrUnknown, "unknown", 0},
			{"refused", func() error { _, err := c.Send(ctx, blocked, "hi"); return err }, chat.ErrRefused, "refused", 0},
			{"no name to take", func() error { _, err := c.SetName(ctx, ""); return err }, chat.ErrText, "text", 0},
			{"no name", func() error { _, err := c.Resolve(ctx, ""); return err }, nil, "request", 0},
			{"no words", func() error { _, err := c.Search(ctx, "", 1); return err }, nil, "request", 0},
			{"no address", func() error { _, err := c.Connect(ctx, ""); return err }, nil, "request", 0},
			{"no peer", func() error { _, err := c.SetTrust(ctx, "", chat.Verified); return err }, nil, "request", 0},
			{"disk full", func() error {
				n.Fail("Send", errors.New("no space left on device"))
				_, err := c.Send(ctx, known, "hi")
				return err
			}, nil, "failed", 0},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				err := tt.call()
				var e *control.Error
				if !errors.As(err, &e) {
					t.Fatalf("got %v", err)
				}
				if e.Kind != tt.kind || len(e.Candidates) != tt.candidates {
					t.Errorf("got %+v", e)
				}
				for _, sentinel := range []error{chat.ErrUnknown, chat.ErrAmbiguous, chat.ErrRefused, chat.ErrText} {
					if errors.Is(err, sentinel) != (sentinel == tt.is) {
						t.Errorf("errors.Is(%v, %v) is %v", err, sentinel, errors.Is(err, sentinel))
					}
				}
			})
		}
	})
}

// TestRequests asks by hand what Client never would.
func TestRequests(t *testing.T) {
	const bound = chat.MaxControlRequest
	n := controltest.New("Ada")
	n.Put(controltest.Bob())
	h := control.Handler(control.Config{Node: n})
	tests := []struct {
		name, method, url, body string
		status                  int
		contains                string
	}{
		{"unknown fields are ignored", "POST", "/v1/send", `{"to":"Bob","text":"hi","later":{"x":[1]}}`, 200, `"text":"hi"`},
		{"unknown parameters are ignored", "GET", "/v1/peers?later=1", "", 200, `"name":"Bob"`},
		{"by name", "GET", "/v1/history?to=Bob", "", 200, `"messages":[{`},
		{"markup stays readable", "POST", "/v1/send", `{"to":"Bob","text":"<b>&"}`, 200, `"text":"<b>&"`},
		{"empty lists are lists", "GET", "/v1/search?words=nowhere", "", 200, `"messages":[]`},
		{"largest request", "POST", "/v1/name", `{"name":"` + strings.Repeat("x", bound-len(`{"name":""}`)) + `"}`, 200, `"name"`},
		{"one byte more", "POST", "/v1/name", `{"name":"` + strings.Repeat("x", bound+1-len(`{"name":""}`)) + `"}`, 413, `"kind":"large"`},
		{"unknown call", "GET", "/v1/nowhere", "", 404, `"kind":"call"`},
		{"unknown version", "GET", "/v2/self", "", 404, `"kind":"call"`},
		{"untidy path", "GET", "//v1/../v1/self", "", 404, `"kind":"call"`},
		{"question as a change", "POST", "/v1/peers", `{}`, 400, `"kind":"request"`},
		{"change as a question", "GET", "/v1/send", "", 400, `"kind":"request"`},
		{"other method", "DELETE", "/v1/self", "", 400, `"kind":"request"`},
		{"stream as a change", "POST", "/v1/events", "", 400, `"kind":"request"`},
		{"no body", "POST", "/v1/send", "", 400, `"kind":"request"`},
		{"not JSON", "POST", "/v1/send", "hello", 400, `"kind":"request"`},
		{"two values", "POST", "/v1/send", `{"to":"Bob","text":"hi"}{}`, 400, `"kind":"request"`},
		{"an array", "POST", "/v1/send", `[]`, 400, `"kind":"request"`},
		{"null", "POST", "/v1/send", `null`, 400, `"kind":"request"`},
		{"wrong type", "POST", "/v1/send", `{"to":1}`, 400, `"kind":"request"`},
		{"bad UTF-8", "POST", "/v1/send", "{\"to\":\"Bob\",\"text\":\"\xff\"}", 400, `UTF-8`},
		{"bad conversation", "POST", "/v1/send", `{"conversation":"x","text":"hi"}`, 404, `"kind":"unknown"`},
		{"no conversation", "GET", "/v1/history", "", 400, `"kind":"request"`},
		{"limit is no number", "GET", "/v1/history?to=Bob&limit=many", "", 400, `"kind":"request"`},
		{"limit of nothing", "GET", "/v1/history?to=Bob&limit=0", "", 400, `"kind":"request"`},
		{"limit past the bound", "GET", "/v1/history?to=Bob&limit=999999999", "", 200, `"messages":[`},
		{"bad position", "GET", "/v1/history?to=Bob&before=x", "", 400, `"kind":"request"`},
		{"two positions", "GET", "/v1/history?to=Bob&before=" + position(1) + "&after=" + position(2), "", 400, `"kind":"request"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(tt.method, "http://parlance"+tt.url, strings.NewReader(tt.body)))
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.contains) {
				t.Errorf("got %d %.200s", w.Code, w.Body)
			}
			if !json.Valid(w.Body.Bytes()) || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("answer is no JSON: %.200s", w.Body)
			}
		})
	}
}

func position(n byte) string {
	text, _ := chat.Position{n}.MarshalText()
	return string(text)
}

// TestPageIsBounded finds that no call returns more than MaxPage messages.
func TestPageIsBounded(t *testing.T) {
	n := controltest.New("Ada")
	id := n.Put(controltest.Bob())
	n.Receive(controltest.Bob(), make([]string, control.MaxPage+1)...)
	c := control.Local(n)
	defer c.Close()
	page, err := c.History(testContext(t), id, netcore.Page{Limit: 10 * control.MaxPage})
	if err != nil || len(page) != control.MaxPage {
		t.Errorf("%d messages, %v", len(page), err)
	}
}

// TestWildTime finds that a time no calendar has spoils no answer.
func TestWildTime(t *testing.T) {
	for _, at := range []time.Time{time.UnixMilli(1 << 62), time.UnixMilli(-1 << 62), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), {}} {
		text, err := json.Marshal(control.Time{Time: at})
		if err != nil {
			t.Errorf("%v: %v", at, err)
		}
		var back control.Time
		if err := json.Unmarshal(text, &back); err != nil {
			t.Errorf("%s does not come back: %v", text, err)
		}
	}
}

func TestCancelledCall(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx, cancel := context.WithCancel(testContext(t))
		cancel()
		if _, err := c.Self(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// FuzzControlRequest finds that whatever is asked is answered, with JSON, and
// with an error that says something when it is one.
func FuzzControlRequest(f *testing.F) {
	for _, path := range []string{"self", "name", "interfaces", "peers", "conversations", "resolve?to=Bob", "history?to=Bob&limit=3",
		"history?conversation=x&before=" + position(1), "search?words=x", "send", "seen", "trust", "connect", "doctor", "show", "events", "nowhere",
		"reply", "edit", "retract", "react", "message?message=x", "receipts?to=Bob&message=x", "revisions", "typing", "group", "group/add",
		"group/remove", "group/rename", "members?to=Lunch", "leave", "join", "mute", "readmarks", "doctor?about=Bob"} {
		f.Add("GET", "/v1/"+path, []byte(nil))
		f.Add("POST", "/v1/"+path, []byte(`{"to":"Bob","text":"hi","name":"x","peer":"Bob","trust":"verified","address":"::1",`+
			`"peers":["Bob"],"members":["Bob"],"muted":true,"on":true,"active":true,"message":"01997f3a-1b2c-7000-8000-000000000000"}`))
	}
	f.Add("POST", "/v1/send", []byte(`{"conversation":"`+strings.Repeat("a", 52)+`","text":"\ud800"}`))
	f.Add("BREW", "//", []byte{0xff})
	f.Fuzz(func(t *testing.T, method, target string, body []byte) {
		path, query, _ := strings.Cut(target, "?")
		r := &http.Request{Method: method, Header: http.Header{}, Body: http.NoBody}
		r = r.WithContext(t.Context())
		r.URL = httptest.NewRequest("GET", "/", nil).URL
		r.URL.Path, r.URL.RawQuery = path, query
		r.Body = httptest.NewRequest("POST", "/", bytes.NewReader(body)).Body

		n := controltest.New("Ada")
		n.Put(controltest.Bob())
		n.Receive(controltest.Bob(), "hello")
		n.Found("Lunch", false, controltest.Bob())
		n.Close() // so that a stream ends
		w := httptest.NewRecorder()
		control.Handler(control.Config{Node: n, Show: func() {}}).ServeHTTP(w, r)

		if path == "/v1/events" && w.Code == http.StatusOK {
			for line := range strings.Lines(w.Body.String()) {
				if !json.Valid([]byte(line)) {
					t.Errorf("line %q is no JSON", line)
				}
			}
			return
		}
		var answer map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("answer %q: %v", w.Body, err)
		}
		if w.Code != http.StatusOK && (answer["error"] == "" || answer["kind"] == "") {
			t.Errorf("%d says nothing: %s", w.Code, w.Body)
		}
	})
}
