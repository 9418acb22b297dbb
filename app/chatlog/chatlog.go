package chatlog

import (
	"image/color"
	"net/url"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/chatlog/bubble"
	"github.com/parlance-chat/parlance/app/chatlog/pages"
	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/chatlog/selection"
	"github.com/parlance-chat/parlance/app/chatlog/window"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Source is where a conversation's messages come from. Its methods are called
// on goroutines of the Log, never on the UI's, and not two at the same time.
type Source = pages.Source

// Conversation is what a Log shows.
type Conversation struct {
	Source Source
	// Authors shows names and avatars; for conversations of more than two.
	Authors bool
	// Unread is how many of the newest messages of others were not seen: the
	// "unread" line stands above them, and the log opens there.
	Unread int
	// Place is where the log stood when the conversation was left; it opens there
	// again, if nothing is unread.
	Place Place
	// Empty is shown in the middle while there are no messages; may be nil.
	Empty fyne.CanvasObject
	// Find returns where a message stands that is not held, so that the quote of
	// it leads there. It runs on a goroutine of the Log. With nil, it does not.
	Find func(chat.MessageID) (chat.Position, error)
	// ReadOnly leaves out of the menus what would write: for conversations that
	// know no replies and the like, and for those that are closed.
	ReadOnly bool
}

// Log is the message pane. Set its functions before it is shown; all methods
// are for the UI goroutine.
type Log struct {
	widget.BaseWidget

	// OnEnd is called when the newest message comes into view, and whenever
	// messages arrive while the end is in view.
	OnEnd func()
	// OnTyped is called for a character typed while the log has the focus, so
	// that the composer can have it.
	OnTyped func(rune)
	// OnKey is called for keys that mean nothing to the log.
	OnKey func(*fyne.KeyEvent)
	// OnShortcut is called for shortcuts that mean nothing to the log.
	OnShortcut func(fyne.Shortcut)
	// OnAuthor is called when an avatar or an author's name is tapped.
	OnAuthor func(chat.Author)
	// OnError is called when messages cannot be read or a link not be opened.
	// Reading is also reported in the pane itself, with a button to try again.
	OnError func(error)

	// What the menu of a message offers; what is nil, it does not.
	OnReply     func(chat.Message)
	OnReact     func(m chat.Message, text string) // empty: one's own is taken back
	OnEdit      func(chat.Message)                // of one's own
	OnResend    func(chat.Message)                // of one's own that was refused
	OnRetract   func(chat.Message)                // of one's own, to be asked about first
	OnReceipts  func(chat.Message)                // likewise, in groups and the lobby; also when its tally is tapped
	OnRevisions func(chat.Message)                // also when "edited" is tapped
	// ChangeText makes a sentence of a change of the group.
	ChangeText func(chat.Message) string

	conv       Conversation
	generation int // of the conversation; what was read for another is dropped
	opened     bool
	closed     bool

	// Reading. The lock keeps sources from being read by two at a time.
	loading       bool
	queued        *read
	problem       error
	pending       []chat.Message // came while a read was under way
	pendingStates map[chat.MessageID]chat.State
	pendingChange []chat.Message
	loads         sync.WaitGroup
	reading       sync.Mutex

	// The messages and the place.
	win            window.Window
	anchor         anchor
	oldest, newest chat.Position // ends of the conversation, as far as known
	gone           chat.Position // what stood before it is no longer kept
	atEnd          bool
	announced      bool          // OnEnd was called for what is in view
	fresh          int           // came while the end was out of view
	unread         chat.Position // the line stands above it
	unfolded       map[chat.MessageID]bool

	// Measures.
	metrics   *msgtext.Metrics
	bodies    bubble.Cache
	heights   map[chat.MessageID]float32
	heightSum float32
	epoch     int // of the measures: a body of another is measured anew
	wraps     int // how many messages were wrapped, for tests
	look      look
	size      fyne.Size

	// The screen.
	live    map[chat.MessageID]*row
	rows    []*row // in view, top down
	pools   [2][]*row
	stale   bool // live rows have to be bound again
	relist  bool // rows came or went
	scratch []placed
	wanted  map[chat.MessageID]struct{}

	pane     *canvas.Rectangle
	layer    *fyne.Container
	bar      *parts.Bar
	pill     *parts.Pill
	tip      *parts.Tip
	typing   *canvas.Text      // under the newest message
	typists  string            // what it says, in full
	ring     *canvas.Rectangle // around the pane while it has the focus by keyboard
	notice   *parts.Notice
	drawings parts.Drawings

	// The pointer, the selection and the search.
	pointer   pointer
	selection selection.Span
	words     []string
	chosen    chat.MessageID // by the keyboard
	focused   bool
	menuPlace fyne.Position   // of the menu that was opened last
	flashed   chat.MessageID  // the message that stands out
	fade      *fyne.Animation // its way back
	clicked   bool            // the focus comes by a click
	done      chan struct{}

	now       func() time.Time
	spawn     func(func())
	do        func(func()) // runs what was read on the UI goroutine
	animate   func(*fyne.Animation)
	openURL   func(*url.URL) error
	clipboard func() fyne.Clipboard
}

// New returns a log that shows nothing yet. spawn starts a read of a source on
// a goroutine; nil means the go statement, and tests may run it at once.
func New(spawn func(read func())) *Log {
	if spawn == nil {
		spawn = func(f func()) { go f() }
	}
	l := &Log{
		heights:   make(map[chat.MessageID]float32),
		unfolded:  make(map[chat.MessageID]bool),
		live:      make(map[chat.MessageID]*row),
		wanted:    make(map[chat.MessageID]struct{}),
		drawings:  make(parts.Drawings),
		pane:      canvas.NewRectangle(theme.Color(theme.ColorPane)),
		ring:      canvas.NewRectangle(color.Transparent),
		done:      make(chan struct{}),
		layer:     &fyne.Container{},
		now:       time.Now,
		spawn:     spawn,
		do:        fyne.Do,
		animate:   func(a *fyne.Animation) { a.Start() },
		openURL:   func(u *url.URL) error { return fyne.CurrentApp().OpenURL(u) },
		clipboard: func() fyne.Clipboard { return fyne.CurrentApp().Clipboard() },
	}
	l.win.Reset()
	l.bar = parts.NewBar()
	l.bar.Page = func(direction int) { l.scrollBy(float32(direction) * l.page()) }
	l.bar.Seek = l.seek
	l.bar.Released = l.place
	l.pill = parts.NewPill(l.ScrollToEnd)
	l.tip = parts.NewTip()
	l.typing = canvas.NewText("", color.Transparent)
	l.typing.TextSize, l.typing.TextStyle.Italic = theme.CaptionSize+0.5, true
	l.typing.Hide()
	l.notice = parts.NewNotice(l.retry)
	l.ring.StrokeWidth = 2
	l.ring.StrokeColor = theme.Color(fynetheme.ColorNameFocus)
	l.ring.Hide()
	l.ExtendBaseWidget(l)
	l.look = lookOf(l)
	l.metrics = msgtext.NewMetrics(theme.TextSize, l.look.grid)
	return l
}

// Place is a place in a conversation; the zero Place is its end.
type Place struct {
	at     chat.Position // of a message
	y      float32       // where its bubble stands
	newest chat.Position // of the conversation
}

// Place returns where the log stands.
func (l *Log) Place() Place {
	if !l.opened || l.atEnd || l.win.Len() == 0 {
		return Place{}
	}
	return Place{l.anchorPosition(), l.anchor.y, l.newest}
}

// SetConversation shows another conversation: at its first unread message, where it
// was left, or at its end.
func (l *Log) SetConversation(c Conversation) {
	l.reset()
	l.conv = c
	l.changed()
	if c.Unread == 0 && c.Place != (Place{}) {
		l.newest = c.Place.newest
		l.load(read{want: pages.Around, at: c.Place.at, limit: pages.Size, place: placeKeep, y: c.Place.y})
		return
	}
	l.load(read{want: pages.Newest, limit: firstPage, place: placeOpen, unread: c.Unread})
}

// Clear shows nothing.
func (l *Log) Clear() {
	l.reset()
	l.changed()
}

func (l *Log) reset() {
	l.generation++
	l.conv = Conversation{}
	l.opened, l.loading, l.queued, l.problem = false, false, nil, nil
	l.pending, l.pendingStates, l.pendingChange = nil, nil, nil
	l.win.Reset()
	l.anchor = anchor{}
	l.oldest, l.newest, l.unread, l.gone = chat.Position{}, chat.Position{}, chat.Position{}, chat.Position{}
	l.chosen, l.typists = chat.MessageID{}, ""
	l.fresh, l.atEnd, l.announced = 0, false, false
	clear(l.unfolded)
	l.bodies.Reset()
	l.forgetSizes()
	l.selection = selection.Span{}
	l.words = nil
	l.unflash()
}

// Reload reads the messages afresh and keeps the place: after events were
// missed, or an author's name changed.
func (l *Log) Reload() {
	switch {
	case !l.opened || l.atEnd || l.win.Len() == 0:
		l.load(read{want: pages.Newest, limit: firstPage, place: placeEnd})
	default:
		l.load(read{want: pages.Around, at: l.anchorPosition(), limit: pages.Size, place: placeKeep, y: l.anchor.y})
	}
}

// Append takes over messages that came since the conversation was read, in any
// order; those that are there already are left alone. The view follows them if
// it is at the end, and goes there for messages of one's own.
func (l *Log) Append(messages []chat.Message) {
	if len(messages) == 0 || l.conv.Source == nil {
		return
	}
	if l.loading || !l.opened {
		// What is being read may or may not have them; and if the read shows
		// that the window is at the end, they belong into it.
		l.pending = append(l.pending, messages...)
		return
	}
	l.add(messages)
	l.changed()
}

// add puts messages in their places and decides where the view goes.
func (l *Log) add(messages []chat.Message) {
	follow, own, added := l.atEnd, false, 0
	for _, m := range messages {
		if l.win.Has(m.ID) {
			continue
		}
		latest := l.newest.Less(m.Position)
		if latest {
			l.newest = m.Position
		}
		switch {
		case l.win.Newer && l.win.Last().Less(m.Position):
			l.win.Below++
		case l.win.Older && m.Position.Less(l.win.First()):
			l.win.Above++
			continue
		default:
			i, ok := l.win.Insert(m)
			if !ok {
				continue
			}
			if i <= l.anchor.index && l.win.Len() > 1 && !follow {
				l.anchor.index++
			}
		}
		added++
		if m.Own {
			own = own || latest
			continue
		}
		if latest {
			l.fresh++
		}
	}
	if own {
		l.unread = chat.Position{}
	}
	if own && l.win.Newer {
		l.load(read{want: pages.Newest, limit: firstPage, place: placeEnd})
		return
	}
	if own || follow {
		l.trimBehind()
		l.toEnd()
		l.fresh = 0
		l.announced = l.announced && added == 0
	}
}

// trimBehind drops the oldest messages while the view follows the newest.
func (l *Log) trimBehind() {
	if l.win.Len() < window.Max+pages.Size {
		return
	}
	for _, m := range l.win.TrimStart(l.win.Len() - window.Max) {
		l.dropHeight(m.ID)
	}
}

// SetUnreadFrom puts the "unread" line above the message at p; zero takes it
// away. SetConversation does so by itself when it is told a number.
func (l *Log) SetUnreadFrom(p chat.Position) {
	l.unread = p
	l.changed()
}

// JumpTo brings the message at p to the middle and makes it stand out briefly.
func (l *Log) JumpTo(p chat.Position) {
	if i, ok := l.win.Search(p); ok && l.opened {
		l.toMiddle(i)
		l.flash(l.win.Messages[i].ID)
		l.changed()
		return
	}
	l.load(read{want: pages.Around, at: p, limit: firstPage, place: placeFlash})
}

// SetHighlight marks the words of a search in all messages; empty marks none.
func (l *Log) SetHighlight(words string) {
	l.words = msgtext.Words(words)
	l.changed()
}

// ScrollToEnd shows the newest message.
func (l *Log) ScrollToEnd() {
	if l.win.Newer {
		l.load(read{want: pages.Newest, limit: firstPage, place: placeEnd})
		return
	}
	l.toEnd()
	l.changed()
}

// ScrollToStart shows the oldest message.
func (l *Log) ScrollToStart() {
	if l.win.Older {
		l.load(read{want: pages.Around, at: window.Begin, limit: firstPage, place: placeStart})
		return
	}
	l.toStart()
	l.changed()
}

// AtEnd says whether the newest message is in view.
func (l *Log) AtEnd() bool { return l.opened && l.atEnd }

// Close ends the log's goroutines and waits for the read that is under way.
func (l *Log) Close() {
	if l.closed {
		return
	}
	l.closed = true
	close(l.done)
	l.unflash()
	l.loads.Wait()
}

// failed reports a read that did not work.
func (l *Log) failed(err error) {
	l.problem = err
	l.changed()
	if l.OnError != nil {
		l.OnError(err)
	}
}

// retry reads again after a failure.
func (l *Log) retry() {
	l.problem = nil
	if !l.opened {
		l.load(read{want: pages.Newest, limit: firstPage, place: placeOpen, unread: l.conv.Unread})
	}
	l.changed()
}

// look is what measures depend on, besides the width.
type look struct {
	text float32
	font string
	grid theme.Grid
}

func lookOf(l *Log) look {
	t := fyne.CurrentApp().Settings().Theme()
	return look{t.Size(fynetheme.SizeNameText), t.Font(fyne.TextStyle{}).Name(), theme.GridOf(l)}
}

// checkLook measures anew if the letters or the screen changed.
func (l *Log) checkLook() {
	now := lookOf(l)
	if now == l.look {
		return
	}
	l.look = now
	l.metrics.Reset(theme.TextSize, now.grid)
	l.forgetSizes()
	l.stale = true
	if l.atEnd {
		l.toEnd()
	}
}

// Refresh takes over the colours of the theme.
func (l *Log) Refresh() {
	l.pane.FillColor = theme.Color(theme.ColorPane)
	l.ring.StrokeColor = theme.Color(fynetheme.ColorNameFocus)
	for _, pool := range l.pools {
		for _, r := range pool {
			r.View.Text.Refresh()
		}
	}
	for _, r := range l.rows {
		r.View.Text.Refresh()
		if r.top.Avatar != nil {
			r.top.Avatar.Refresh()
		}
	}
	l.bar.Refresh()
	l.pill.Refresh()
	l.tip.Refresh()
	l.notice.Refresh()
	l.changed()
	canvas.Refresh(l)
}

// MinSize implements fyne.CanvasObject.
func (l *Log) MinSize() fyne.Size { return fyne.NewSize(220, 120) }

// Resize implements fyne.CanvasObject.
func (l *Log) Resize(size fyne.Size) {
	l.BaseWidget.Resize(size)
	if old := l.size; old != size {
		l.size = size
		l.arrange(size)
		l.resized(old, size)
	}
}

// arrange puts what lies over the messages in its place.
func (l *Log) arrange(size fyne.Size) {
	l.pane.Resize(size)
	l.ring.Resize(size)
	l.layer.Resize(size)
	l.bar.Move(fyne.NewPos(size.Width-parts.BarWidth, 0))
	l.bar.Resize(fyne.NewSize(parts.BarWidth, size.Height))
}

// CreateRenderer implements fyne.Widget.
func (l *Log) CreateRenderer() fyne.WidgetRenderer { return &renderer{l} }

// renderer only lists what a Log shows: the state is the Log's, since Fyne
// drops renderers that were out of sight for a minute.
type renderer struct{ l *Log }

func (r *renderer) Layout(size fyne.Size) {}
func (r *renderer) MinSize() fyne.Size    { return r.l.MinSize() }
func (r *renderer) Refresh()              { r.l.Refresh() }
func (r *renderer) Destroy()              {}

func (r *renderer) Objects() []fyne.CanvasObject {
	l := r.l
	objects := []fyne.CanvasObject{l.pane, l.layer, l.typing}
	if l.conv.Empty != nil {
		objects = append(objects, l.conv.Empty)
	}
	return append(objects, l.notice, l.bar, l.pill, l.ring, l.tip)
}
