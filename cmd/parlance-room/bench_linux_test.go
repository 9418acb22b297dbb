package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	benchClients  = 1000
	benchMessages = 300 // each to all clients
	benchSpeakers = 10
)

// ngircd's own limits are lifted as far as they go.
const ngircdConfig = `[Global]
Name = irc.bench.test
Info = bench
Ports = %d
Listen = 127.0.0.1
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
[Options]
PAM = no
Ident = no
DNS = no
`

// BenchmarkRoom measures one room of 1,000 clients, on this server, which keeps
// what is said on disk, and on ngircd, which does not.
func BenchmarkRoom(b *testing.B) {
	port := func() int {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		return l.Addr().(*net.TCPAddr).Port
	}
	b.Run("parlance-room", func(b *testing.B) {
		p := port()
		cmd := exec.Command(os.Args[0], "--data", b.TempDir(), "--listen", fmt.Sprint("127.0.0.1:", p), "--tls-listen", "-", "--no-limits-for", "127.0.0.0/8")
		cmd.Env = append(os.Environ(), asProgram+"=1")
		benchServer(b, cmd, p)
	})
	b.Run("ngircd", func(b *testing.B) {
		p := port()
		file := filepath.Join(b.TempDir(), "ngircd.conf")
		if err := os.WriteFile(file, fmt.Appendf(nil, ngircdConfig, p), 0o644); err != nil {
			b.Fatal(err)
		}
		benchServer(b, exec.Command("ngircd", "--nodaemon", "--config", file), p)
	})
}

func benchServer(b *testing.B, cmd *exec.Cmd, port int) {
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	address := fmt.Sprint("127.0.0.1:", port)
	for {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	var got atomic.Int64
	var delays sync.Mutex
	var all []time.Duration
	var conns []net.Conn
	var readers sync.WaitGroup
	begin := time.Now()
	for n := range benchClients {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		conns = append(conns, conn)
		conn.SetDeadline(time.Now().Add(10 * time.Minute))
		r := bufio.NewReader(conn)
		fmt.Fprintf(conn, "NICK c%d\r\nUSER c 0 * :c\r\nJOIN #bench\r\n", n)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				b.Fatalf("client %d: %v", n, err)
			}
			if token, ok := strings.CutPrefix(line, "PING "); ok {
				fmt.Fprintf(conn, "PONG %s", token)
			}
			if strings.Contains(line, " 366 ") {
				break
			}
		}
		readers.Go(func() {
			var own []time.Duration
			for {
				line, err := r.ReadSlice('\n')
				if err != nil {
					break
				}
				if i := bytes.Index(line, []byte(" :t")); i >= 0 {
					if at, err := strconv.ParseInt(string(bytes.TrimSpace(line[i+3:])), 10, 64); err == nil {
						own = append(own, time.Since(time.Unix(0, at)))
						got.Add(1)
					}
				}
			}
			delays.Lock()
			all = append(all, own...)
			delays.Unlock()
		})
	}
	b.ReportMetric(float64(time.Since(begin).Milliseconds()), "join-ms")
	b.ReportMetric(float64(memory(b, cmd.Process.Pid))/1024, "MB")
	say := func(n int) { fmt.Fprintf(conns[n%benchSpeakers], "PRIVMSG #bench :t%d\r\n", time.Now().UnixNano()) }
	b.ResetTimer()
	for b.Loop() {
		got.Store(0)
		begin := time.Now()
		// Few under way at a time: what is measured is the server, not a queue.
		for n := range benchMessages {
			for int64(n)-got.Load()/(benchClients-1) > 2*benchSpeakers {
				time.Sleep(100 * time.Microsecond)
			}
			say(n)
		}
		for got.Load() < benchMessages*(benchClients-1) {
			time.Sleep(100 * time.Microsecond)
		}
		b.ReportMetric(benchMessages*(benchClients-1)/time.Since(begin).Seconds(), "deliveries/s")
	}
	b.StopTimer()
	for _, c := range conns {
		c.Close()
	}
	readers.Wait()
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)*50/100].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
}

// memory returns what a process takes, in KiB.
func memory(b *testing.B, pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kib int
	fmt.Sscan(rest, &kib)
	return kib
}
