package chatlog

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// Source is where a conversation's messages come from. Its methods are called
// on goroutines of the Log, never on the UI's, and not two at the same time.
type Source interface {
	// Page returns at most limit messages, oldest first: the nearest ones before
	// the position before, or the nearest ones after the position after, both
	// exclusive. With both zero it returns the newest.
	Page(before, after chat.Position, limit int) ([]chat.Message, error)
	// Count returns how many messages the conversation has.
	Count() (int, error)
}

// Conversation is what a Log shows.
type Conversation struct {
	Source Source
	// Authors shows names and avatars; for conversations of more than two.
	Authors bool
	// Unread is how many of the newest messages of others were not seen: the
	// "new" line stands above them, and the log opens there.
	Unread int
	// Empty is shown in the middle while there are no messages; may be nil.
	Empty fyne.CanvasObject
}

// Log is the message pane.
type Log struct {
	widget.BaseWidget

	// OnEnd is called when the newest message comes into view and whenever
	// messages arrive while the end is in view.
	OnEnd func()
	// OnTyped is called for a character typed while the log has the focus, so
	// that the composer can have it.
	OnTyped func(rune)
	// OnAuthor is called when an avatar or an author's name is tapped.
	OnAuthor func(chat.Author)
	// OnShortcut is asked for shortcuts that mean nothing to the log.
	OnShortcut func(fyne.Shortcut)
}

// New returns a log that shows nothing yet.
func New() *Log {
	l := &Log{}
	l.ExtendBaseWidget(l)
	return l
}

// SetConversation shows another conversation.
func (l *Log) SetConversation(c Conversation) {}

// Clear shows nothing.
func (l *Log) Clear() {}

// Reload reads the messages afresh and keeps the place.
func (l *Log) Reload() {}

// Append adds messages that the source got since.
func (l *Log) Append(messages []chat.Message) {}

// UpdateState shows how far own messages have come.
func (l *Log) UpdateState(ids []chat.MessageID, state chat.State) {}

// SetUnreadFrom puts the "new" line above the message at p; zero takes it away.
func (l *Log) SetUnreadFrom(p chat.Position) {}

// JumpTo brings the message at p to the middle and makes it stand out briefly.
func (l *Log) JumpTo(p chat.Position) {}

// SetHighlight marks the words of a search in all messages; empty marks none.
func (l *Log) SetHighlight(words string) {}

// ScrollToEnd shows the newest message.
func (l *Log) ScrollToEnd() {}

// AtEnd says whether the newest message is in view.
func (l *Log) AtEnd() bool { return true }

// SelectedText returns the selected text of the messages in memory.
func (l *Log) SelectedText() string { return "" }

// Close ends the log's goroutines and waits for them.
func (l *Log) Close() {}

// CreateRenderer implements fyne.Widget.
func (l *Log) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(nil))
}
