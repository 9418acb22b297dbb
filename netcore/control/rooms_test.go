package control_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

func TestRooms(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		room, err := c.JoinRoom(ctx, "ircs://closed:6697/#room", control.RoomOptions{Nick: "ada_", Password: "secret"})
		if err != nil || room.Title != "#room" || room.Kind != chat.Room || room.Members != 2 {
			t.Fatalf("join: %+v, %v", room, err)
		}
		n.ChangeRoom(room.ID, func(st *netcore.RoomStatus) {
			st.Connected, st.Joined, st.Why, st.Blocked, st.Fingerprint = false, false, "another certificate", true, "AA"
		})
		rooms, err := c.Rooms(ctx)
		if err != nil || len(rooms) != 1 {
			t.Fatalf("%+v, %v", rooms, err)
		}
		if r := rooms[0]; r.ID != room.ID || r.Address != "ircs://closed:6697/#room" || r.Server != "ircs://closed:6697" || r.Name != "#room" || !r.Channel ||
			r.Connected || r.Joined || r.Why == "" || !r.Blocked || !r.Encrypted || r.Fingerprint != "AA" || r.Nick != "ada_" || r.State != "" {
			t.Errorf("%+v", r)
		}
		if err := c.TrustServer(ctx, room.ID, "BB"); err != nil || n.Rooms()[0].Fingerprint != "BB" {
			t.Errorf("trust: %+v, %v", n.Rooms(), err)
		}
		if text, err := c.RoomCommand(ctx, room.ID, "/topic Lunch & more"); err != nil || text != "" {
			t.Errorf("%q, %v", text, err)
		}
		if text, err := c.RoomCommand(ctx, room.ID, "/topic"); err != nil || text != "Lunch & more" {
			t.Errorf("%q, %v", text, err)
		}
		members, err := c.Members(ctx, room.ID)
		if err != nil || len(members) != 2 || !members[0].ID.IsZero() || members[0].Name != "op" || members[0].Status != "operator" || !members[1].Self {
			t.Errorf("members: %+v, %v", members, err)
		}
		if err := c.Leave(ctx, room.ID); err != nil {
			t.Fatal(err)
		}
		if room, err = c.Resolve(ctx, "#room"); err != nil || room.Closed == "" {
			t.Errorf("left: %+v, %v", room, err)
		}
		if rooms, err := c.Rooms(ctx); err != nil || len(rooms) != 0 {
			t.Errorf("left: %+v, %v", rooms, err)
		}
		for name, tt := range map[string]struct{ err, want error }{
			"no room":        {second(c.JoinRoom(ctx, "room", control.RoomOptions{})), chat.ErrUnknown},
			"no password":    {second(c.JoinRoom(ctx, "irc://closed/#x", control.RoomOptions{})), chat.ErrRefused},
			"left":           {second(c.RoomCommand(ctx, room.ID, "/topic")), chat.ErrUnknown},
			"in the lobby":   {second(c.RoomCommand(ctx, chat.LobbyID, "/topic")), chat.ErrRefused},
			"trust, left":    {c.TrustServer(ctx, room.ID, "AA"), chat.ErrUnknown},
			"nothing called": {second(c.Resolve(ctx, "#nothing")), chat.ErrUnknown},
		} {
			if !errors.Is(tt.err, tt.want) {
				t.Errorf("%s: %v", name, tt.err)
			}
		}
	})
}

// TestRoomRequests asks by hand.
func TestRoomRequests(t *testing.T) {
	n := controltest.New("Ada")
	id, err := n.JoinRoom(t.Context(), "irc://host/#room", netcore.RoomOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n.ChangeRoom(id, func(st *netcore.RoomStatus) { st.Known, st.Online = true, true })
	h := control.Handler(control.Config{Node: n})
	for _, tt := range []struct {
		name, method, url, body string
		status                  int
		contains                string
	}{
		{"the rooms", "GET", "/v1/rooms", "", 200, `"encrypted":false,"nick":"Ada","members":2,"state":"online"`},
		{"members have no IDs", "GET", "/v1/members?to=%23room", "", 200, `{"members":[{"name":"op","status":"operator","state":"online"},`},
		{"a command by name", "POST", "/v1/room/command", `{"to":"#room","line":"/help"}`, 200, `{"text":"/topic`},
		{"no address", "POST", "/v1/room/join", `{}`, 400, `names no "url"`},
		{"joining", "POST", "/v1/room/join", `{"url":"irc://closed/#two","password":"x"}`, 200, `"kind":"room","title":"#two"`},
		{"no fingerprint", "POST", "/v1/room/trust", `{"to":"#room"}`, 400, `names no "fingerprint"`},
		{"no room to command", "POST", "/v1/room/command", `{"line":"/help"}`, 400, `"kind":"request"`},
		{"joining as a question", "GET", "/v1/room/join", "", 400, `"kind":"request"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(tt.method, "http://parlance"+tt.url, strings.NewReader(tt.body)))
			if w.Code != tt.status || !strings.Contains(strings.ReplaceAll(w.Body.String(), `\"`, `"`), tt.contains) {
				t.Errorf("got %d %.400s", w.Code, w.Body)
			}
		})
	}
}
