//go:build linux && netns

package netlab

import (
	"fmt"
	"math/rand"
	"slices"
	"sync"
	"testing"
	"time"
)

// texts returns the messages of a conversation, without changes of the group.
func (n *Node) texts(of string) []Event {
	n.t.Helper()
	return slices.DeleteFunc(n.HistoryOf(of), func(e Event) bool { return e.Text == "" })
}

// agree waits until all nodes hold as many texts of a conversation, the own ones
// delivered to everybody, and checks that they are the same in one order.
func agree(of string, want int, within time.Duration, nodes ...*Node) {
	t := nodes[0].t
	t.Helper()
	all := make([][]Event, len(nodes))
	complete := func() bool {
		for i, n := range nodes {
			if all[i] = n.texts(of); len(all[i]) < want || !delivered(all[i]) {
				return false
			}
		}
		return true
	}
	for until := time.Now().Add(within); !complete(); time.Sleep(500 * time.Millisecond) {
		if time.Now().After(until) {
			for i, n := range nodes {
				t.Errorf("after %v %s holds %d of %d (own all delivered: %v)\n%s", within, n.name, len(all[i]), want, delivered(all[i]), n.report())
			}
			t.FailNow()
		}
	}
	for i, n := range nodes[1:] {
		if err := compare(all[0], all[i+1], want); err != nil {
			t.Errorf("%s and %s: %v", nodes[0].name, n.name, err)
		}
	}
}

// TestGroupUnderFire: three members write a thousand messages each into a group
// while every fifth frame is lost and each of them is killed at some moment. At
// the end a fourth is let in, and gets everything from those who are still
// there.
func TestGroupUnderFire(t *testing.T) {
	t.Parallel()
	const each = 1000
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	l := New(t)
	lan := l.Bridge("lan")
	start := func(name string, number int) *Node {
		h := l.Host(name)
		h.Join(lan, fmt.Sprintf("10.77.0.%d/24", number))
		return h.Start(name)
	}
	nodes := []*Node{start("anna", 1), start("bert", 2), start("cleo", 3)}
	for _, n := range nodes {
		for _, other := range nodes {
			if other != n {
				n.WaitPeer(other, "online", bound)
			}
		}
	}
	nodes[0].CLI("group", "create", "Team", "bert", "cleo").must(t)
	for _, n := range nodes[1:] {
		n.WaitLine(bound, 0, "group", func(line Line) bool { return n.parse(line).Event == "conversation" })
	}
	lan.Loss(20)
	started := time.Now()
	var writing sync.WaitGroup
	for i := range nodes {
		killedAfter := 100 + rnd.Intn(each-200)
		writing.Go(func() {
			for number := range each {
				if number == killedAfter {
					nodes[i].Kill()
					nodes[i] = nodes[i].Again()
				}
				if err := nodes[i].post("Team", fmt.Sprintf("%s %d", nodes[i].ID, number)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writing.Wait()
	stored := time.Now()
	agree("Team", 3*each, 2*time.Minute, nodes...)
	t.Logf("%d messages stored after %v, with everybody after %v", 3*each, stored.Sub(started), time.Since(started))

	dora := start("dora", 4)
	nodes[1].WaitPeer(dora, "online", bound)
	nodes[0].Stop()
	started = time.Now()
	nodes[1].CLI("group", "add", "Team", "dora").must(t)
	for until := time.Now().Add(time.Minute); len(dora.texts("Team")) < 3*each; time.Sleep(300 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("dora holds %d\n%s", len(dora.texts("Team")), dora.report())
		}
	}
	t.Logf("the fourth had all after %v", time.Since(started))
	if err := compare(dora.texts("Team"), nodes[1].texts("Team"), 3*each); err != nil {
		t.Error(err)
	}
}
