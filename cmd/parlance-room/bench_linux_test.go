package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The other servers' own limits are lifted as far as they go, as ours are.
const (
	ngircdConfig = `[Global]
Name = irc.bench.test
Info = bench
Ports = %s
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
	inspircdConfig = `<server name="irc.bench.test" description="bench" network="Bench" id="001">
<admin name="nobody" nick="nobody" email="nobody@bench.test">
<bind address="127.0.0.1" port="%s" type="clients">
<connect name="all" allow="*" timeout="60" hardsendq="64M" softsendq="32M" recvq="1M" threshold="1000000" commandrate="1000000000"
	fakelag="no" localmax="1000000" globalmax="1000000" maxconnwarn="no" resolvehostnames="no" useident="no" limit="1000000">
<performance softlimit="1000000" somaxconn="1024">
<options casemapping="ascii" prefixquit="" syntaxhints="no">
<pid file="inspircd.pid">
`
)

// contender is a server that is measured.
type contender struct {
	name string
	// joiners is how many clients at a time join it soonest: ngIRCd keeps ten
	// connections waiting and loses others for a while, InspIRCd lets in once a second
	// all who are there.
	joiners int
	cmd     func(dir, port string) *exec.Cmd
}

// contenders are this server, which keeps what is said on disk, and two that do not.
var contenders = []contender{
	{"ours", 100, func(dir, port string) *exec.Cmd {
		cmd := exec.Command(os.Args[0], "--data", dir, "--listen", "127.0.0.1:"+port, "--tls-listen", "-", "--no-limits-for", "127.0.0.0/8")
		cmd.Env = append(os.Environ(), asProgram+"=1")
		return cmd
	}},
	{"ngircd", 8, func(dir, port string) *exec.Cmd {
		file := filepath.Join(dir, "ngircd.conf")
		os.WriteFile(file, fmt.Appendf(nil, ngircdConfig, port), 0o644)
		return exec.Command("ngircd", "--nodaemon", "--config", file)
	}},
	{"inspircd", 500, func(dir, port string) *exec.Cmd {
		file := filepath.Join(dir, "inspircd.conf")
		os.WriteFile(file, fmt.Appendf(nil, inspircdConfig, port), 0o644)
		cmd := exec.Command("inspircd", "--nofork", "--runasroot", "--nolog", "--config", file)
		cmd.Dir = dir
		return cmd
	}},
}

// running is a contender at work, with its crowd.
type running struct {
	contender
	*load
	pid int
}

// open lets this process and those it starts have so many descriptors.
func open(b *testing.B, files uint64) {
	b.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatal(err)
	}
	was := limit
	limit.Cur, limit.Max = files, max(files, limit.Max)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatalf("%d open files are needed and may not be: %v", files, err)
	}
	b.Cleanup(func() { syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was) })
}

func (c contender) run(b *testing.B) *running {
	b.Helper()
	port := portOf(freeAddresses(b, 1)[0])
	cmd := c.cmd(b.TempDir(), port)
	if err := cmd.Start(); err != nil {
		b.Fatalf("%s: %v: run .make/need test", c.name, err)
	}
	b.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for until := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
			break
		}
		if time.Now().After(until) {
			b.Fatalf("%s: %v", c.name, err)
		}
	}
	return &running{c, newLoad(b, port), cmd.Process.Pid}
}

// busy returns the time that the server has computed.
func (r *running) busy(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	var user, system int64
	fmt.Sscan(fields[11], &user) // in hundredths of a second, proc(5)
	fmt.Sscan(fields[12], &system)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memory returns what the server holds, in KiB.
func (r *running) memory(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kib float64
	fmt.Sscan(rest, &kib)
	return kib
}

const (
	crowd    = 1000
	speakers = 10
	// Rounds of one server follow those of another, so that all of them meet what
	// else the machine does.
	rounds = 5
	// said is how many messages a round has, each to the whole crowd, and ahead how
	// many are on their way at a time, so that no queue is too long.
	said  = 400
	ahead = 100
	// In a calm round there is a message each pace.
	calm = 100
	pace = 10 * time.Millisecond
)

// round has the speakers speak, and returns how long it took until all have heard
// it all: as fast as the server goes, or one message each pace.
func (r *running) round(b *testing.B, messages int, pace time.Duration) time.Duration {
	b.Helper()
	r.got.Store(0)
	begin := time.Now()
	heard := func() int { return int(r.got.Load()) / (crowd - 1) }
	for n := range messages {
		if pace > 0 {
			time.Sleep(time.Until(begin.Add(time.Duration(n) * pace)))
		}
		for n-heard() >= ahead {
			time.Sleep(50 * time.Microsecond)
		}
		if err := r.say(n%speakers, "#bench0"); err != nil {
			b.Fatalf("%s: %v", r.name, err)
		}
	}
	for int(r.got.Load()) < messages*(crowd-1) {
		if time.Since(begin) > patience {
			b.Fatalf("%s: %d of %d came", r.name, r.got.Load(), messages*(crowd-1))
		}
		time.Sleep(50 * time.Microsecond)
	}
	return time.Since(begin)
}

func percentile(sorted []time.Duration, p int) float64 {
	return float64(sorted[len(sorted)*p/100].Microseconds()) / 1000
}

// BenchmarkRoom measures a room of 1,000: how long they take to come, how many
// deliveries there are in a second of the server going as fast as it can, what
// computing one takes, and how late messages are at 100 a second.
func BenchmarkRoom(b *testing.B) {
	open(b, 3*crowd+1000)
	var all []*running
	var joined []time.Duration
	for _, c := range contenders {
		r := c.run(b)
		joined = append(joined, r.join(b, c.joiners, crowd, crowd))
		all = append(all, r)
	}
	rates := make(map[string][]float64)
	busy := make(map[string]time.Duration)
	delays := make(map[string][]time.Duration)
	for b.Loop() {
		for range rounds {
			for _, r := range all {
				before := r.busy(b)
				took := r.round(b, said, 0)
				busy[r.name] += r.busy(b) - before
				rates[r.name] = append(rates[r.name], said*(crowd-1)/took.Seconds())
				r.late()
				r.round(b, calm, pace)
				delays[r.name] = append(delays[r.name], r.late()...)
			}
		}
	}
	for i, r := range all {
		b.ReportMetric(float64(joined[i].Milliseconds()), r.name+"-join-ms")
		rate, late := rates[r.name], delays[r.name]
		slices.Sort(rate)
		slices.Sort(late)
		b.ReportMetric(rate[len(rate)/2], r.name+"-deliveries/s")
		b.ReportMetric(float64(busy[r.name].Nanoseconds())/float64(len(rate)*said*(crowd-1)), r.name+"-busy-ns")
		b.ReportMetric(percentile(late, 50), r.name+"-p50-ms")
		b.ReportMetric(percentile(late, 99), r.name+"-p99-ms")
	}
}

// BenchmarkIdle measures what a client takes that says nothing, in a room of 100.
func BenchmarkIdle(b *testing.B) {
	const few, many = 1000, 10_000
	open(b, many+1000)
	for b.Loop() {
		for _, c := range contenders {
			b.Run(c.name, func(b *testing.B) {
				r := c.run(b)
				bare := r.memory(b)
				r.join(b, c.joiners, few, 100)
				b.ReportMetric((r.memory(b)-bare)/few, "few-KiB")
				r.join(b, c.joiners, many, 100)
				b.ReportMetric((r.memory(b)-bare)/many, "many-KiB")
				b.ReportMetric(bare/1024, "bare-MiB")
			})
		}
	}
}
