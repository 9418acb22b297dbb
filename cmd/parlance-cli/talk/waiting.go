package talk

import (
	"context"
	"errors"
	"time"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/netcore/control"
)

// patience is how long a message of a chat may be under way before that is
// said.
const patience = 3 * time.Second

// waiting is an own message that has not arrived yet.
type waiting struct {
	control.Message
	since time.Time
	told  bool
}

// lookUpAll finds which of the waiting messages have arrived.
func (t *talk) lookUpAll(ctx context.Context) error {
	for _, w := range t.waiting {
		if err := t.lookUp(ctx, w, nil); err != nil {
			return err
		}
	}
	return nil
}

// lookUp finds whether a message has arrived.
func (t *talk) lookUp(ctx context.Context, w *waiting, change *control.StateChange) error {
	now, err := t.session.Progress(ctx, w.Message, change)
	if errors.Is(err, control.ErrNotRunning) {
		return nil // the end of the events follows
	}
	if err == nil && session.Settled(now) {
		if w.told && session.Arrived(now) { // of what was refused a notice tells
			t.say("Delivered: %s", t.viewer.Summary(w.Message, 60))
		}
		delete(t.waiting, w.ID)
	}
	return err
}

// remind says, once, that a message has not arrived.
func (t *talk) remind() {
	if t.Terminal == nil {
		return
	}
	for _, w := range t.waiting {
		if !w.told && time.Since(w.since) > patience {
			w.told = true
			t.say("Not there yet, and kept until it is: %s", t.viewer.Summary(w.Message, 60))
		}
	}
}
