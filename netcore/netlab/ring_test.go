//go:build linux && netns

package netlab

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// links counts a node's links.
func (n *Node) links() int {
	n.t.Helper()
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(n.Profile, "control.sock"))
		},
		DisableKeepAlives: true,
	}}
	answer, err := client.Get("http://parlance/v1/peers")
	if err != nil {
		n.t.Fatal(err)
	}
	defer answer.Body.Close()
	var list struct{ Peers []struct{ Linked bool } }
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		n.t.Fatal(err)
	}
	count := 0
	for _, p := range list.Peers {
		if p.Linked {
			count++
		}
	}
	return count
}

// TestRing: among more than are all linked with each other, a word in the lobby
// and in a group of most of them reaches everybody, the author gets receipts
// from all of the group, and nobody holds a link with everybody.
func TestRing(t *testing.T) {
	t.Parallel()
	const count, members = 36, 24
	l := New(t)
	lan := l.Bridge("lan")
	var nodes []*Node
	for i := range count {
		h := l.Host(fmt.Sprintf("host%d", i))
		h.Join(lan, fmt.Sprintf("10.77.0.%d/24", i+1))
		nodes = append(nodes, h.Start(fmt.Sprintf("node%d", i)))
	}
	for _, n := range nodes {
		for _, other := range nodes {
			if other != n {
				n.WaitPeer(other, "online", bound)
			}
		}
	}
	nodes[0].CLI("send", "lobby", "hello, everyone").must(t)
	started := time.Now()
	for _, n := range nodes[1:] {
		n.WaitMessage("hello, everyone", bound)
	}
	t.Logf("the lobby of %d had it after %v", count, time.Since(started))

	create := []string{"group", "create", "Big"}
	for _, n := range nodes[1:members] {
		create = append(create, n.ID)
	}
	nodes[0].CLI(create...).must(t)
	started = time.Now()
	nodes[0].CLI("send", "--wait", "1m", "Big", "hello, group").must(t)
	t.Logf("all %d others of the group confirmed after %v", members-1, time.Since(started))
	for _, n := range nodes[1:members] {
		n.WaitMessage("hello, group", bound)
	}

	// The ring of the lobby, and that of the group.
	most := 2*int(math.Ceil(math.Log2(count))) + 2*int(math.Ceil(math.Log2(members)))
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(time.Second) {
		worst, sum := 0, 0
		for _, n := range nodes {
			links := n.links()
			worst, sum = max(worst, links), sum+links
		}
		if worst <= most {
			t.Logf("at rest a device holds %.1f links, at most %d", float64(sum)/count, worst)
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a device holds %d links, want at most %d", worst, most)
		}
	}
}
