//go:build linux && netns

package netlab

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

const (
	// insideEnv is set for the tests started again in a user namespace.
	insideEnv = "PARLANCE_NETLAB_INSIDE"
	// holdEnv is set for a program that makes a lab and holds it until it is killed.
	holdEnv = "PARLANCE_NETLAB_HOLD"
)

func TestMain(m *testing.M) {
	if os.Getenv(holdEnv) != "" {
		hold()
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	// Where ip and nft are; not everybody's path leads there.
	if err := os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	patiently()
	probe, err := newNamespace()
	switch {
	case err == nil:
		probe.close()
	case errors.Is(err, unix.EPERM) && os.Getenv(insideEnv) == "":
		return again()
	default:
		fmt.Fprintf(os.Stderr, "%v\nRun this as root, or let users make user namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns).\n", err)
		return 1
	}
	restore := deepen()
	code := m.Run()
	restore()
	removeProgram()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// patiently lets more tests run at once than there are processors, unless told
// otherwise: most of their time is waiting.
func patiently() {
	flag.Parse()
	told := false
	flag.Visit(func(f *flag.Flag) { told = told || f.Name == "test.parallel" })
	if !told {
		_ = flag.Set("test.parallel", "6") // a number always is accepted
	}
}

// again runs the same tests in a user namespace, where this user is root.
func again() int {
	cmd := userNamespace(exec.Command("/proc/self/exe", os.Args[1:]...))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		fmt.Fprintf(os.Stderr, "cannot make a user namespace: %v\nRun this as root, or let users make them (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns).\n", err)
		return 1
	}
}

// userNamespace lets cmd run in a user namespace of its own.
func userNamespace(cmd *exec.Cmd) *exec.Cmd {
	cmd.Env = append(os.Environ(), insideEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	return cmd
}

// program builds parlance-cli, once for all tests.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "netlab-cli")
	if err != nil {
		return "", err
	}
	programDir = dir
	path := filepath.Join(dir, "parlance-cli")
	cmd := exec.Command("go", "build", "-o", path, "github.com/parlance-chat/parlance/cmd/parlance-cli")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building parlance-cli: %w\n%s", err, out)
	}
	return path, nil
})

// programDir holds the program, once it is built.
var programDir string

func removeProgram() {
	if programDir != "" {
		_ = os.RemoveAll(programDir)
	}
}

// deepen gives what arrives at a card and was not looked at yet more room, until
// restore. Linux keeps one queue for all namespaces, by default for 1,000 packets on
// each processor, and real machines have one each: what floods one lab, or hundreds
// of copies of an announcement, would be dropped with the packets of all others. In
// a user namespace it may not be changed; then more is lost, and said again.
func deepen() (restore func()) {
	const limit, enough = "/proc/sys/net/core/netdev_max_backlog", 20_000
	restore = func() {}
	before, err := os.ReadFile(limit)
	if err != nil {
		return restore
	}
	if was, err := strconv.Atoi(strings.TrimSpace(string(before))); err != nil || was >= enough {
		return restore
	}
	if os.WriteFile(limit, []byte(strconv.Itoa(enough)), 0) == nil {
		restore = func() { _ = os.WriteFile(limit, before, 0) }
	}
	return restore
}
