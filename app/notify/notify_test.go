package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a desktop that writes down what it shows.
type fake struct {
	mu      sync.Mutex
	shown   []string
	err     error
	block   chan struct{} // nil: shows at once
	clicks  chan uint32
	closes  chan uint32
	isOver  bool
	counter uint32
}

func newFake() *fake { return &fake{clicks: make(chan uint32), closes: make(chan uint32)} }

func (f *fake) show(ctx context.Context, title, body string) (uint32, error) {
	if f.block != nil {
		select {
		case <-f.block:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shown = append(f.shown, title+": "+body)
	f.counter++
	return f.counter, f.err
}

func (f *fake) clicked() <-chan uint32 { return f.clicks }
func (f *fake) closed() <-chan uint32  { return f.closes }
func (f *fake) close()                 { f.isOver = true }

func TestShowAndClick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		opened := ""
		ran := 0
		n := start(f, func(g func()) { ran++; g() })
		n.Show(Notification{Title: "Anna", Body: "hello", OnOpen: func() { opened += "1" }})
		n.Show(Notification{Title: "Björn", Body: "hi"})
		n.Show(Notification{Title: "Chiara", Body: "ciao", OnOpen: func() { opened += "3" }})
		synctest.Wait()
		if got := strings.Join(f.shown, "|"); got != "Anna: hello|Björn: hi|Chiara: ciao" {
			t.Errorf("shown: %s", got)
		}
		f.clicks <- 3
		f.clicks <- 2  // has nothing to open
		f.clicks <- 99 // is somebody else's
		f.clicks <- 1
		f.closes <- 1
		f.clicks <- 1
		synctest.Wait()
		if opened != "31" || ran != 2 {
			t.Errorf("opened %q, %d times by Do", opened, ran)
		}
		n.Close()
		n.Close()
		if !f.isOver {
			t.Error("the desktop is not let go of")
		}
		n.Show(Notification{Title: "too late"})
	})
}

func TestAFloodShowsTheLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.block = make(chan struct{})
		n := start(f, nil)
		n.Show(Notification{Title: "first"})
		synctest.Wait()
		for i := range 100 {
			n.Show(Notification{Title: fmt.Sprint(i)})
		}
		close(f.block)
		synctest.Wait()
		if got := strings.Join(f.shown, ""); got != "first: 95: 96: 97: 98: 99: " {
			t.Errorf("shown: %s", got)
		}
		n.Close()
	})
}

func TestASlowDesktopIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.block = make(chan struct{})
		n := start(f, nil)
		n.Show(Notification{Title: "stuck"})
		synctest.Wait()
		n.Close() // does not wait for the desktop's patience
		if len(f.shown) != 0 {
			t.Error("shown after all")
		}
	})
}

func TestADesktopWithoutNotifications(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.err = errors.New("no such service")
		n := start(f, nil)
		n.Show(Notification{Title: "a", OnOpen: func() { t.Error("opened what was not shown") }})
		synctest.Wait()
		f.clicks <- 1
		n.Close()
	})
}

func TestOnlySoManyCanBeClicked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		opened := 0
		n := start(f, nil)
		for range maxOpen + 10 {
			n.Show(Notification{OnOpen: func() { opened++ }})
			synctest.Wait()
		}
		for id := range uint32(maxOpen + 10) {
			f.clicks <- id + 1
		}
		synctest.Wait()
		if opened != maxOpen {
			t.Errorf("%d could be clicked", opened)
		}
		n.Close()
	})
}

func TestText(t *testing.T) {
	for _, c := range []struct{ in, title, body string }{
		{"hello", "hello", "hello"},
		{"two\nlines\tand tabs", "two lines and tabs", "two\nlines and tabs"},
		{"\x00nul \x1b[31mred \xff", "nul [31mred", "nul  [31mred"},
		{strings.Repeat("é", 500), strings.Repeat("é", maxTitle) + "…", strings.Repeat("é", maxBody) + "…"},
		{"", "", ""},
	} {
		if got := line(c.in, maxTitle); got != c.title {
			t.Errorf("title %q, not %q", got, c.title)
		}
		if got := clip(c.in, maxBody); got != c.body {
			t.Errorf("body %q, not %q", got, c.body)
		}
	}
	if got, want := escape(`<img src="x"> & 'y'`), "&lt;img src=&quot;x&quot;&gt; &amp; &apos;y&apos;"; got != want {
		t.Errorf("escaped to %s", got)
	}
}
