package chatlog

import (
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestBefore(t *testing.T) {
	p := chat.Position{0: 1}
	q := before(p)
	if !q.Less(p) || q[0] != 0 || q[1] != 0xff || q[23] != 0xff {
		t.Errorf("before %v is %v", p, q)
	}
	if b := before(firstPosition); !b.IsZero() {
		t.Errorf("before the first is %v", b)
	}
	for _, m := range conversation(5).messages {
		if b := before(m.Position); !b.Less(m.Position) {
			t.Errorf("%v is not before %v", b, m.Position)
		}
	}
}

func TestBetweenAndAlong(t *testing.T) {
	s := conversation(1001)
	a, b := s.messages[0].Position, s.messages[1000].Position
	for _, share := range []float64{0, 0.25, 0.5, 1} {
		p := along(a, b, share)
		if got := between(a, p, b); got < share-0.001 || got > share+0.001 {
			t.Errorf("%v of the way is found at %v", share, got)
		}
	}
	if between(b, a, b) != 0 || between(a, a, a) != 0 || along(b, a, 0.5) != b {
		t.Error("a way of no length")
	}
}

func TestWindow(t *testing.T) {
	s := conversation(2000)
	var w window
	w.reset()
	w.merge(s.messages[1000:1100])
	w.older, w.newer, w.above, w.below = true, true, 1000, 900

	if n := w.mergeOlder(s.messages[900:1005], 105); n != 100 || w.above != 900 || !w.older {
		t.Errorf("%d older, %d above", n, w.above)
	}
	if n := w.mergeNewer(s.messages[1095:1150], 55); n != 50 || w.below != 850 || !w.newer {
		t.Errorf("%d newer, %d below", n, w.below)
	}
	if w.total() != 2000 || w.len() != 250 {
		t.Errorf("%d of %d", w.len(), w.total())
	}
	if _, ok := w.insert(s.messages[1000]); ok {
		t.Error("a double was taken")
	}
	other := s.messages[1000]
	other.ID = chat.MessageID{1, 2, 3}
	if _, ok := w.insert(other); ok {
		t.Error("two messages stand at one position")
	}
	if i, ok := w.find(s.messages[1000].ID); !ok || i != 100 {
		t.Errorf("message 1000 is found at %d", i)
	}
	if _, ok := w.find(chat.MessageID{9, 9}); ok {
		t.Error("a message that is not there was found")
	}

	w.mergeOlder(s.messages[0:900], 901)
	if w.older || w.above != 0 {
		t.Error("a short page is not the last")
	}
	if got := len(w.trimEnd(100)); got != 1150-maxWindow || w.len() != maxWindow || !w.newer || w.has(s.messages[maxWindow].ID) {
		t.Errorf("%d trimmed, %d left", got, w.len())
	}
	if got := len(w.trimEnd(0)); got != 0 {
		t.Errorf("%d trimmed of a window that is short enough", got)
	}
	w.mergeNewer(s.messages[maxWindow:2000], 5000)
	if w.newer || w.below != 0 || w.len() != 2000 {
		t.Errorf("%d after all were merged", w.len())
	}
	if got := len(w.trimStart(300)); got != 300 || w.above != 300 || !w.older {
		t.Errorf("%d trimmed where 300 could go", got)
	}
	if got := w.trimStart(5000); len(got) != 1700-maxWindow || got[0].ID != s.messages[300].ID || w.len() != maxWindow {
		t.Errorf("%d trimmed", len(got))
	}
	if w.total() != 2000 {
		t.Errorf("%d in all", w.total())
	}
}
