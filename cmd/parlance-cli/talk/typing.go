package talk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

// retell is how often the node is told that the user goes on typing; it tells
// others less often.
const retell = 2 * time.Second

// writer is somebody who types.
type writer struct {
	name  string
	until time.Time // unless they say so again
}

// writes takes the line as it stands after a key. A command is nobody's
// business.
func (t *talk) writes(ctx context.Context, line string) {
	active := strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "/") && t.with != nil && t.with.Kind != chat.Plain
	switch {
	case active && time.Since(t.typing) < retell, !active && t.typing.IsZero():
		return
	case active:
		t.typing = time.Now()
	default:
		t.typing = time.Time{}
	}
	if t.with != nil {
		_ = t.session.SetTyping(ctx, t.with.ID, active) // it may be lost, as on the network
	}
}

// hearsTyping takes the news of who types here.
func (t *talk) hearsTyping(e control.Typing) {
	if t.Terminal == nil || !t.here(e.Conversation) {
		return
	}
	if !e.Active {
		t.noLongerTypes(e.From.ID)
		return
	}
	t.writers[e.From.ID] = writer{t.names.Call(e.From), time.Now().Add(chat.TypingLasts)}
	t.prompt()
}

func (t *talk) noLongerTypes(id string) {
	if _, ok := t.writers[id]; ok {
		delete(t.writers, id)
		t.prompt()
	}
}

// forgetWriters drops those who said nothing more for too long.
func (t *talk) forgetWriters() {
	for id, w := range t.writers {
		if time.Now().After(w.until) {
			t.noLongerTypes(id)
		}
	}
}

// stopped forgets who types, in the conversation that was left.
func (t *talk) stopped() {
	clear(t.writers)
	t.prompt()
}

// prompt says who types before the line that is being typed.
func (t *talk) prompt() {
	if t.Terminal == nil {
		return
	}
	var who []string
	for _, w := range t.writers {
		who = append(who, w.name)
	}
	slices.Sort(who)
	text := ""
	switch n := len(who); {
	case n == 0:
	case n == 1:
		text = who[0] + " is typing … "
	case n == 2:
		text = show.List(who) + " are typing … "
	default:
		text = fmt.Sprintf("%d people are typing … ", n)
	}
	if t.columns() < 2*len(text) { // what is being typed needs the room
		text = show.Excerpt(text, t.columns()/2)
	}
	t.Terminal.setPrompt(text + Prompt)
}
