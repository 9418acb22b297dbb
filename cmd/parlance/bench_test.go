//go:build window

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore"
)

var (
	manyMessages = flag.Int("messages", 1_000_000, "how many messages the large profile of BenchmarkStart has")
	starts       = flag.Int("starts", 5, "how often BenchmarkStart starts each program in a round")
)

// BenchmarkStart measures from the start of a process to its painted window, and
// the memory it has then: an empty Fyne window, the app with an empty profile,
// and the app with a large one. They take turns, so that whatever else the
// machine does falls on all of them alike; the figures are medians.
func BenchmarkStart(b *testing.B) {
	empty := filepath.Join(b.TempDir(), "empty")
	tags := os.Getenv("TAGS")
	if tags == "" {
		tags = "release,migrated_fynedo"
	}
	if out, err := exec.Command("go", "build", "-tags", tags, "-o", empty, "./testdata/empty").CombinedOutput(); err != nil {
		b.Fatalf("build: %v: %s", err, out)
	}
	small, large := profileFolder(b), profileFolder(b)
	fill(b, small, 0)
	fill(b, large, *manyMessages)

	s := newScreen(b, 1400, 900, false)
	programs := []struct {
		name    string
		command []string
		times   []time.Duration // until the window's ground is painted
		full    []time.Duration // until all that comes by itself is there
		memory  []int
	}{
		{name: "fyne", command: []string{empty}},
		{name: "empty", command: []string{parlance, "--profile", small}},
		{name: "large", command: []string{parlance, "--profile", large}},
	}
	for b.Loop() {
		for range *starts {
			for i := range programs {
				p := &programs[i]
				took, full, memory := startOnce(b, s, p.command)
				p.times, p.full, p.memory = append(p.times, took), append(p.full, full), append(p.memory, memory)
			}
		}
	}
	yardstick := median(programs[0].times)
	for _, p := range programs {
		took := median(p.times)
		b.ReportMetric(float64(took.Microseconds())/1000, p.name+"-ms")
		b.ReportMetric(float64(took)/float64(yardstick), p.name+"-x")
		b.ReportMetric(float64(median(p.full).Microseconds())/1000, p.name+"-full-ms")
		b.ReportMetric(float64(median(p.memory))/1024, p.name+"-MB")
	}
	b.ReportMetric(0, "ns/op") // says nothing: a round is many starts
}

func median[T int | time.Duration](list []T) T {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// rest is how long a window must not change to count as complete.
const rest = 700 * time.Millisecond

// startOnce starts a program on an empty screen and ends it once its window is
// painted and rests. The memory is in kB.
func startOnce(b *testing.B, s *screen, command []string) (took, full time.Duration, memory int) {
	b.Helper()
	s.until("the screen is empty", func() bool { return !painted(b, s) })
	cmd := s.command(command[0], command[1:]...)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for !painted(b, s) {
		if time.Since(began) > patience {
			cmd.Process.Kill()
			cmd.Wait()
			b.Fatalf("%s paints nothing", command[0])
		}
		time.Sleep(time.Millisecond)
	}
	took = time.Since(began)
	full = took
	last, err := s.grab()
	if err != nil {
		b.Fatal(err)
	}
	for time.Since(began)-full < rest {
		time.Sleep(5 * time.Millisecond)
		now, err := s.grab()
		if err != nil {
			b.Fatal(err)
		}
		if !bytes.Equal(last.data, now.data) && changed(last.picture(), now.picture()) > caret {
			last, full = now, time.Since(began)
		}
	}
	memory = resident(b, cmd.Process.Pid)
	cmd.Process.Signal(syscall.SIGTERM)
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		b.Fatal(err)
	}
	return took, full, memory
}

// painted says whether a window covers the screen's middle. Without a window
// manager the screen is black until then, and the light theme is not.
func painted(b *testing.B, s *screen) bool {
	b.Helper()
	f, err := s.grab()
	if err != nil {
		b.Fatal(err)
	}
	bright := 0
	for y := 100; y < 600; y += 50 {
		for x := 100; x < 1000; x += 50 {
			if c := f.at(x, y); c.R > 128 && c.G > 128 && c.B > 128 {
				bright++
			}
		}
	}
	return bright > 90 // of 180 points
}

// resident returns the resident memory of a process in kB.
func resident(b *testing.B, pid int) int {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for _, line := range strings.Split(string(status), "\n") {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kB, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			if err != nil {
				b.Fatal(err)
			}
			return kB
		}
	}
	b.Fatalf("process %d has no resident memory", pid)
	return 0
}

// fill makes a profile with n messages in ten conversations.
func fill(b *testing.B, profile string, n int) {
	b.Helper()
	ctx := context.Background()
	node, err := netcore.Open(netcore.Config{Profile: profile, Name: "Ann", Program: "benchmark"})
	if err != nil {
		b.Fatal(err)
	}
	defer node.Close()
	began := time.Now()
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for i := range min(n, 10) {
		// Port 9 discards, where anybody listens at all.
		id, err := node.OpenPlain(ctx, fmt.Sprintf("127.0.0.%d:9", i+1))
		if err != nil {
			b.Fatal(err)
		}
		for range 100 { // together, so that they share the writes to the disk
			wg.Go(func() {
				for failed.Load() == nil {
					k := next.Add(1)
					if k > int64(n) {
						return
					}
					if _, err := node.Send(ctx, id, fmt.Sprintf("Message %d of many, with some words to look for.", k)); err != nil {
						failed.Store(&err)
					}
				}
			})
		}
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	if n > 0 {
		b.Logf("%d messages stored in %v", n, time.Since(began).Round(time.Second))
	}
}
