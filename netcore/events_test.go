package netcore

import (
	"fmt"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// What happens before anybody listens is told to the first who does, and to
// nobody else.
func TestEarlyEvents(t *testing.T) {
	notice := func(i int) chat.Event { return chat.Notice{Text: fmt.Sprint(i)} }
	for _, c := range []struct {
		name  string
		early int
		want  []chat.Event // the first ones
		total int
	}{
		{"none", 0, nil, 0},
		{"some", 3, []chat.Event{notice(0), notice(1), notice(2)}, 3},
		{"as many as are kept", maxEarly, []chat.Event{notice(0)}, maxEarly},
		{"more", maxEarly + 1, []chat.Event{chat.Lagged{}, notice(maxEarly)}, 2},
	} {
		h := newHub()
		for i := range c.early {
			h.emit(notice(i))
		}
		first, second := h.subscribe(), h.subscribe()
		last := chat.Notice{Text: "last"}
		h.emit(last)
		for i := range c.total {
			if got := <-first.Events(); i < len(c.want) && got != c.want[i] {
				t.Errorf("%s: event %d is %v, want %v", c.name, i, got, c.want[i])
			}
		}
		for _, s := range []*Subscription{first, second} {
			if got := <-s.Events(); got != last {
				t.Errorf("%s: then comes %v, want %v", c.name, got, last)
			}
		}
		h.shut()
	}
}
