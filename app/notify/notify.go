package notify

import (
	"context"
	"sync"
	"time"
)

// Notification is what the desktop shows.
type Notification struct {
	Title, Body string // text, never markup
	// OnOpen is called when the user clicks it; may be nil. Only desktops with
	// D-Bus tell of clicks.
	OnOpen func()
}

// Config configures a Notifier; the zero value works.
type Config struct {
	Program string // the program's name; "Parlance" if empty
	AppID   string // the desktop file's name without its suffix, or Windows' application ID; may be empty
	Icon    string // the path of a picture; may be empty
	// Do runs OnOpen, such as fyne.Do; nil runs it on the notifier's goroutine.
	Do func(func())
	// Send shows a notification where there is neither D-Bus nor PowerShell: on
	// macOS, Fyne's own. Nil shows nothing there.
	Send func(title, body string)
}

const (
	// maxWaiting is how many notifications wait for a slow desktop.
	maxWaiting = 5
	// maxOpen is how many shown ones can still be clicked.
	maxOpen = 50
	// maxTitle and maxBody are in characters; desktops show no more.
	maxTitle = 100
	maxBody  = 400
	// patience is how long a desktop may take to show one.
	patience = 10 * time.Second
)

// desktop shows notifications in the platform's way.
type desktop interface {
	// show shows one and returns the number it has from then on; 0 if it cannot
	// be clicked.
	show(ctx context.Context, title, body string) (uint32, error)
	// clicked and closed tell of numbers; they may be nil.
	clicked() <-chan uint32
	closed() <-chan uint32
	// close lets go of what show opened.
	close()
}

// Notifier shows notifications.
type Notifier struct {
	desktop desktop
	do      func(func())
	cancel  context.CancelFunc
	done    chan struct{}
	wake    chan struct{} // holds one

	mu      sync.Mutex // guards waiting
	waiting []Notification
}

// New returns a notifier. Close ends it.
func New(cfg Config) *Notifier {
	if cfg.Program == "" {
		cfg.Program = "Parlance"
	}
	return start(newDesktop(cfg), cfg.Do)
}

func start(d desktop, do func(func())) *Notifier {
	if do == nil {
		do = func(f func()) { f() }
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := &Notifier{desktop: d, do: do, cancel: cancel, done: make(chan struct{}), wake: make(chan struct{}, 1)}
	go n.run(ctx)
	return n
}

// Show shows a notification soon. It never blocks; any goroutine may call it.
func (n *Notifier) Show(what Notification) {
	n.mu.Lock()
	if len(n.waiting) == maxWaiting {
		n.waiting = n.waiting[1:]
	}
	n.waiting = append(n.waiting, what)
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// Close ends the notifier's goroutine and waits for it. What was not shown yet
// is not shown any more.
func (n *Notifier) Close() {
	n.cancel()
	<-n.done
}

// run shows what is waiting and listens for clicks.
func (n *Notifier) run(ctx context.Context) {
	defer close(n.done)
	defer n.desktop.close()
	open := make(map[uint32]func())
	var order []uint32
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-n.desktop.clicked():
			if f := open[id]; f != nil {
				n.do(f)
			}
		case id := <-n.desktop.closed():
			delete(open, id)
		case <-n.wake:
			for what, ok := n.next(); ok && ctx.Err() == nil; what, ok = n.next() {
				id := n.show(ctx, what)
				if id == 0 || what.OnOpen == nil {
					continue
				}
				if open[id] == nil {
					order = append(order, id)
				}
				open[id] = what.OnOpen
				if len(order) > maxOpen {
					delete(open, order[0])
					order = order[1:]
				}
			}
		}
	}
}

func (n *Notifier) next() (Notification, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.waiting) == 0 {
		return Notification{}, false
	}
	what := n.waiting[0]
	n.waiting = n.waiting[1:]
	return what, true
}

// show shows one; a desktop that cannot is left alone.
func (n *Notifier) show(ctx context.Context, what Notification) uint32 {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	id, err := n.desktop.show(ctx, line(what.Title, maxTitle), clip(what.Body, maxBody))
	if err != nil {
		return 0
	}
	return id
}
