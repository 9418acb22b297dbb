package app

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
	"go.uber.org/goleak"

	"github.com/parlance-chat/parlance/app/apptest"
	"github.com/parlance-chat/parlance/app/kit"
	_ "github.com/parlance-chat/parlance/app/locale"
	"github.com/parlance-chat/parlance/app/notify"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestMain(m *testing.M) {
	// Fyne's own goroutine for queued functions lives as long as the process.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("fyne.io/fyne/v2/internal/async.(*UnboundedChan[...]).processing"))
}

// harness is a window over a fakeCore.
type harness struct {
	*testing.T
	*window
	core  *apptest.Core
	queue *apptest.Queue
	told  *told
	seat  *seat // of windows that change their identity; else nil
}

// told is a notifier that keeps what it is told.
type told struct{ all []notify.Notification }

func (n *told) Show(note notify.Notification) { n.all = append(n.all, note) }
func (n *told) Close()                        {}

// show opens the window and waits until it has loaded.
func show(t *testing.T, core *apptest.Core) *harness {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.Light))
	h := &harness{T: t, core: core, queue: apptest.NewQueue(), told: &told{}}
	h.window = newWindow(a, a.NewWindow(program), Config{
		Core: core, Version: "1.2.3",
		do:        h.queue.Do,
		now:       core.Clock,
		modifiers: func() fyne.KeyModifier { return 0 },
		spawn:     func(f func()) { f() },
		notifier:  h.told,
	}.withDefaults())
	h.win.Resize(fyne.NewSize(1000, 700))
	h.window.start()
	t.Cleanup(func() {
		h.shut()
		h.win.Close()
	})
	h.until("the window has loaded", func() bool { return h.loaded })
	return h
}

// until runs what comes for the UI goroutine until ok holds.
func (h *harness) until(what string, ok func() bool) {
	h.Helper()
	deadline := time.After(time.Minute)
	for {
		h.queue.Run()
		if ok() {
			return
		}
		select {
		case <-h.queue.Wake():
		case <-time.After(2 * time.Millisecond): // something off the UI goroutine is to change
		case <-deadline:
			h.Fatalf("never: %s", what)
		}
	}
}

// shut ends the window as Run does; once is enough.
func (h *harness) shut() {
	h.rest()
	h.end()
}

// sheet is the one over the window, or nil.
func (h *harness) sheet() *kit.Sheet { return h.sheets.Shown() }

// asked waits until the core was asked for something that begins with prefix.
func (h *harness) asked(prefix string) {
	h.Helper()
	h.until("the core is asked: "+prefix, func() bool { return len(h.core.Asked(prefix)) > 0 })
}

// lines is what the list shows, one string a row: headings in brackets.
func (h *harness) lines() []string { return apptest.Lines(h.left.list.Rows()) }

// openPeer opens the conversation with somebody, as a tap on their row does.
func (h *harness) openPeer(p chat.Peer) chat.ConversationID {
	h.Helper()
	id := chat.DirectID(h.core.Me.ID, p.ID)
	h.left.list.Select(id.String())
	h.openRow(id.String())
	if h.shown != id {
		h.Fatalf("the conversation with %s did not open", p.Name)
	}
	return id
}

// buttonIn finds a button by its label among the objects of a tree.
func buttonIn(t *testing.T, root fyne.CanvasObject, label string) *widget.Button {
	t.Helper()
	var found *widget.Button
	walk(root, func(o fyne.CanvasObject) {
		switch b := o.(type) {
		case *kit.Button:
			if b.Text == label {
				found = &b.Button
			}
		case *widget.Button: // of Fyne's own widgets, or of the box
			if b.Text == label {
				found = b
			}
		}
	})
	if found == nil {
		t.Fatalf("no button %q", label)
	}
	return found
}

// check finds a check of the sheet by its label.
func (h *harness) check(label string) *kit.Check {
	h.Helper()
	var found *kit.Check
	walk(h.sheet(), func(o fyne.CanvasObject) {
		if c, ok := o.(*kit.Check); ok && c.Text == label {
			found = c
		}
	})
	if found == nil {
		h.Fatalf("no check %q", label)
	}
	return found
}

// tapPerson taps the line of a sheet that names somebody.
func (h *harness) tapPerson(name string) { h.Helper(); test.Tap(h.line(name)) }

// line finds the line of a sheet that names somebody.
func (h *harness) line(name string) *kit.Tap {
	h.Helper()
	var found *kit.Tap
	walk(h.sheet(), func(o fyne.CanvasObject) {
		if l, ok := o.(*kit.Tap); ok && strings.Contains(" "+textIn(l)+" ", " "+name+" ") {
			found = l
		}
	})
	if found == nil {
		h.Fatalf("nobody called %s in %q", name, textIn(h.sheet()))
	}
	return found
}

// textIn is all text that can be seen in a tree, its pieces joined by spaces.
func textIn(root fyne.CanvasObject) string {
	var pieces []string
	walk(root, func(o fyne.CanvasObject) {
		if t, ok := o.(*canvas.Text); ok {
			pieces = append(pieces, t.Text)
		}
	})
	return strings.Join(pieces, " ")
}

// walk visits an object and all in it that is visible.
func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			walk(c, visit)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			walk(c, visit)
		}
	}
}
