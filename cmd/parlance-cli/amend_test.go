package main

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

// said has a group Lunch of Ada, Bob and Carol with a message of Bob and one of
// Ada that answers it, and returns their IDs.
func (d *desk) said() (group chat.ConversationID, theirs, own string) {
	d.t.Helper()
	d.people()
	group = d.node.Found("Lunch", false, controltest.Bob(), carol)
	m := d.node.ReceiveIn(group, controltest.Bob(), "Lunch, @Ada?\nor later?")[0]
	r := d.run("send", "--reply", m.ID.String(), "Lunch", "At noom")
	if r.code != exitDone {
		d.t.Fatalf("reply: %+v", r)
	}
	return group, m.ID.String(), strings.TrimSpace(r.out)
}

func TestAmend(t *testing.T) {
	d := newDesk(t)
	_, theirs, own := d.said()
	d.run("edit", own, "At", "noon").is("Edited.\n")
	d.run("react", theirs, "👍").is("Done.\n")
	d.run("history", "Lunch").is(`
Friday, 2 January 2026
03:05  · Bob founded the group “Lunch” with you and Carol
03:06  Bob: Lunch, @Ada?
         or later?
       └ 👍 you
       ┌ Bob: Lunch, @Ada? or later?
03:07  You (delivered to 1 of 2, edited): At noon
`)
	d.run("revisions", own).is("2026-01-02 03:07  At noom\n2026-01-02 03:08  At noon\n")
	d.run("receipts", own).is("“At noon” is delivered to 1 of 2.\nBob    delivered\nCarol  queued\n")
	d.run("react", theirs).is("The reaction is taken back.\n")
	d.run("retract", own).is("Taken back. Whoever has read it has read it; every Parlance that hears of this drops it.\n")
	if r := d.run("history", "--limit", "2", "Lunch"); strings.Contains(r.out, "👍") || !strings.HasSuffix(r.out, "03:07  You (delivered to 1 of 2, taken back)\n") {
		t.Errorf("afterwards\n%s", r.out)
	}
	if r := d.run("conversations"); !strings.Contains(r.out, "You: (taken back)") {
		t.Errorf("conversations\n%s", r.out)
	}
	d.run("edit", theirs, "x").fails(exitFailed, "Bob's")
	d.run("receipts", theirs).fails(exitFailed, "own messages")
	d.run("edit", own, "").fails(exitFailed, "nothing in it")
}

func TestAmendJSON(t *testing.T) {
	d := newDesk(t)
	_, theirs, own := d.said()
	for _, tt := range []struct{ args, has string }{
		{"edit " + own + " noon", `"text":"noon","sent":"2026-01-02T03:07:00.000000000Z"`},
		{"react " + theirs + " ❤", `"reactions":[{"from":{"id":"` + controltest.ID("Ada").String() + `","name":"Ada"},"text":"❤","own":true}]`},
		{"retract " + own, `"retracted":true`},
		{"receipts " + own, `{"id":"` + controltest.ID("bob").String() + `","name":"Bob","state":"delivered"}`},
		{"revisions " + own, `{"text":"At noom","sent":"2026-01-02T03:07:00.000000000Z"}`},
	} {
		r := d.run(append([]string{"--json"}, strings.Fields(tt.args)...)...)
		if r.values(); r.code != exitDone || !strings.Contains(r.out, tt.has) {
			t.Errorf("%s: %d %s", tt.args, r.code, r.out)
		}
	}
}

// TestWhichMessage finds messages by their IDs and by the beginnings of them.
func TestWhichMessage(t *testing.T) {
	d := newDesk(t)
	_, theirs, own := d.said()
	d.run("edit", "--in", "Lunch", own, "whole").is("Edited.\n")
	// The two were written in the same minute, so that their IDs begin alike.
	same := 0
	for same < len(own) && own[same] == theirs[same] {
		same++
	}
	d.run("edit", "--in", "Lunch", own[:same+1], "beginning").is("Edited.\n")
	d.run("edit", "--in", "Lunch", strings.ToUpper(own[:same+1]), "capitals").is("Edited.\n")
	d.run("edit", "--in", "Lunch", own[:minSame(same)], "x").fails(exitUsage, "ambiguous", own, theirs)
	d.run("edit", "--in", "Lunch", own[:7], "x").fails(exitUsage, "at least 8")
	d.run("edit", "--in", "Lunch", "ffffffff", "x").fails(exitUsage, "unknown", "none of the last")
	d.run("edit", "--in", "Nowhere", own, "x").fails(exitUsage, "Nowhere")
	d.run("edit", own[:same+1], "x").fails(exitUsage, "--in TO", "history --ids")
	d.run("edit", "--in", "Bob", own, "x").fails(exitUsage, "unknown")
	d.run("edit", uuid.Must(uuid.NewV7()).String(), "x").fails(exitUsage, "unknown message")
	d.run("send", "--reply", own[:same+1], "Lunch", "by its beginning")
	d.run("send", "--reply", "ffffffff", "Lunch", "x").fails(exitUsage, "unknown")
	r := d.run("history", "--ids", "--limit", "2", "Lunch")
	if !strings.Contains(r.out, "03:07  You "+own+" (delivered to 1 of 2, edited): capitals\n") || !strings.Contains(r.out, "       ┌ you: capitals\n") {
		t.Errorf("history is\n%s", r.out)
	}
}

// minSame is a beginning that is long enough, and no longer than both share.
func minSame(same int) int { return max(8, same) }

// TestAmendFromPipe finds that an edit may be of several lines.
func TestAmendFromPipe(t *testing.T) {
	d := newDesk(t)
	_, _, own := d.said()
	d.world.in = strings.NewReader("two\nlines\n")
	d.run("edit", own).is("Edited.\n")
	if v := d.run("--json", "history", "--limit", "1", "Lunch").values(); v[0]["text"] != "two\nlines" {
		t.Errorf("got %v", v)
	}
}

func TestExportAmended(t *testing.T) {
	d := newDesk(t)
	group, theirs, own := d.said()
	d.run("edit", own, "At noon")
	d.run("react", theirs, "👍")
	gone := d.node.ReceiveIn(group, controltest.Bob(), "<b>oops</b>")[0]
	d.node.RetractOf(group, gone.ID)
	if r := d.run("export", "Lunch"); r.out != d.run("history", "Lunch").out || !strings.HasSuffix(r.out, "03:08  Bob (taken back)\n") {
		t.Errorf("txt is\n%s", r.out)
	}
	for _, want := range []string{`"edited":`, `"answers":{"id":"` + theirs, `"reactions":[`, `"retracted":true`, `"mentions":[`, `"mentioned":true`, `"tally":{"recipients":2,"sent":1,"delivered":1,"read":0}`, `"change":{"kind":"founded"`} {
		if r := d.run("export", "--format", "jsonl", "Lunch"); !strings.Contains(r.out, want) {
			t.Errorf("jsonl has no %s:\n%s", want, r.out)
		}
	}
	page := d.run("export", "--format", "html", "Lunch").out
	for _, want := range []string{"Bob founded the group “Lunch” with you and Carol</p>", " (delivered to 1 of 2, edited)</small>\n<q>Bob: Lunch, @Ada? or later?</q>At noon</p>", "<small>👍 you</small></p>", " (taken back)</small>"} {
		if !strings.Contains(page, want) {
			t.Errorf("page has no %q:\n%s", want, page)
		}
	}
}

// TestMentionsStandOut finds people who are called highlighted at a terminal, and
// nowhere else.
func TestMentionsStandOut(t *testing.T) {
	d := newDesk(t)
	group, _, _ := d.said()
	d.node.ReceiveIn(group, controltest.Bob(), "@Carol too")
	d.world.width = func() int { return 80 }
	r := d.run("history", "Lunch")
	if !strings.Contains(r.out, "Bob: Lunch, \x1b[1;7m@Ada\x1b[0m?\n") || !strings.Contains(r.out, "Bob: \x1b[1m@Carol\x1b[0m too\n") {
		t.Errorf("at a terminal\n%q", r.out)
	}
	if r = d.run("export", "Lunch"); strings.Contains(r.out, "\x1b") {
		t.Errorf("in a file\n%q", r.out)
	}
}
