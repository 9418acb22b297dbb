package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// breakDisk puts a device that takes all and syncs nothing in the place of the
// stream's file.
func breakDisk(t *testing.T, dir string) {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	open, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	broken := 0
	for _, fd := range open {
		name, err := os.Readlink(fd)
		if err != nil || !strings.HasPrefix(name, dir) || !strings.HasSuffix(name, stream+"/msgs/1.blk") {
			continue
		}
		var n int
		fmt.Sscan(filepath.Base(fd), &n)
		if err := unix.Dup3(int(null.Fd()), n, unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		broken++
	}
	if broken == 0 {
		t.Fatal("the stream has no file open")
	}
}

// TestDiskFails: what was handed to a disk that cannot keep it is neither
// confirmed nor read, be it one event or a group that JetStream shows before its
// sync.
func TestDiskFails(t *testing.T) {
	for _, count := range []int{1, 10} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			t.Parallel()
			cfg := Config{Dir: t.TempDir()}
			j := open(t, cfg)
			put(t, j, message("a", 1))
			got := make(chan string, 2+count)
			caught := make(chan struct{})
			var reading sync.WaitGroup
			reading.Go(func() {
				j.Read(t.Context(), 1, func() { close(caught) }, func(s Stored) bool {
					got <- s.Event.ID
					return true
				})
			})
			<-caught
			failed := make(chan error, count)
			// What is appended while another is confirmed goes together.
			j.Append(message("a", 2), func(uint64, error) {
				breakDisk(t, cfg.Dir)
				for _, ev := range messages("a", 3, 2+count) {
					j.Append(ev, func(_ uint64, err error) { failed <- err })
				}
			})
			for n := range count {
				if err := <-failed; err == nil || errors.Is(err, errLate) {
					t.Errorf("event %d: %v", n, err)
				}
			}
			// Who reads from the start is given no more.
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			j.Read(ctx, 1, func() {}, func(s Stored) bool {
				if s.Sequence > 2 {
					t.Errorf("read %s", s.Event.ID)
				}
				return true
			})
			for _, want := range []string{"a1", "a2"} {
				if id := <-got; id != want {
					t.Errorf("read %s, not %s", id, want)
				}
			}
			j.Close()
			reading.Wait()
			if len(got) > 0 {
				t.Errorf("read %s", <-got)
			}
			j = open(t, cfg)
			defer j.Close()
			put(t, j, message("a", 100))
			if all := read(t, j, 1); len(all) != 3 {
				t.Errorf("with a disk that works again: %v", all)
			}
		})
	}
}
