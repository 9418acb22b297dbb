package control_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

// carol and dan are peers beside Bob.
var (
	carol = chat.Peer{ID: controltest.ID("carol"), Name: "Carol", State: chat.Offline, Trust: chat.Accepted}
	dan   = chat.Peer{ID: controltest.ID("dan"), Name: "Dan", State: chat.Online, Trust: chat.New}
)

func TestGroups(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		n.Put(controltest.Bob())
		n.Put(carol)
		n.Put(dan)
		group, err := c.CreateGroup(ctx, "Lunch", []string{"bob", carol.ID.Short()})
		if err != nil || group.Title != "Lunch" || group.Kind != chat.Group || group.Members != 3 {
			t.Fatalf("create: %+v, %v", group, err)
		}
		if list, err := c.Conversations(ctx); err != nil || len(list) != 2 {
			t.Errorf("naming members began conversations with them: %+v, %v", list, err)
		}
		if group, err = c.AddMembers(ctx, group.ID, []string{"Da"}); err != nil || group.Members != 4 {
			t.Errorf("add: %+v, %v", group, err)
		}
		if group, err = c.RemoveMembers(ctx, group.ID, []string{"Bob", "carol"}); err != nil || group.Members != 2 {
			t.Errorf("remove: %+v, %v", group, err)
		}
		if group, err = c.RenameGroup(ctx, group.ID, "Dinner"); err != nil || group.Title != "Dinner" {
			t.Errorf("rename: %+v, %v", group, err)
		}
		members, err := c.Members(ctx, group.ID)
		if err != nil || len(members) != 2 {
			t.Fatalf("members: %+v, %v", members, err)
		}
		if m := members[0]; !m.Self || m.Name != "Ada" || m.State != "" || m.Trust != "" || m.Since.IsZero() || m.Removable {
			t.Errorf("self is %+v", m)
		}
		if m := members[1]; m.Self || m.ID != dan.ID || m.Name != "Dan" || m.State != chat.Online || m.Trust != chat.New || !m.Removable {
			t.Errorf("Dan is %+v", m)
		}
		if group, err = c.SetMuted(ctx, group.ID, true); err != nil || !group.Muted {
			t.Errorf("mute: %+v, %v", group, err)
		}
		if group, err = c.SetMuted(ctx, group.ID, false); err != nil || group.Muted {
			t.Errorf("unmute: %+v, %v", group, err)
		}
		if err := c.Leave(ctx, group.ID); err != nil {
			t.Fatal(err)
		}
		if group, err = c.Resolve(ctx, "dinner"); err != nil || group.Closed == "" || group.Members != 1 {
			t.Errorf("left: %+v, %v", group, err)
		}
		var changes []string
		page, err := c.History(ctx, group.ID, netcore.Page{Limit: 10})
		for _, m := range page {
			changes = append(changes, fmt.Sprintf("%s %s %d", m.Change.Kind, m.Change.Name, len(m.Change.Who)))
		}
		if got := strings.Join(changes, ", "); err != nil || got != "founded Lunch 2, added  1, removed  2, renamed Dinner 0, left  0" {
			t.Errorf("changes: %s, %v", got, err)
		}
	})
}

func TestRequestAndLobby(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		n.Put(dan)
		id := n.Found("Party", true, dan)
		if group, err := c.Resolve(ctx, "Party"); err != nil || !group.Request {
			t.Errorf("request: %+v, %v", group, err)
		}
		if group, err := c.Join(ctx, id); err != nil || group.Request {
			t.Errorf("joined: %+v, %v", group, err)
		}
		lobby, err := c.Resolve(ctx, "lobby")
		if err != nil || lobby.ID != chat.LobbyID || lobby.Kind != chat.Lobby {
			t.Fatalf("lobby: %+v, %v", lobby, err)
		}
		if members, err := c.Members(ctx, lobby.ID); err != nil || len(members) != 2 || !members[1].Since.IsZero() {
			t.Errorf("in the lobby: %+v, %v", members, err)
		}
		n.ReceiveIn(lobby.ID, dan, "@Ada: hello")
		if lobby, err = c.Resolve(ctx, "lobby"); err != nil || !lobby.Mentioned || !lobby.Last.Mentioned {
			t.Errorf("mentioned: %+v, %v", lobby, err)
		}
		if err := c.Leave(ctx, lobby.ID); err != nil {
			t.Fatal(err)
		}
		if lobby, err = c.Resolve(ctx, "lobby"); err != nil || lobby.Closed == "" {
			t.Errorf("left: %+v, %v", lobby, err)
		}
		if lobby, err = c.Join(ctx, lobby.ID); err != nil || lobby.Closed != "" {
			t.Errorf("back: %+v, %v", lobby, err)
		}
	})
}

func TestReadMarksAndDoctorFor(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		for _, on := range []bool{true, false, true} {
			if err := c.SetReadMarks(ctx, on); err != nil {
				t.Fatal(err)
			}
			if got, err := c.ReadMarks(ctx); err != nil || got != on || n.ReadMarks() != on {
				t.Errorf("read marks are %v, want %v, %v", got, on, err)
			}
		}
		if r, err := c.DoctorFor(ctx, "Bob & Co"); err != nil || len(r.Findings) != 2 || r.Findings[1].Topic != "Bob & Co" {
			t.Errorf("doctor: %+v, %v", r, err)
		}
		n.Share("10.77.0.9")
		if self, err := c.Self(ctx); err != nil || self.Shared != "10.77.0.9" {
			t.Errorf("self: %+v, %v", self, err)
		}
	})
}

// TestGroupErrors sees what is refused about groups.
func TestGroupErrors(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		direct := n.Put(controltest.Bob())
		n.Put(dan)
		left := n.Found("Left", false, dan)
		if err := c.Leave(ctx, left); err != nil {
			t.Fatal(err)
		}
		group := n.Found("Lunch", false, dan)
		other := controltest.Bob()
		other.ID = controltest.ID("other")
		n.Put(other)
		for _, tt := range []struct {
			name       string
			err        error
			kind       string
			candidates int
		}{
			{"an unknown member", second(c.CreateGroup(ctx, "x", []string{"Dan", "Zoe"})), control.KindUnknown, 3},
			{"an ambiguous member", second(c.AddMembers(ctx, group, []string{"bob"})), control.KindAmbiguous, 2},
			{"a nameless member", second(c.CreateGroup(ctx, "x", []string{" "})), control.KindRequest, 0},
			{"nobody to add", second(c.AddMembers(ctx, group, nil)), control.KindRequest, 0},
			{"nobody to remove", second(c.RemoveMembers(ctx, group, nil)), control.KindRequest, 0},
			{"who is not in the group", second(c.RemoveMembers(ctx, group, []string{"Bob"})), control.KindUnknown, 1},
			{"too many members", second(c.CreateGroup(ctx, "x", make([]string, chat.MaxMembers+1))), control.KindLarge, 0},
			{"a group without a name", second(c.CreateGroup(ctx, "", []string{"Dan"})), control.KindText, 0},
			{"a name that is taken away", second(c.RenameGroup(ctx, group, "")), control.KindText, 0},
			{"a direct conversation is no group", second(c.AddMembers(ctx, direct, []string{"Dan"})), control.KindRefused, 0},
			{"the lobby is no group", second(c.RenameGroup(ctx, chat.LobbyID, "x")), control.KindRefused, 0},
			{"a group that was left", second(c.RenameGroup(ctx, left, "x")), control.KindRefused, 0},
			{"no request", second(c.Join(ctx, group)), control.KindRefused, 0},
			{"leaving a person", c.Leave(ctx, direct), control.KindRefused, 0},
			{"members of a person", second(c.Members(ctx, direct)), control.KindRefused, 0},
		} {
			var e *control.Error
			if !errors.As(tt.err, &e) || e.Kind != tt.kind || len(e.Candidates) != tt.candidates {
				t.Errorf("%s: %#v", tt.name, tt.err)
			}
		}
		for _, err := range []error{second(c.CreateGroup(ctx, "\xff", nil)), second(c.RenameGroup(ctx, group, "\xff"))} {
			if !errors.Is(err, chat.ErrText) {
				t.Errorf("a name of bad UTF-8: %v", err)
			}
		}
	})
}

// TestGroupRequests asks by hand what Client never would.
func TestGroupRequests(t *testing.T) {
	n := controltest.New("Ada")
	n.Put(controltest.Bob())
	n.Found("Lunch", false, controltest.Bob())
	message := n.Receive(controltest.Bob(), "hi")[0].ID.String()
	h := control.Handler(control.Config{Node: n})
	for _, tt := range []struct {
		name, method, url, body string
		status                  int
		contains                string
	}{
		{"a group by name", "GET", "/v1/members?to=lunch", "", 200, `"name":"Bob"`},
		{"a member by name", "POST", "/v1/group", `{"name":"x","members":["Bob"]}`, 200, `"kind":"group","title":"x"`},
		{"a member that is no text", "POST", "/v1/group", `{"name":"x","members":[1]}`, 400, `"kind":"request"`},
		{"members that are no list", "POST", "/v1/group", `{"name":"x","members":"Bob"}`, 400, `"kind":"request"`},
		{"a group that is not JSON", "POST", "/v1/group", `Lunch`, 400, `"kind":"request"`},
		{"nobody who is unknown", "POST", "/v1/group/remove", `{"to":"Lunch","peers":["Zoe"]}`, 404, `"candidates":["Bob (`},
		{"no group", "POST", "/v1/group/rename", `{"name":"x"}`, 400, `"kind":"request"`},
		{"creating as a question", "GET", "/v1/group", "", 400, `"kind":"request"`},
		{"an unknown group call", "POST", "/v1/group/burn", `{}`, 404, `"kind":"call"`},
		{"muting without a word", "POST", "/v1/mute", `{"to":"Lunch"}`, 400, `"muted`},
		{"read marks without a word", "POST", "/v1/readmarks", `{}`, 400, `"on`},
		{"read marks of another kind", "POST", "/v1/readmarks", `{"on":"yes"}`, 400, `"kind":"request"`},
		{"a reaction without a word", "POST", "/v1/react", `{"to":"Bob","message":"` + message + `"}`, 400, `"text`},
		{"a reaction", "POST", "/v1/react", `{"to":"Bob","message":"` + message + `","text":"👍"}`, 200, `{}`},
		{"no message", "POST", "/v1/edit", `{"to":"Bob","text":"x"}`, 400, `names no message`},
		{"a message that is none", "POST", "/v1/edit", `{"to":"Bob","message":"x","text":"x"}`, 404, `"kind":"unknown"`},
		{"a message without a conversation", "POST", "/v1/edit", `{"message":"` + message + `","text":"x"}`, 400, `"kind":"request"`},
		{"a message looked for everywhere", "GET", "/v1/message?message=" + message, "", 200, `"text":"hi"`},
		{"no message looked for", "GET", "/v1/message", "", 400, `"kind":"request"`},
		{"an answer beyond the bound", "POST", "/v1/reply", strings.Repeat(" ", chat.MaxControlRequest+1), 413, `"kind":"large"`},
		{"typing", "POST", "/v1/typing", `{"to":"Lunch","active":true}`, 200, `{}`},
		{"a doctor for nobody in particular", "GET", "/v1/doctor?about=", "", 200, `All is well`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(tt.method, "http://parlance"+tt.url, strings.NewReader(tt.body)))
			if w.Code != tt.status || !strings.Contains(strings.ReplaceAll(w.Body.String(), `\"`, `"`), tt.contains) {
				t.Errorf("got %d %.300s", w.Code, w.Body)
			}
		})
	}
}

// TestFindPeer finds the order in which names count.
func TestFindPeer(t *testing.T) {
	n := controltest.New("Ada")
	eve := chat.Peer{ID: controltest.ID("eve"), Name: "Eve", Trust: chat.New}
	beginning := eve.ID.Short()[:4]
	n.Put(eve)
	n.Put(chat.Peer{ID: controltest.ID("evelyn"), Name: "Evelyn", Trust: chat.New})
	n.Put(chat.Peer{ID: controltest.ID("x"), Name: beginning + "x", Trust: chat.New})
	c := control.Local(n)
	defer c.Close()
	for _, tt := range []struct{ name, want string }{
		{"eve", "Eve"},           // a whole name, not the beginning of another
		{"Evel", "Evelyn"},       // the beginning of a name
		{beginning, "Eve"},       // the beginning of an ID before that of a name
		{eve.ID.String(), "Eve"}, // a whole ID
		{"ev", ""},
		{beginning[:3], beginning + "x"}, // too short for an ID
		{"lobby", ""},
	} {
		p, err := c.SetTrust(testContext(t), tt.name, chat.Accepted)
		if p.Name != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q is %q, want %q, %v", tt.name, p.Name, tt.want, err)
		}
	}
}
