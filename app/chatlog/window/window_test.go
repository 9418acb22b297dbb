package window

import (
	"encoding/binary"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestBefore(t *testing.T) {
	p := chat.Position{0: 1}
	q := Before(p)
	if !q.Less(p) || q[0] != 0 || q[1] != 0xff || q[23] != 0xff {
		t.Errorf("before %v is %v", p, q)
	}
	if b := Before(Begin); !b.IsZero() {
		t.Errorf("before the first is %v", b)
	}
	for _, m := range conversation(5) {
		if b := Before(m.Position); !b.Less(m.Position) {
			t.Errorf("%v is not before %v", b, m.Position)
		}
	}
}

func TestBetweenAndAlong(t *testing.T) {
	messages := conversation(1001)
	a, b := messages[0].Position, messages[1000].Position
	for _, share := range []float64{0, 0.25, 0.5, 1} {
		p := Along(a, b, share)
		if got := Between(a, p, b); got < share-0.001 || got > share+0.001 {
			t.Errorf("%v of the way is found at %v", share, got)
		}
	}
	if Between(b, a, b) != 0 || Between(a, a, a) != 0 || Along(b, a, 0.5) != b {
		t.Error("a way of no length")
	}
}

func TestWindow(t *testing.T) {
	messages := conversation(2000)
	var w Window
	w.Reset()
	w.Merge(messages[1000:1100])
	w.Older, w.Newer, w.Above, w.Below = true, true, 1000, 900

	if n := w.MergeOlder(messages[900:1005], 105); n != 100 || w.Above != 900 || !w.Older {
		t.Errorf("%d older, %d above", n, w.Above)
	}
	if n := w.MergeNewer(messages[1095:1150], 55); n != 50 || w.Below != 850 || !w.Newer {
		t.Errorf("%d newer, %d below", n, w.Below)
	}
	if w.Total() != 2000 || w.Len() != 250 {
		t.Errorf("%d of %d", w.Len(), w.Total())
	}
	if _, ok := w.Insert(messages[1000]); ok {
		t.Error("a double was taken")
	}
	other := messages[1000]
	other.ID = chat.MessageID{1, 2, 3}
	if _, ok := w.Insert(other); ok {
		t.Error("two messages stand at one position")
	}
	if i, ok := w.Find(messages[1000].ID); !ok || i != 100 {
		t.Errorf("message 1000 is found at %d", i)
	}
	if _, ok := w.Find(chat.MessageID{9, 9}); ok {
		t.Error("a message that is not there was found")
	}

	w.MergeOlder(messages[0:900], 901)
	if w.Older || w.Above != 0 {
		t.Error("a short page is not the last")
	}
	if got := len(w.TrimEnd(100)); got != 1150-Max || w.Len() != Max || !w.Newer || w.Has(messages[Max].ID) {
		t.Errorf("%d trimmed, %d left", got, w.Len())
	}
	if got := len(w.TrimEnd(0)); got != 0 {
		t.Errorf("%d trimmed of a window that is short enough", got)
	}
	w.MergeNewer(messages[Max:2000], 5000)
	if w.Newer || w.Below != 0 || w.Len() != 2000 {
		t.Errorf("%d after all were merged", w.Len())
	}
	if got := len(w.TrimStart(300)); got != 300 || w.Above != 300 || !w.Older {
		t.Errorf("%d trimmed where 300 could go", got)
	}
	if got := w.TrimStart(5000); len(got) != 1700-Max || got[0].ID != messages[300].ID || w.Len() != Max {
		t.Errorf("%d trimmed", len(got))
	}
	if w.Total() != 2000 {
		t.Errorf("%d in all", w.Total())
	}
	if got := w.DropBefore(w.First()); len(got) != 0 || !w.Older {
		t.Errorf("%d dropped before the first", len(got))
	}
	if got := w.DropBefore(messages[1300].Position); len(got) != 100 || w.Has(messages[1299].ID) || w.First() != messages[1300].Position || w.Older || w.Above != 0 {
		t.Errorf("%d dropped, older ones: %v", len(got), w.Older)
	}
	if got := w.DropBefore(End); len(got) != 700 || w.Len() != 0 {
		t.Errorf("%d dropped, %d left", len(got), w.Len())
	}
}

// conversation makes n messages, a second apart.
func conversation(n int) []chat.Message {
	messages := make([]chat.Message, n)
	for i := range messages {
		m := &messages[i]
		binary.BigEndian.PutUint64(m.Position[:], uint64(1_700_000_000_000+1000*i)<<16)
		binary.BigEndian.PutUint64(m.Position[16:], uint64(i)+1)
		binary.BigEndian.PutUint64(m.ID[8:], uint64(i)+1)
	}
	return messages
}
