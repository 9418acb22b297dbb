package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

// carol is offline, and dan somebody new who is here.
var (
	carol = chat.Peer{ID: controltest.ID("carol"), Name: "Carol", State: chat.Offline, Trust: chat.Accepted}
	dan   = chat.Peer{ID: controltest.ID("dan"), Name: "Dan", State: chat.Online, Trust: chat.New}
)

// people puts Bob, Carol and Dan on a desk's network.
func (d *desk) people() {
	for _, p := range []chat.Peer{controltest.Bob(), carol, dan} {
		d.node.Put(p)
	}
}

func TestGroup(t *testing.T) {
	d := newDesk(t)
	d.people()
	d.run("group", "create", "Lunch", "Bob", carol.ID.Short()).is("Lunch is founded, with 3 members. To write to it: parlance-cli send \"Lunch\" TEXT\n")
	d.run("group", "add", "lunch", "dan").is("Added to Lunch.\n")
	d.run("group", "remove", "Lunch", "Bob", "Dan").is("Removed from Lunch.\n")
	d.run("group", "rename", "Lunch", "Dinner for two").is("The group is called Dinner for two now.\n")
	d.run("group", "members", "dinner for two").is(fmt.Sprintf(`
NAME       STATE    TRUST     ID       SINCE
Ada (you)                     %s  2026-01-02 03:04
Carol      offline  accepted  %s  2026-01-02 03:04
`, controltest.ID("Ada").Short(), carol.ID.Short()))
	d.run("group", "leave", "Dinner for two").is("You left Dinner for two.\n")
	d.run("history", "dinner for two").is(`
Friday, 2 January 2026
03:05  · You founded the group “Lunch” with Bob and Carol
03:06  · You added Dan
03:07  · You removed Bob and Dan
03:08  · You named the group “Dinner for two”
03:09  · You left
`)
	d.run("group", "rename", "Dinner for two", "x").fails(exitFailed, "You left this group")
	d.run("send", "Dinner for two", "x").fails(exitFailed, "You left this group")
	if list, _ := d.node.Conversations(t.Context()); len(list) != 2 {
		t.Errorf("naming people began conversations with them: %+v", list)
	}
}

func TestGroupJSON(t *testing.T) {
	d := newDesk(t)
	d.people()
	v := d.run("--json", "group", "create", "Lunch", "Bob").values()
	if len(v) != 1 || v[0]["title"] != "Lunch" || v[0]["members"] != 2.0 || v[0]["kind"] != "group" {
		t.Errorf("create: %v", v)
	}
	if v = d.run("--json", "group", "add", "Lunch", "Dan").values(); len(v) != 1 || v[0]["members"] != 3.0 {
		t.Errorf("add: %v", v)
	}
	v = d.run("--json", "group", "members", "Lunch").values()
	if len(v) != 3 || v[0]["self"] != true || v[1]["name"] != "Bob" || v[1]["state"] != "online" || keys(v[1]) != "id name removable since state trust" {
		t.Errorf("members: %v", v)
	}
	v = d.run("--json", "history", "Lunch").values()
	change := v[1]["change"].(map[string]any)
	if len(v) != 2 || change["kind"] != "added" || fmt.Sprint(change["who"]) != fmt.Sprintf("[map[id:%s name:Dan]]", dan.ID) {
		t.Errorf("history: %v", v)
	}
	if v = d.run("--json", "mute", "Lunch").values(); v[0]["muted"] != true {
		t.Errorf("mute: %v", v)
	}
}

func TestGroupFails(t *testing.T) {
	d := newDesk(t)
	d.people()
	d.node.Found("Lunch", false, dan)
	other := controltest.Bob()
	other.ID = controltest.ID("other")
	d.node.Put(other)
	d.run("group", "create", "x", "Zoe").fails(exitUsage, `"Zoe" is unknown`, "Carol (")
	d.run("group", "create", "x", "Bob").fails(exitUsage, `"Bob" is ambiguous`, other.ID.Short())
	d.run("group", "create", " ", "Dan").fails(exitFailed, "a name")
	d.run("group", "create", "x").fails(exitUsage)
	d.run("group").fails(exitUsage)
	d.run("group", "remove", "Lunch", "Carol").fails(exitUsage, `"Carol" is unknown`, "Dan (")
	d.run("group", "add", "Nowhere", "Dan").fails(exitUsage, "Nowhere")
	d.run("group", "add", "Carol", "Dan").fails(exitFailed, "no group")
	d.run("join", "Lunch").fails(exitFailed, "no request")
	if list, _ := d.node.Conversations(t.Context()); len(list) != 2 {
		t.Errorf("something was made: %+v", list)
	}
}

// TestGroupOfNewcomers finds that a profile opened only now waits for people to
// be found before it founds a group with them.
func TestGroupOfNewcomers(t *testing.T) {
	d := newDesk(t)
	d.world.discovery = longest
	d.node.Put(controltest.Bob())
	c := d.start("group", "create", "Lunch", "Bob", "Dan")
	for d.opened.Load() == 0 {
		session.Pause(t.Context(), session.Beat)
	}
	d.node.Put(dan)
	c.ends(exitDone)
	c.out.wait(t, "Lunch is founded, with 3 members")
}

func TestRequestLobbyMute(t *testing.T) {
	d := newDesk(t)
	d.people()
	d.node.Found("Party", true, dan, carol)
	d.node.ReceiveIn(chat.LobbyID, dan, "@Ada are you here?")
	d.run("mute", "Party").is("Party is muted.\n")
	d.run("conversations").is(`
WITH                           KIND        UNREAD  LAST
Lobby (calls you)              lobby       1       2026-01-02 03:06  Dan: @Ada are you here?
Party (join or leave?, muted)  group of 3  1       2026-01-02 03:05  Dan founded the group “Party” with you …
`)
	d.run("join", "Party").is("You take part in Party.\n")
	d.run("unmute", "Party").is("Party is muted no longer.\n")
	d.run("lobby", "leave").is("You left the Lobby.\n")
	if r := d.run("conversations"); !strings.Contains(r.out, "Lobby (calls you, closed)") || !strings.Contains(r.out, "\nParty  ") {
		t.Errorf("got\n%s", r.out)
	}
	d.run("send", "lobby", "hi").fails(exitFailed, "You left the lobby")
	d.run("lobby", "join").is("You take part in the Lobby.\n")
	d.run("group", "members", "lobby").is(fmt.Sprintf(`
NAME       STATE   TRUST     ID       SINCE
Ada (you)                    %s
Bob        online  accepted  %s
Dan        online  new       %s
`, controltest.ID("Ada").Short(), controltest.ID("bob").Short(), dan.ID.Short()))
}

// TestSendWaitsForAll finds that a message to a group has arrived with the last
// of its members, and one to the lobby with the first.
func TestSendWaitsForAll(t *testing.T) {
	d := newDesk(t)
	d.people()
	d.node.Found("Lunch", false, controltest.Bob(), carol)
	r := d.run("send", "--wait", "100ms", "Lunch", "hi")
	if r.code != exitQueued || !strings.Contains(r.err, "It is delivered to 1 of 2 in Lunch. It is kept") {
		t.Errorf("Carol is away: %+v", r)
	}
	here := carol
	here.State = chat.Online
	d.node.Put(here)
	if r = d.run("send", "--wait", "20s", "Lunch", "hi"); r.code != exitDone || r.err != "" {
		t.Errorf("all are here: %+v", r)
	}
	if r = d.run("send", "--wait", "20s", "lobby", "hi"); r.code != exitDone || r.err != "" {
		t.Errorf("the lobby: %+v", r)
	}
	d.node.HoldBack(true)
	if r = d.run("send", "--wait", "100ms", "lobby", "hi"); r.code != exitQueued || !strings.Contains(r.err, "Nobody in the lobby has got it yet") {
		t.Errorf("the lobby, with nobody: %+v", r)
	}
}
