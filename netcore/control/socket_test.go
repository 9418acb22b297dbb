package control_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/parlance-chat/parlance/netcore/control"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

func socketOf(profile string) string { return filepath.Join(profile, "control.sock") }

func TestSocketIsPrivate(t *testing.T) {
	profile := t.TempDir()
	overSocket(t, control.Config{Node: controltest.New("Ada"), Profile: profile})
	info, err := os.Lstat(socketOf(profile))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 || info.Mode()&fs.ModeSocket == 0 {
		t.Errorf("socket has mode %v", info.Mode())
	}
}

func TestDialWithoutServer(t *testing.T) {
	profile := t.TempDir()
	if _, err := control.Dial(profile); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("no socket: %v", err)
	}
	leaveStaleSocket(t, profile)
	if _, err := control.Dial(profile); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("stale socket: %v", err)
	}
}

// leaveStaleSocket does what a killed process does.
func leaveStaleSocket(t *testing.T, profile string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: socketOf(profile)})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}

func TestStaleSocketIsReplaced(t *testing.T) {
	profile := t.TempDir()
	leaveStaleSocket(t, profile)
	_, c := overSocket(t, control.Config{Node: controltest.New("Ada"), Profile: profile})
	if self, err := c.Self(testContext(t)); err != nil || self.Name != "Ada" {
		t.Errorf("self: %+v, %v", self, err)
	}
}

func TestLiveSocketIsNotTaken(t *testing.T) {
	profile := t.TempDir()
	_, c := overSocket(t, control.Config{Node: controltest.New("Ada"), Profile: profile})
	if s, err := control.Serve(control.Config{Node: controltest.New("Eve"), Profile: profile}); err == nil {
		s.Close()
		t.Error("a second server took the socket")
	}
	if self, err := c.Self(testContext(t)); err != nil || self.Name != "Ada" {
		t.Errorf("self: %+v, %v", self, err)
	}
}

func TestOtherFileIsNotReplaced(t *testing.T) {
	profile := t.TempDir()
	if err := os.WriteFile(socketOf(profile), []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := control.Serve(control.Config{Node: controltest.New("Ada"), Profile: profile}); err == nil {
		s.Close()
		t.Error("served at a file that is not a socket")
	}
	if data, err := os.ReadFile(socketOf(profile)); err != nil || string(data) != "precious" {
		t.Errorf("file is now %q, %v", data, err)
	}
}

func TestLongPath(t *testing.T) {
	base := t.TempDir()
	profile := filepath.Join(base, strings.Repeat("long", 40))
	for name, err := range map[string]error{
		"check": control.CheckProfile(profile),
		"serve": func() error { _, err := control.Serve(control.Config{Profile: profile}); return err }(),
		"dial":  func() error { _, err := control.Dial(profile); return err }(),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, want := range []string{socketOf(profile), " bytes", "shorter path"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", name, err, want)
			}
		}
		if errors.Is(err, control.ErrNotRunning) {
			t.Errorf("%s: %v is ErrNotRunning, so the caller would go on", name, err)
		}
	}
	if entries, _ := os.ReadDir(base); len(entries) != 0 {
		t.Errorf("something was made: %v", entries)
	}
}

// TestLongestPath finds that CheckProfile allows exactly what the system does.
func TestLongestPath(t *testing.T) {
	base, err := os.MkdirTemp("", "p")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	allowed, refused := 0, 0
	for n := 60; n < 120; n++ {
		profile := filepath.Join(base, strings.Repeat("x", n-len(base)))
		if err := os.Mkdir(profile, 0o700); err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("unix", socketOf(profile))
		if err == nil {
			l.Close()
		}
		if check := control.CheckProfile(profile); (check == nil) != (err == nil) {
			t.Errorf("path of %d bytes: check says %v, the system %v", len(socketOf(profile)), check, err)
		}
		if err == nil {
			allowed++
		} else {
			refused++
		}
	}
	if allowed == 0 || refused == 0 {
		t.Errorf("%d allowed and %d refused: the limit was not crossed", allowed, refused)
	}
}

func TestCloseTakesSocketAway(t *testing.T) {
	profile := t.TempDir()
	s, c := overSocket(t, control.Config{Node: controltest.New("Ada"), Profile: profile})
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Lstat(socketOf(profile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("socket after Close: %v", err)
	}
	if _, err := c.Self(testContext(t)); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("call after Close: %v", err)
	}
}

func TestLocalAfterClose(t *testing.T) {
	c := control.Local(controltest.New("Ada"))
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Self(testContext(t)); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("call after Close: %v", err)
	}
}

// TestCloseAnswersEverybody has many ask while the socket goes away: each is
// answered, or told that nobody was asked.
func TestCloseAnswersEverybody(t *testing.T) {
	for range 20 {
		profile := t.TempDir()
		s, c := overSocket(t, control.Config{Node: controltest.New("Ada"), Profile: profile})
		var wg sync.WaitGroup
		begun := make(chan bool, 8)
		for range cap(begun) {
			wg.Go(func() {
				for asked := false; ; asked = true {
					_, err := c.Self(testContext(t))
					if errors.Is(err, control.ErrNotRunning) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					if !asked {
						begun <- true
					}
				}
			})
		}
		for range cap(begun) {
			<-begun
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
	}
}
