// Package pages reads a conversation's messages from where they are kept: the
// newest, a page more on one side, what stands around a position, and how many
// there are. It holds nothing.
package pages

import (
	"github.com/parlance-chat/parlance/app/chatlog/window"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Size is how many messages are read at a time.
const Size = 200

// Source is where a conversation's messages come from.
type Source interface {
	// Page returns at most limit messages, oldest first: the nearest ones before
	// the position before, or the nearest ones after the position after, both
	// exclusive. With both zero it returns the newest.
	Page(before, after chat.Position, limit int) ([]chat.Message, error)
	// Count returns how many messages the conversation has.
	Count() (int, error)
}

// Want is what a read is for.
type Want int

// The wants.
const (
	Newest Want = iota // the end of the conversation
	Older              // the page before what is held
	Newer              // the page after it
	Around             // what stands around a position
)

// Read is one read of a source.
type Read struct {
	Want        Want
	At          chat.Position // Around
	Limit       int
	First, Last chat.Position // of what is held: Older, Newer
	// Unread is how many of the newest messages of others were not seen; the read
	// of the newest goes on until they are all there, or around the first of them.
	Unread int
	// AskFirst says that it is not known which message is the oldest.
	AskFirst bool
}

// Result is what a read brought.
type Result struct {
	Older, Newer []chat.Message // around the position; Newer is all for other wants
	Count        int
	First        chat.Position // of the oldest message, if it was asked for
	Last         chat.Position // of the newest one, likewise
	Unread       chat.Position // of the first unread one, likewise
	Err          error
}

// Run reads. It returns what it has when the source fails.
func (r Read) Run(source Source) (res Result) {
	askFirst := r.AskFirst
	none := chat.Position{}
	page := func(before, after chat.Position, limit int) []chat.Message {
		if res.Err != nil {
			return nil
		}
		var messages []chat.Message
		messages, res.Err = source.Page(before, after, limit)
		return messages
	}
	switch r.Want {
	case Newest:
		res.Newer = page(none, none, r.Limit)
		askFirst = askFirst && len(res.Newer) >= r.Limit
		if n := len(res.Newer); n > 0 {
			res.Last = res.Newer[n-1].Position
		}
		var held bool
		if res.Unread, held = r.firstUnread(res.Newer, page); !held {
			res.Older = page(res.Unread, none, r.Limit)
			res.Newer = page(none, window.Before(res.Unread), Size)
		}
	case Older:
		res.Older = page(r.First, none, r.Limit)
		return res
	case Newer:
		res.Newer = page(none, r.Last, r.Limit)
		return res
	case Around:
		res.Older = page(r.At, none, r.Limit)
		after := window.Before(r.At)
		if after.IsZero() { // which would mean the newest
			after = r.At
		}
		res.Newer = page(none, after, r.Limit)
	}
	if askFirst {
		if oldest := page(none, window.Begin, 1); len(oldest) > 0 {
			res.First = oldest[0].Position
		}
	}
	if res.Err == nil {
		res.Count, res.Err = source.Count()
	}
	return res
}

// firstUnread looks for the message above which the "unread" line stands: the
// newest but so many of others. held says whether it is in the newest page.
func (r Read) firstUnread(newest []chat.Message, page func(before, after chat.Position, limit int) []chat.Message) (unread chat.Position, held bool) {
	held = true
	for messages, limit, left := newest, r.Limit, r.Unread; left > 0; {
		for i := len(messages) - 1; i >= 0 && left > 0; i-- {
			unread = messages[i].Position
			if !messages[i].Own {
				left--
			}
		}
		if left == 0 || len(messages) < limit { // fewer than was said, or a read failed
			break
		}
		messages, limit, held = page(messages[0].Position, chat.Position{}, Size), Size, false
	}
	return unread, held
}
