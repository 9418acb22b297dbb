package control_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parlance-chat/parlance/netcore/control"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what a test waits for; nothing takes nearly as long.
const patience = time.Minute

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// overBoth runs test with a client within the process and with one over a
// socket: they are the same to the caller.
func overBoth(t *testing.T, test func(t *testing.T, n *controltest.Node, c *control.Client)) {
	t.Run("local", func(t *testing.T) {
		n := controltest.New("Ada")
		c := control.Local(n)
		t.Cleanup(func() { c.Close() })
		test(t, n, c)
	})
	t.Run("socket", func(t *testing.T) {
		n := controltest.New("Ada")
		_, c := overSocket(t, control.Config{Node: n})
		test(t, n, c)
	})
}

// overSocket serves cfg in a profile of its own, if it names none.
func overSocket(t *testing.T, cfg control.Config) (*control.Server, *control.Client) {
	t.Helper()
	if cfg.Profile == "" {
		cfg.Profile = t.TempDir()
	}
	s, err := control.Serve(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c, err := control.Dial(cfg.Profile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return s, c
}
