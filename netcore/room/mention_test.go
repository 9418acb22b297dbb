package room

import (
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestMentions(t *testing.T) {
	for text, want := range map[string]bool{
		"Ada: hello": true, "hello @ada!": true, "ADA": true, "ask ada, please": true, "grüße, ada": true,
		"Adam: hello": false, "canada": false, "ada_: hello": false, "": false, "canada or ada": true, "ada-b": false,
	} {
		if mentions(text, "Ada") != want {
			t.Errorf("%q calls Ada: %v", text, !want)
		}
	}
	if mentions("text", "") {
		t.Error("nobody is called")
	}
	f := newFake(t, fakeCaps, nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	f.says("bob", "#room", "nothing", time.Now())
	f.says("bob", "#room", "ada: you there?", time.Now())
	b.holds(id, "bob: nothing", "bob: ada: you there?")
	b.until("both shown", func() bool { return len(b.called()) == 2 })
	if got := b.called(); !slices.Equal(got, []bool{false, true}) {
		t.Errorf("called: %v", got)
	}
	if line, err := b.store.Conversation(t.Context(), id); err != nil || !line.Mentioned {
		t.Errorf("the list does not say so: %+v, %v", line.Conversation, err)
	}
}

// called returns of each message shown whether it calls the user.
func (b *bench) called() (list []bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		if added, ok := e.(chat.MessagesAdded); ok {
			for _, m := range added.Messages {
				list = append(list, m.Mentioned)
			}
		}
	}
	return list
}
