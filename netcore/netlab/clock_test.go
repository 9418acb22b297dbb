//go:build linux && netns

package netlab

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A wrong clock. A namespace of time shifts the monotonic clocks only, and a
// program in Go reads the clock without the C library, so that nothing outside
// it can lie to it. A hook in Parlance would be one that no user needs. So the
// program is built once more, out of the same sources but for one line of Go's
// package time, which go build -overlay puts in place of the right one: every
// time.Now of the program, of its database and of its libraries is off.

// programAt builds parlance-cli with a clock that is off.
var programAt = func() func(time.Duration) (string, error) {
	var mu sync.Mutex
	built := map[time.Duration]string{}
	return func(off time.Duration) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if path, ok := built[off]; ok {
			return path, nil
		}
		right, err := program() // which makes the folder
		if err != nil {
			return "", err
		}
		path := fmt.Sprintf("%s%+d", right, int64(off.Seconds()))
		if err := buildAt(off, path); err != nil {
			return "", err
		}
		built[off] = path
		return path, nil
	}
}()

func buildAt(off time.Duration, path string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	text, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	const now = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(text), now) != 1 {
		return fmt.Errorf("%s: time.Now does not begin as it did: look where its seconds come from now", source)
	}
	shifted := strings.Replace(string(text), now, fmt.Sprintf("%s\tsec += %d\n", now, int64(off.Seconds())), 1)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: path + ".go"}})
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{path + ".go": []byte(shifted), path + ".json": overlay} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			return err
		}
	}
	cmd := exec.Command("go", "build", "-overlay", path+".json", "-o", path, "github.com/parlance-chat/parlance/cmd/parlance-cli")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building parlance-cli with another clock: %w\n%s", err, out)
	}
	return nil
}

// StartAt starts a device on a host whose clock is off by so much.
func (h *Host) StartAt(off time.Duration, profile string) *Node {
	h.lab.t.Helper()
	path, err := programAt(off)
	if err != nil {
		h.lab.t.Fatal(err)
	}
	return h.startProgram(path, profile)
}

// TestClockIsOff makes sure that such a program has the clock it should have.
func TestClockIsOff(t *testing.T) {
	t.Parallel()
	n := New(t).Host("a").StartAt(time.Hour, "anna")
	if off := n.Ready.Time.Sub(n.Ready.At); off < 55*time.Minute || off > 65*time.Minute {
		t.Errorf("a clock that should be an hour off is off by %v", off)
	}
}
