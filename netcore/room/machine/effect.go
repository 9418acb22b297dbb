package machine

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
)

// Effect is something to be done.
type Effect interface{ effect() }

// Dial asks for a connection; Opened or Closed answers it.
type Dial struct{}

// Write asks for a line to be written.
type Write struct{ Message irc.Message }

// Raw asks for bytes to be written at once.
type Raw struct{ Data []byte }

// Hangup asks for the connection to be closed, after what was written or, if it is
// Lost, at once and so that nothing more of that goes out; no Closed is needed.
type Hangup struct{ Lost bool }

// Text is a message of a conversation.
type Text struct {
	ID      chat.MessageID // that its tags claim for it
	Later   bool           // it is not the first line of the message with that ID
	MsgID   string         // the server's, "" if it has none
	From    string         // nick
	Account string
	Body    string // as it came; an action begins with "/me "
	Time    time.Time
	// Timed says that the server gave the time; otherwise it is that of arrival.
	Timed   bool
	Own     bool
	Notice  bool
	Answers string // the msgid of the message that it answers
}

// Received are messages of one conversation, oldest first.
type Received struct {
	Target string // the channel or nick as it is written
	Texts  []Text
	// Past says that they come from history and may be held already, Older that the
	// user asked for them, and Quiet that they are no news: the first look at a
	// conversation.
	Past, Older, Quiet bool
}

// Begun says that an own message is about to be written for the first time since it was
// posted: from here on the server may have some of it.
type Begun struct{ ID chat.MessageID }

// Withdrawn says that an own message was taken back. Without it, the server may have
// some of it.
type Withdrawn struct{ ID chat.MessageID }

// Advanced says how far an own message has come.
type Advanced struct {
	ID    chat.MessageID
	State chat.State
	MsgID string        // once it is delivered, if the server has one
	Ahead time.Duration // of the server's clock, if its time was told
}

// Refused says that the server will not take an own message, or not all of its lines:
// nothing more of it is written, unless it is posted again.
type Refused struct {
	ID     chat.MessageID
	Target string
	Why    string
}

// Entered says that a channel was joined.
type Entered struct{ Channel string }

// Departed says that a channel was not joined or is left. Wanted says that it is
// tried again after a reconnect.
type Departed struct {
	Channel, Why string
	Wanted       bool
}

// Renamed says that a private conversation's partner has another nick, and that the
// conversation goes on under it.
type Renamed struct{ Was, Is string }

// Changed says that what Room returns of a target differs now; of "" what Status
// returns.
type Changed struct{ Target string }

// Wrote says that somebody writes, or no longer does.
type Wrote struct {
	Target, Nick string
	Active       bool
}

// Reacted says what somebody thinks of the message with a msgid, or, with Gone, no
// longer does.
type Reacted struct {
	Target, MsgID, Nick, Text string
	Own, Gone                 bool
}

// SeenElsewhere says what the user has seen on another device.
type SeenElsewhere struct {
	Target string
	Time   time.Time
}

// Said is what the server itself says.
type Said struct{ From, Text string }

// Fetched ends an Older.
type Fetched struct {
	Target string
	Count  int
	Err    error
}

// Answered ends a Whois.
type Answered struct{ Nick, Text string }

// Done ends a Command, in their order. Why says that it was refused, or that there
// is no answer; "" if it was done, as far as the server tells. Text is what the server
// said to it, if anything.
type Done struct{ Why, Text string }

// Warned is something the user should know.
type Warned struct{ Text string }

func (Dial) effect()          {}
func (Write) effect()         {}
func (Raw) effect()           {}
func (Hangup) effect()        {}
func (Received) effect()      {}
func (Begun) effect()         {}
func (Withdrawn) effect()     {}
func (Advanced) effect()      {}
func (Refused) effect()       {}
func (Entered) effect()       {}
func (Departed) effect()      {}
func (Renamed) effect()       {}
func (Changed) effect()       {}
func (Wrote) effect()         {}
func (Reacted) effect()       {}
func (SeenElsewhere) effect() {}
func (Said) effect()          {}
func (Fetched) effect()       {}
func (Answered) effect()      {}
func (Done) effect()          {}
func (Warned) effect()        {}
