package netcore

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// roomProcess is a parlance-room that can be killed, and started again where it was.
type roomProcess struct {
	t                      *testing.T
	program, data, address string
	cmd                    *exec.Cmd
}

func newRoomProcess(t *testing.T) *roomProcess {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	dir := t.TempDir()
	r := &roomProcess{t: t, program: filepath.Join(dir, "parlance-room"), data: filepath.Join(dir, "data"), address: free.Addr().String()}
	if out, err := exec.Command("go", "build", "-o", r.program, "../cmd/parlance-room").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return r
}

func (r *roomProcess) start() {
	r.t.Helper()
	cmd := exec.Command(r.program, "--listen", r.address, "--tls-listen", "-", "--data", r.data, "--reserve", "1M", "--messages-per-second", "500")
	cmd.Stderr = r.t.Output()
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.cmd = cmd
	r.t.Cleanup(func() {
		cmd.Process.Kill() // again, if it is done
		cmd.Wait()
	})
}

func (r *roomProcess) kill() {
	r.cmd.Process.Kill()
	r.cmd.Wait()
}

// texts returns what the server has of a room, in its order.
func (r *roomProcess) texts(room string) (all []string) {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "CAP REQ :batch server-time message-tags draft/chathistory\r\nCAP END\r\nNICK reader\r\nUSER r 0 * :r\r\nJOIN %s\r\n", room)
	lines := bufio.NewScanner(conn)
	for lines.Scan() && !strings.Contains(lines.Text(), " 366 ") {
	}
	after := "timestamp=1970-01-01T00:00:00.000Z"
	for {
		before := len(all)
		fmt.Fprintf(conn, "CHATHISTORY AFTER %s %s 500\r\n", room, after)
		for lines.Scan() && !strings.Contains(lines.Text(), "BATCH -") {
			tags, text, ok := strings.Cut(lines.Text(), " PRIVMSG "+room+" :")
			_, msgid, past := strings.Cut(tags, "msgid=")
			if ok && past {
				all = append(all, text)
				msgid, _, _ = strings.Cut(msgid, " ")
				msgid, _, _ = strings.Cut(msgid, ";")
				after = "msgid=" + msgid
			}
		}
		if len(all) == before {
			return all
		}
	}
}

// TestRoomServerKilled: a server is killed again and again while two talk there with
// 50 messages a second each. What they said is in the room once and in order, and
// both have all of it, once.
func TestRoomServerKilled(t *testing.T) {
	const kills = 4
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	r := newRoomProcess(t)
	r.start()
	until(t, "the server listens", func() bool {
		conn, err := net.Dial("tcp", r.address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	people := []*Node{openNode(t, "Ada", 40077), openNode(t, "Bob", 40078)}
	var id chat.ConversationID
	for _, n := range people {
		id = joinRoom(t, n, "irc://"+r.address+"/#room")
	}

	var delivered [2]atomic.Int64
	said := make([][]string, len(people))
	ctx, stop := context.WithCancel(t.Context())
	var talking sync.WaitGroup
	for i, n := range people {
		events := n.Subscribe()
		talking.Go(func() {
			for e := range events.Events() {
				if e, ok := e.(chat.StateChanged); ok && e.State == chat.Delivered {
					delivered[i].Add(1)
				}
			}
		})
		talking.Go(func() {
			defer events.Close()
			every := time.NewTicker(time.Second / 50)
			defer every.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-every.C:
				}
				text := fmt.Sprint(n.Self().Name, " ", len(said[i]))
				if _, err := n.Send(context.Background(), id, text); err != nil {
					t.Error(err)
					return
				}
				said[i] = append(said[i], text)
			}
		})
	}
	for range kills {
		for i := range people {
			more := delivered[i].Load() + 20 + random.Int64N(50)
			until(t, "both talk", func() bool { return delivered[i].Load() >= more })
		}
		r.kill()
		time.Sleep(time.Duration(random.Int64N(int64(400 * time.Millisecond)))) // it stays away for a while
		r.start()
	}
	for i := range people {
		more := delivered[i].Load() + 20
		until(t, "both talk at last", func() bool { return delivered[i].Load() >= more })
	}
	stop()
	talking.Wait()

	total := len(said[0]) + len(said[1])
	for _, n := range people {
		until(t, n.Self().Name+" has it all", func() bool {
			page, err := n.History(t.Context(), id, Page{Limit: 10_000})
			waits := func(m chat.Message) bool { return m.Own && m.State != chat.Delivered }
			return err == nil && len(page) >= total && !slices.ContainsFunc(page, waits)
		})
	}
	check := func(where string, texts []string) {
		for i, n := range people {
			of := slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return !strings.HasPrefix(s, n.Self().Name+" ") })
			if !slices.Equal(of, said[i]) {
				t.Errorf("%s: of %s %d messages, want %d:\n%q", where, n.Self().Name, len(of), len(said[i]), of)
			}
		}
		if len(texts) != total {
			t.Errorf("%s: %d messages, want %d", where, len(texts), total)
		}
	}
	check("in the room", r.texts("#room"))
	for _, n := range people {
		check("at "+n.Self().Name, history(t, n, id))
	}
	t.Logf("%d messages, %d kills", total, kills)
}
