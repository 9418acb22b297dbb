package netcore

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"database/sql"

	_ "modernc.org/sqlite"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// percentile returns the value below which the share p of sorted times lies.
func percentile(times []time.Duration, p float64) time.Duration {
	slices.Sort(times)
	return times[min(len(times)-1, int(p*float64(len(times))))]
}

// echoVariable makes this test's binary the program at the other end of the UDP
// round trips.
const echoVariable = "PARLANCE_TEST_ECHO"

// echo prints its address and sends back what comes, until it is killed.
func echo() error {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	fmt.Println(c.LocalAddr())
	buffer := make([]byte, 1500)
	for {
		size, from, err := c.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return err
		}
		if _, err := c.WriteToUDPAddrPort(buffer[:size], from); err != nil {
			return err
		}
	}
}

// yardsticks measures, on this machine and now, one fsync'ed SQLite commit and
// one raw UDP round trip between two programs on loopback: the medians of many.
func yardsticks(b *testing.B) (commit, roundTrip time.Duration) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "yardstick.db")+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)"); err != nil {
		b.Fatal(err)
	}
	var commits, trips []time.Duration
	for range 300 {
		start := time.Now()
		if _, err := db.Exec("INSERT INTO t (text) VALUES ('hello, how are you today?')"); err != nil {
			b.Fatal(err)
		}
		commits = append(commits, time.Since(start))
	}
	echo := exec.Command(os.Args[0])
	echo.Env = append(os.Environ(), echoVariable+"=1")
	out, err := echo.StdoutPipe()
	if err == nil {
		err = echo.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		echo.Process.Kill()
		echo.Wait()
	}()
	var address string
	if _, err := fmt.Fscanln(out, &address); err != nil {
		b.Fatal(err)
	}
	c, err := net.Dial("udp4", address)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	buffer := make([]byte, 300)
	for range 2000 {
		start := time.Now()
		if _, err := c.Write(buffer); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Read(buffer); err != nil {
			b.Fatal(err)
		}
		trips = append(trips, time.Since(start))
	}
	return percentile(commits, 0.5), percentile(trips, 0.5)
}

func reportMicroseconds(b *testing.B, d time.Duration, unit string) {
	b.ReportMetric(float64(d.Nanoseconds())/1000, unit)
}

// BenchmarkMessage sends one message at a time: how long until the other side
// shows it, and until it is known to be on both disks.
func BenchmarkMessage(b *testing.B) {
	ctx := context.Background()
	one, other := openNode(b, "Ada", 40101), openNode(b, "Bob", 40102)
	id := linkTo(b, one, other)
	atOne, atOther := one.Subscribe(), other.Subscribe()
	var shown, delivered []time.Duration
	exchange := func() {
		start := time.Now()
		m, err := one.Send(ctx, id, "hello, how are you today?")
		if err != nil {
			b.Fatal(err)
		}
		waitFor(b, atOther, "message", func(e chat.MessagesAdded) bool { return e.Messages[0].ID == m.ID })
		shown = append(shown, time.Since(start))
		waitFor(b, atOne, "receipt", func(e chat.StateChanged) bool {
			return e.State == chat.Delivered && slices.Contains(e.Messages, m.ID)
		})
		delivered = append(delivered, time.Since(start))
	}
	for range 50 {
		exchange()
	}
	shown, delivered = nil, nil
	for b.Loop() {
		exchange()
	}
	b.StopTimer()
	commit, roundTrip := yardsticks(b)
	reportMicroseconds(b, percentile(shown, 0.5), "shown-p50-µs")
	reportMicroseconds(b, percentile(shown, 0.99), "shown-p99-µs")
	reportMicroseconds(b, percentile(delivered, 0.5), "delivered-p50-µs")
	reportMicroseconds(b, commit, "commit-µs")
	reportMicroseconds(b, roundTrip, "udp-µs")
	reportMicroseconds(b, commit+10*roundTrip, "shown-reach-µs")
	reportMicroseconds(b, 3*commit, "delivered-reach-µs")
}

// BenchmarkDurable sends as fast as many senders can, and waits until all is on
// both disks.
func BenchmarkDurable(b *testing.B) {
	ctx := context.Background()
	one, other := openNode(b, "Ada", 40103), openNode(b, "Bob", 40104)
	id := linkTo(b, one, other)
	const senders = 512
	for b.Loop() {
		const each = 40
		at := one.Subscribe()
		start := time.Now()
		var wg sync.WaitGroup
		for s := range senders {
			wg.Go(func() {
				for i := range each {
					if _, err := one.Send(ctx, id, fmt.Sprintf("message %d of sender %d", i, s)); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		left := senders * each
		for left > 0 {
			waitFor(b, at, "receipts", func(e chat.StateChanged) bool {
				if e.State == chat.Delivered {
					left -= len(e.Messages)
				}
				return left <= 0 || e.State == chat.Delivered
			})
		}
		wg.Wait()
		at.Close()
		b.ReportMetric(float64(senders*each)/time.Since(start).Seconds(), "durable/s")
	}
	commit, _ := yardsticks(b)
	b.ReportMetric(float64(time.Second/commit), "commits/s")
}
