// Package sheets holds the cards that come over the window to ask or tell
// something, one at a time, and the card of the first start.
//
// A sheet asks the node for what it needs, shows what comes back, and goes.
// Everything here lives on the UI goroutine; whatever may wait runs where the Host
// lets it.
package sheets

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Core is what the sheets ask of netcore.Node; see there for what each does.
type Core interface {
	Self() netcore.Self
	SetName(ctx context.Context, name string) error
	Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error)
	OpenPlain(ctx context.Context, address string) (chat.ConversationID, error)
	SetTrust(ctx context.Context, peer identity.DeviceID, t chat.Trust) error
	Connect(ctx context.Context, address string) (chat.Peer, error)
	Plain() netcore.PlainStatus
	SetPlain(ctx context.Context, on bool, port uint16) error
	Doctor(ctx context.Context) netcore.Report
	DoctorFor(ctx context.Context, who string) netcore.Report
	CreateGroup(ctx context.Context, name string, members []identity.DeviceID) (chat.ConversationID, error)
	AddMembers(ctx context.Context, id chat.ConversationID, who []identity.DeviceID) error
	RemoveMembers(ctx context.Context, id chat.ConversationID, who []identity.DeviceID) error
	RenameGroup(ctx context.Context, id chat.ConversationID, name string) error
	Members(ctx context.Context, id chat.ConversationID) ([]chat.Member, error)
	Leave(ctx context.Context, id chat.ConversationID) error
	Join(ctx context.Context, id chat.ConversationID) error
	SetMuted(ctx context.Context, id chat.ConversationID, muted bool) error
	Retract(ctx context.Context, id chat.ConversationID, message chat.MessageID) error
	Receipts(ctx context.Context, id chat.ConversationID, message chat.MessageID) ([]chat.Receipt, error)
	Revisions(ctx context.Context, id chat.ConversationID, message chat.MessageID) ([]chat.Revision, error)
	ReadMarks() bool
	SetReadMarks(ctx context.Context, on bool) error
}

// Host is the window that the sheets stand over.
type Host interface {
	Canvas() fyne.Canvas
	// Ask runs a question beside the UI, and what it returns on the UI goroutine.
	Ask(question func(context.Context) func())
	// Write runs a change after all those before it, and reports its error.
	Write(change func(context.Context) error)
	// Open shows a conversation, ready to type in.
	Open(id chat.ConversationID)
	// Refresh shows what the model says now.
	Refresh()
	// Rest takes the keyboard back from a sheet.
	Rest()
	Now() time.Time
}

// Sheets shows sheets over a Host.
type Sheets struct {
	host    Host
	core    Core
	model   *model.Model
	version string
	shown   *kit.Sheet       // nil if there is none
	queue   []func()         // sheets that wait until nothing else is shown
	live    func(chat.Event) // of the sheet that is shown; may be nil
	waiting bool             // the sheet that is shown goes only by itself
}

// New returns the sheets of a window; version is the program's.
func New(host Host, core Core, m *model.Model, version string) *Sheets {
	return &Sheets{host: host, core: core, model: m, version: version}
}

// Shown returns the sheet that is over the window, or nil.
func (s *Sheets) Shown() *kit.Sheet { return s.shown }

// Watch has f called for what happens while the sheet that was shown last stands
// there.
func (s *Sheets) Watch(f func(chat.Event)) { s.live = f }

// Apply tells the sheet that is shown of something that happened.
func (s *Sheets) Apply(ev chat.Event) {
	if s.live != nil {
		s.live(ev)
	}
}

// Show puts a sheet over the window, in place of one that may be there, and
// focuses first. Of a button, which would keep Escape to itself, it hands Enter
// to the sheet.
func (s *Sheets) Show(sheet *kit.Sheet, first fyne.Focusable) {
	s.Dismiss()
	s.shown = sheet
	sheet.OnClosed = func() {
		s.shown, s.live = nil, nil
		s.host.Rest()
		s.next()
	}
	main, isButton := first.(*kit.Button)
	if isButton || first == nil {
		first = sheet
	}
	sheet.OnKey = func(key fyne.KeyName) {
		switch {
		case key == fyne.KeyEscape:
			s.Escape(key)
		case isButton && (key == fyne.KeyReturn || key == fyne.KeyEnter):
			main.OnTapped()
		}
	}
	sheet.ShowOn(s.host.Canvas(), first)
}

// Dismiss closes the sheet, if there is one.
func (s *Sheets) Dismiss() {
	if s.shown == nil {
		return
	}
	sheet := s.shown
	s.shown, s.live, s.waiting, sheet.OnClosed = nil, nil, false, nil
	sheet.Close()
	s.host.Rest()
	if len(s.queue) > 0 { // later, for another sheet may be about to take the place of this one
		s.host.Ask(func(context.Context) func() { return s.next })
	}
}

// Escape closes the sheet at the Escape key.
func (s *Sheets) Escape(key fyne.KeyName) {
	if key == fyne.KeyEscape && s.shown != nil && !s.waiting {
		s.shown.Close()
	}
}

// Field returns a field for a sheet: Escape closes the sheet, Enter does enter.
func (s *Sheets) Field(hint string, enter func()) *kit.Field {
	f := kit.NewField(hint)
	f.OnKey = s.Escape
	f.OnSubmitted = func(string) { enter() }
	return f
}

// Say adds something the user should know; it is shown when nothing else is.
func (s *Sheets) Say(text string) {
	s.Later(func() {
		ok := kit.NewButton("OK", true, func() { s.shown.Close() })
		s.Show(kit.NewSheet(440, "Please note", kit.NewProse(text), ok), ok)
	})
}

// Later shows a sheet as soon as nothing else is shown.
func (s *Sheets) Later(show func()) {
	s.queue = append(s.queue, show)
	s.next()
}

func (s *Sheets) next() {
	if s.shown != nil || len(s.queue) == 0 {
		return
	}
	show := s.queue[0]
	s.queue = s.queue[1:]
	show()
}
