package machine

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
)

// Event is something that happened.
type Event interface{ event() }

// Opened says that the connection asked for by Dial is there.
type Opened struct{}

// Line is a line from the server, without CR LF.
type Line struct{ Text string }

// Chunk is what came at once, where there are no lines.
type Chunk struct{ Data []byte }

// Closed says that there is no connection, or none any more. After a final one only
// Retry leads to another.
type Closed struct {
	Err   error
	Final bool
}

// Retry asks for a connection now.
type Retry struct{}

// Tick says that the time of Next has come.
type Tick struct{}

// Join asks to be in a channel, now and after each reconnect. Since is the time of
// the newest message held, zero if there is none.
type Join struct {
	Channel, Key string
	Since        time.Time
}

// Talk asks to hold a private conversation.
type Talk struct {
	Nick  string
	Since time.Time
}

// Part asks to leave a channel, or to forget a private conversation.
type Part struct{ Target, Reason string }

// Post is an own message that is on disk. What begins with "/me " is an action.
type Post struct {
	ID     chat.MessageID
	Target string
	Text   string
	// Doubtful says that an earlier run may have sent it.
	Doubtful bool
	Answers  string // the msgid of the message that it answers
}

// Withdraw asks to take back an own message before anything of it is written.
type Withdraw struct{ ID chat.MessageID }

// React says what the user thinks of the message with a msgid; an empty text takes
// back Was.
type React struct{ Target, MsgID, Text, Was string }

// Older asks for the page of history before a message, by its msgid or else by its
// time.
type Older struct {
	Target string
	Before time.Time
	MsgID  string
}

// Typing tells others that the user writes, or no longer does.
type Typing struct {
	Target string
	Active bool
}

// Seen tells the user's other devices up to when the user has seen a conversation.
type Seen struct {
	Target string
	Time   time.Time
}

// Command is a command of the user's that needs nothing more than to be sent.
type Command struct{ Message irc.Message }

// Whois asks who somebody is.
type Whois struct{ Nick string }

// Stop says goodbye and ends.
type Stop struct{ Reason string }

func (Opened) event()   {}
func (Line) event()     {}
func (Chunk) event()    {}
func (Closed) event()   {}
func (Retry) event()    {}
func (Tick) event()     {}
func (Join) event()     {}
func (Talk) event()     {}
func (Part) event()     {}
func (Post) event()     {}
func (Withdraw) event() {}
func (React) event()    {}
func (Older) event()    {}
func (Typing) event()   {}
func (Seen) event()     {}
func (Command) event()  {}
func (Whois) event()    {}
func (Stop) event()     {}
