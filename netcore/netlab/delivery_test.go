//go:build linux && netns

package netlab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// post sends a text through the node's control socket, which a thousand
// messages a minute need: a program started for each would be the slowest part.
// It returns once the message is on the sender's disk.
func (n *Node) post(to, text string) error {
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(n.Profile, "control.sock"))
		},
		DisableKeepAlives: true,
	}}
	body, err := json.Marshal(map[string]string{"to": to, "text": text})
	if err != nil {
		return err
	}
	answer, err := client.Post("http://parlance/v1/send", "application/json", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: sending %q: %w", n.name, text, err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: sending %q: %s: %s (%w)", n.name, text, answer.Status, said, err)
	}
	return nil
}

// same waits until two nodes hold the same messages, all delivered, and checks
// that there are as many as were sent, in the same order on both sides, none of
// them twice, and those of one author in the order in which they were sent.
func same(a, b *Node, want int, within time.Duration) {
	a.t.Helper()
	var left, right []Event
	complete := func() bool {
		left, right = a.History(b), b.History(a)
		return len(left) >= want && len(right) >= want && delivered(left) && delivered(right)
	}
	for until := time.Now().Add(within); !complete(); time.Sleep(300 * time.Millisecond) {
		if time.Now().After(until) {
			a.t.Fatalf("after %v: %s holds %d messages (own all delivered: %v), %s holds %d (%v), want %d\n%s\n%s",
				within, a.name, len(left), delivered(left), b.name, len(right), delivered(right), want, a.report(), b.report())
		}
	}
	if err := compare(left, right, want); err != nil {
		a.t.Errorf("%s and %s: %v", a.name, b.name, err)
	}
}

// compare says what is wrong with two histories of one conversation.
func compare(left, right []Event, want int) error {
	if len(left) != want || len(right) != want {
		return fmt.Errorf("one holds %d messages and the other %d, want %d", len(left), len(right), want)
	}
	seen := map[string]bool{}
	next := map[string]int{} // of an author
	for i, m := range left {
		if m.ID != right[i].ID || m.Text != right[i].Text || m.From.ID != right[i].From.ID {
			return fmt.Errorf("message %d is %q of %s here and %q of %s there", i, m.Text, m.From.ID, right[i].Text, right[i].From.ID)
		}
		if seen[m.ID] {
			return fmt.Errorf("message %d, %q, is there twice", i, m.Text)
		}
		seen[m.ID] = true
		var author string
		var number int
		if _, err := fmt.Sscanf(m.Text, "%s %d", &author, &number); err == nil && author == m.From.ID {
			if number != next[author] {
				return fmt.Errorf("message %d is number %d of %s, want %d", i, number, author, next[author])
			}
			next[author]++
		}
	}
	return nil
}

// TestCompare compares histories of which all but the first are wrong.
func TestCompare(t *testing.T) {
	t.Parallel()
	history := func(texts ...string) (all []Event) {
		for _, text := range texts {
			m := Event{ID: text, Text: text}
			m.From.ID, _, _ = strings.Cut(text, " ")
			all = append(all, m)
		}
		return all
	}
	good := history("a 0", "b 0", "a 1", "a 2", "b 1", "hello")
	changed := func(i int, change func(*Event)) []Event {
		all := slices.Clone(good)
		change(&all[i])
		return all
	}
	for _, c := range []struct {
		name        string
		left, right []Event
		want        int
		ok          bool
	}{
		{"all is well", good, good, 6, true},
		{"too few", good[:5], good[:5], 6, false},
		{"too many", good, good, 5, false},
		{"fewer here", good[:5], good, 6, false},
		{"fewer there", good, good[:5], 6, false},
		{"another order there", good, history("b 0", "a 0", "a 1", "a 2", "b 1", "hello"), 6, false},
		{"another text there", good, changed(5, func(m *Event) { m.Text = "hallo" }), 6, false},
		{"another author there", good, changed(5, func(m *Event) { m.From.ID = "b" }), 6, false},
		{"another message there", good, changed(5, func(m *Event) { m.ID = "other" }), 6, false},
		{"one twice", history("a 0", "hello", "hello"), history("a 0", "hello", "hello"), 3, false},
		{"one missing", history("a 0", "a 2"), history("a 0", "a 2"), 2, false},
		{"the first missing", history("a 1", "b 0"), history("a 1", "b 0"), 2, false},
		{"an author's order turned", history("a 1", "a 0"), history("a 1", "a 0"), 2, false},
	} {
		if err := compare(c.left, c.right, c.want); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func delivered(history []Event) bool {
	for _, m := range history {
		if m.State != "" && m.State != "delivered" && m.State != "read" {
			return false
		}
	}
	return true
}

// pour posts numbered texts, one after the other. A failure stops it.
func pour(t *testing.T, from, to *Node, first, count int) bool {
	for i := first; i < first+count; i++ {
		if err := from.post(to.ID, fmt.Sprintf("%s %d", from.ID, i)); err != nil {
			t.Error(err)
			return false
		}
	}
	return true
}

// TestThousandEachWay sends a thousand messages each way at once.
func TestThousandEachWay(t *testing.T) {
	const count = 1000
	for _, c := range []struct {
		name   string
		loss   int
		middle func(bert *Node) *Node // what happens to the receiver
	}{
		{"nothing lost", 0, nil},
		{"every fifth frame lost", 20, nil},
		{"every fifth frame lost, the receiver killed in the middle", 20, func(bert *Node) *Node {
			bert.Kill()
			return bert.Again()
		}},
		{"every fifth frame lost, the receiver killed five times", 20, func(bert *Node) *Node {
			for range 5 {
				bert.Kill()
				bert = bert.Again()
				time.Sleep(time.Second) // some messages come meanwhile
			}
			return bert
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lan, a, b := twoHosts(t)
			anna, bert := a.Start("anna"), b.Start("bert")
			meet(anna, bert)
			lan.Loss(c.loss)
			started := time.Now()
			var other sync.WaitGroup
			other.Go(func() { pour(t, anna, bert, 0, count) })
			// Between its halves, the receiver has no message whose sending was cut short.
			if pour(t, bert, anna, 0, count/2) && c.middle != nil {
				bert = c.middle(bert)
			}
			pour(t, bert, anna, count/2, count/2)
			other.Wait()
			stored := time.Now()
			same(anna, bert, 2*count, 2*time.Minute)
			t.Logf("%d each way stored after %v, on both sides after %v", count, stored.Sub(started), time.Since(started))
		})
	}
}

// TestLongTexts sends texts of the greatest length under loss, in packets of
// the least size.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	lan, a, b := twoHosts(t)
	for _, h := range []*Host{a, b} {
		h.Exec("ip", "link", "set", "eth0", "mtu", "1280")
	}
	anna, bert := a.Start("anna"), b.Start("bert")
	meet(anna, bert)
	lan.Loss(20)
	long := strings.Repeat("语", 65536/3) + "!"
	for _, way := range [][2]*Node{{anna, bert}, {bert, anna}, {anna, bert}} {
		if err := way[0].post(way[1].ID, long); err != nil {
			t.Fatal(err)
		}
	}
	same(anna, bert, 3, 5*bound)
	for _, m := range bert.History(anna) {
		if m.Text != long {
			t.Errorf("a text of %d bytes arrived with %d", len(long), len(m.Text))
		}
	}
	if err := anna.post(bert.ID, long+"x"); err == nil {
		t.Errorf("a text of %d bytes was taken", len(long)+1)
	}
}

// TestKilledAfterSend kills the sender when the ID of a message was printed: the
// message arrives after its restart.
func TestKilledAfterSend(t *testing.T) {
	for _, c := range []struct {
		name string
		send func(anna, bert *Node) (id string, again *Node)
	}{
		{"sent by a running device, which is killed", func(anna, bert *Node) (string, *Node) {
			id := anna.Send(bert, "the last words")
			anna.Kill()
			return id, anna.Again()
		}},
		{"sent by the command alone, which is killed", func(anna, bert *Node) (string, *Node) {
			anna.Stop()
			send := anna.Host.Run(cli(anna.t, anna.Profile, "send", "--wait", "1m", bert.ID, "the last words")...)
			send.WaitLine(bound, 0, "ID", func(Line) bool { return true })
			send.Kill()
			return send.Lines()[0].Text, anna.Again()
		}},
		{"sent by the command alone, which ends", func(anna, bert *Node) (string, *Node) {
			anna.Kill()
			id := anna.Send(bert, "the last words")
			return id, anna.Again()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, a, b := twoHosts(t)
			anna, bert := a.Start("anna"), b.Start("bert")
			find(anna, bert)
			id, anna := c.send(anna, bert)
			if got := bert.WaitMessage("the last words", bound).ID; got != id {
				t.Errorf("send printed %s, and %s arrived", id, got)
			}
			same(anna, bert, 3, bound)
		})
	}
}

// TestAbsent writes to somebody who is not there: the messages wait, also
// through the end of the sender's program, and arrive soon after the return.
func TestAbsent(t *testing.T) {
	for _, c := range []struct {
		name  string
		pause func(anna *Node) *Node
	}{
		{"the sender runs on", func(anna *Node) *Node { return anna }},
		{"the sender is stopped and started", func(anna *Node) *Node { anna.Stop(); return anna.Again() }},
		{"the sender is killed and started", func(anna *Node) *Node { anna.Kill(); return anna.Again() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, a, b := twoHosts(t)
			anna, bert := a.Start("anna"), b.Start("bert")
			find(anna, bert)
			anna.Skip()
			bert.Stop()
			anna.WaitPeer(bert, "offline", bound)
			first := anna.SendTo("bert", "are you there?")
			if first.State != "queued" {
				t.Errorf("send says %q, not queued", first.State)
			}
			wait := anna.CLI("send", "--json", "--wait", "300ms", bert.ID, "hello?")
			if wait.Code != 3 {
				t.Errorf("send --wait ended with %d, not 3: %s%s", wait.Code, wait.Out, wait.Err)
			}
			anna = c.pause(anna)
			history := anna.History(bert)
			if len(history) != 4 || history[2].State != "queued" || history[3].State != "queued" {
				t.Errorf("history shows %+v", history)
			}
			bert = bert.Again()
			got := bert.WaitMessage("are you there?", bound)
			t.Logf("shown %v after the other's program started, %v after it was ready", got.At.Sub(bert.Started), got.At.Sub(bert.Ready.At))
			anna.WaitDelivered(first.ID, bound)
			same(anna, bert, 4, bound)
		})
	}
}
