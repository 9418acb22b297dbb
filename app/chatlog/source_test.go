package chatlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/parlance-chat/parlance/app/chatlog/bubble"
	"github.com/parlance-chat/parlance/app/chatlog/pages"
	"github.com/parlance-chat/parlance/app/chatlog/window"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

func TestMain(m *testing.M) {
	os.Setenv("LANG", "en_US.UTF-8")
	goleak.VerifyTestMain(m)
}

// memory is a Source that counts what it is asked for.
type memory struct {
	messages []chat.Message
	err      error
	pages    int
	most     int // the longest page asked for
}

func (s *memory) index(p chat.Position) int {
	i, _ := slices.BinarySearchFunc(s.messages, p, func(m chat.Message, p chat.Position) int {
		switch {
		case m.Position.Less(p):
			return -1
		case p.Less(m.Position):
			return 1
		}
		return 0
	})
	return i
}

func (s *memory) Page(before, after chat.Position, limit int) ([]chat.Message, error) {
	s.pages++
	s.most = max(s.most, limit)
	if s.err != nil {
		return nil, s.err
	}
	n := len(s.messages)
	switch {
	case !after.IsZero():
		i := s.index(after)
		if i < n && s.messages[i].Position == after {
			i++
		}
		return slices.Clone(s.messages[i:min(i+limit, n)]), nil
	case !before.IsZero():
		i := s.index(before)
		return slices.Clone(s.messages[max(i-limit, 0):i]), nil
	}
	return slices.Clone(s.messages[max(n-limit, 0):]), nil
}

func (s *memory) Count() (int, error) { return len(s.messages), s.err }

// add keeps a message as the store would.
func (s *memory) add(m chat.Message) {
	s.messages = slices.Insert(s.messages, s.index(m.Position), m)
}

// start is when the conversations of these tests began: a quiet hour, so that
// none of them runs over midnight unless it means to.
var start = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.Local)

func device(n byte) identity.DeviceID {
	return identity.KeyFromSeed([32]byte{n}).ID()
}

// devices are kept: a key takes time to make.
var devices = []identity.DeviceID{device(0), device(1), device(2), device(3)}

func messageAt(n int, author int, text string) chat.Message {
	m := chat.Message{
		From: chat.Author{Device: devices[author], Name: []string{"Me", "Anna", "Björn", "Chiara"}[author]},
		Own:  author == 0,
		Text: text,
		Sent: start.Add(time.Duration(n) * time.Second),
	}
	m.Received = m.Sent
	if m.Own {
		m.State = chat.Delivered
	}
	binary.BigEndian.PutUint64(m.Position[:], uint64(m.Sent.UnixMilli())<<16)
	binary.BigEndian.PutUint64(m.Position[16:], uint64(n)+1)
	binary.BigEndian.PutUint64(m.ID[:], uint64(n)+1) // no message has the zero ID
	m.ID[15] = byte(author)
	return m
}

// conversation makes n messages of different lengths by several authors.
func conversation(n int) *memory {
	s := &memory{messages: make([]chat.Message, 0, n)}
	for i := range n {
		words := strings.Repeat("word ", i*7%40)
		s.messages = append(s.messages, messageAt(i, i/3%4, fmt.Sprintf("Message %d. %s", i, words)))
	}
	return s
}

const (
	testWidth  = 600
	testHeight = 500
)

// fixture is a log in a window, with reads that run at once unless they are held.
type fixture struct {
	*Log
	t     testing.TB
	held  []func()
	hold  bool
	ends  int
	errs  []error
	clock time.Time
	fades []*fyne.Animation
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Light))
	f := &fixture{t: t, clock: start.Add(time.Hour)}
	f.Log = New(func(read func()) {
		if f.hold {
			f.held = append(f.held, read)
			return
		}
		read()
	})
	f.now = func() time.Time { return f.clock }
	f.animate = func(a *fyne.Animation) { f.fades = append(f.fades, a) }
	f.OnEnd = func() { f.ends++ }
	f.OnError = func(err error) { f.errs = append(f.errs, err) }
	t.Cleanup(func() {
		f.release()
		f.Close()
	})
	w := test.NewTempWindow(t, f.Log)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(testWidth, testHeight))
	return f
}

// release runs the reads that were held.
func (f *fixture) release() {
	f.hold = false
	for len(f.held) > 0 {
		read := f.held[0]
		f.held = f.held[1:]
		read()
	}
}

func opened(t testing.TB, s *memory, c Conversation) *fixture {
	f := newFixture(t)
	c.Source = s
	f.SetConversation(c)
	return f
}

// inView returns the texts of the messages in view, top down.
func (f *fixture) inView() []string {
	var texts []string
	for _, r := range f.rows {
		texts = append(texts, r.body.Layout.Doc().Text())
	}
	return texts
}

// bubbleY returns where a message's bubble stands in the view.
func (f *fixture) bubbleY(id uuid.UUID) (float32, bool) {
	r, ok := f.live[id]
	if !ok {
		return 0, false
	}
	return r.y + r.at.Y, true
}

// check finds what must never be: gaps, overlaps, a wrong order, a message that
// is not the source's, too much in memory.
func (f *fixture) check(s *memory) {
	f.t.Helper()
	if len(f.rows) != len(f.live) || len(f.rows) != len(f.layer.Objects) {
		f.t.Fatalf("%d rows, %d live, %d objects", len(f.rows), len(f.live), len(f.layer.Objects))
	}
	for i, r := range f.rows {
		if i > 0 {
			above := f.rows[i-1]
			if gap := r.y - above.y - above.height(); gap > 1 || gap < -1 {
				f.t.Fatalf("between %q and %q are %v", above.Text.Layout().Doc().Text(), r.Text.Layout().Doc().Text(), gap)
			}
			if want := s.index(above.position) + 1; s.index(r.position) != want {
				f.t.Fatalf("after message %d of the source stands %d", want-1, s.index(r.position))
			}
		}
		if right := r.at.X + r.body.Bubble.Width; r.at.X < 0 || right > f.Size().Width-sideMargin+1 && f.Size().Width > 260 {
			f.t.Fatalf("a bubble reaches from %v to %v of %v", r.at.X, right, f.Size().Width)
		}
		if k := s.index(r.position); k >= len(s.messages) || s.messages[k].ID != r.id || !r.body.Silent && !strings.HasPrefix(s.messages[k].Text, r.Text.Layout().Doc().Text()) {
			f.t.Fatalf("row %d is not of the source", i)
		}
	}
	if n := len(f.rows); n > 0 {
		first, last := f.rows[0], f.rows[n-1]
		if f.win.Older || s.index(first.position) > 0 {
			if first.y > endMargin+1 {
				f.t.Fatalf("the view is empty above %v", first.y)
			}
		}
		if bottom := last.y + last.height(); bottom < f.Size().Height-footMargin-1 && (s.index(last.position) == len(s.messages)-1 || f.win.Newer) {
			f.t.Fatalf("the view is empty below %v", bottom)
		}
	} else if len(s.messages) > 0 {
		f.t.Fatal("nothing is in view")
	}
	if n := f.win.Len(); n > window.Max+2*pages.Size || len(f.win.Messages) != n {
		f.t.Fatalf("%d messages are held, %d of them known", n, len(f.win.Messages))
	}
	if n := len(f.heights); n > window.Max+2*pages.Size {
		f.t.Fatalf("%d heights are held", n)
	}
	if n := f.bodies.Len(); n > 2*bubble.MaxCached+1 {
		f.t.Fatalf("%d bodies are held", n)
	}
	if f.win.Above < 0 || f.win.Below < 0 || (f.win.Above > 0) != f.win.Older || (f.win.Below > 0) != f.win.Newer {
		f.t.Fatalf("%d above (more: %v), %d below (more: %v)", f.win.Above, f.win.Older, f.win.Below, f.win.Newer)
	}
}

var errDisk = errors.New("the disk is gone")
