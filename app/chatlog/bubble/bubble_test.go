package bubble

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

var ada = chat.Author{Device: identity.DeviceID{1}, Name: "Ada"}

func message(own bool, text string) chat.Message {
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.Local)
	return chat.Message{From: ada, Own: own, Text: text, Sent: at, Received: at, Kind: chat.Group}
}

func room(width float32) Room {
	return Room{Metrics: msgtext.NewMetrics(theme.TextSize, 1), Grid: 1, Width: width, Line: width}
}

func newApp(t testing.TB) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
}

func measured(m *chat.Message, width float32) *Body {
	b := Parse(m, false, func(m chat.Message) string { return m.From.Name + " left" })
	b.Wrap(m, room(width))
	return b
}

func reaction(text string, own bool) chat.Reaction {
	return chat.Reaction{From: ada, Own: own, Text: text}
}

func full(own bool) chat.Message {
	m := message(own, "some text, and more of it, enough for two lines or three")
	m.Answers = &chat.Quote{ID: chat.MessageID{9}, From: ada, Text: strings.Repeat("what was said before ", 10)}
	m.Edited = m.Sent
	m.Tally = chat.Tally{Recipients: 6, Sent: 6, Delivered: 4}
	for _, text := range []string{"👍", "🎉", "👍", "a word that is much too long to be shown in whole", "❤️", "😄", "😮"} {
		m.Reactions = append(m.Reactions, reaction(text, text == "🎉"))
	}
	return m
}

// TestNothingStandsOut measures messages for all widths: what stands in a bubble
// stays in it, and reactions stay within the widest bubble there may be.
func TestNothingStandsOut(t *testing.T) {
	newApp(t)
	for _, own := range []bool{true, false} {
		for width := float32(60); width < 600; width += 37 {
			m := full(own)
			b := measured(&m, width)
			widest := max(width+2*PadX, b.Bubble.Width)
			if b.Bubble.Width > width+2*PadX+1 {
				t.Errorf("at %v: the bubble is %v wide", width, b.Bubble.Width)
			}
			if q := b.quote.size; quoteAt.X+q.Width > b.Bubble.Width-PadX+1 || quoteAt.Y+q.Height > b.text.Y {
				t.Errorf("at %v: the quote is %v in %v", width, q, b.Bubble)
			}
			if end := b.meta.at.Y + b.meta.height; b.meta.at.X < PadX-1 && len(b.meta.words) > 1 && b.meta.words[0].end > 0 || end > b.Bubble.Height {
				t.Errorf("at %v: %q stands at %v", width, b.meta.text, b.meta.at)
			}
			for i, p := range b.pills {
				left, right := p.at.X, p.at.X+p.size.Width
				if own && (right > b.Bubble.Width+1 || left < b.Bubble.Width-widest-1 && p.size.Width < widest) ||
					!own && (left < 0 || right > widest+1 && p.size.Width < widest) {
					t.Errorf("at %v: reaction %d reaches from %v to %v of %v", width, i, left, right, b.Bubble.Width)
				}
				if ends := i+1 == len(b.pills) || b.pills[i+1].at.Y > p.at.Y; own && ends && right < b.Bubble.Width-1 {
					t.Errorf("at %v: reaction %d ends a line at %v of %v", width, i, right, b.Bubble.Width)
				}
				if p.at.Y < b.Bubble.Height || p.at.Y+p.size.Height > b.Height {
					t.Errorf("at %v: reaction %d stands at %v", width, i, p.at)
				}
				if i > 0 && p.at.Y == b.pills[i-1].at.Y && left < b.pills[i-1].at.X+b.pills[i-1].size.Width {
					t.Errorf("at %v: reaction %d stands over the one before", width, i)
				}
			}
		}
	}
}

func TestBesideTheTime(t *testing.T) {
	newApp(t)
	m := full(true)
	for _, c := range []struct {
		width float32
		want  string
	}{{400, "edited · delivered to 4 of 6 · 09:00"}, {180, "delivered to 4 of 6 · 09:00"}, {80, "09:00"}} {
		if b := measured(&m, c.width); b.meta.text != c.want {
			t.Errorf("at %v: %q", c.width, b.meta.text)
		}
	}
	refused := message(true, "text")
	refused.State, refused.Refusal = chat.Refused, "No voice"
	for width, want := range map[float32]string{400: "No voice · not accepted · 09:00", 140: "not accepted · 09:00", 60: "09:00"} {
		if b := measured(&refused, width); b.meta.text != want {
			t.Errorf("refused, at %v: %q", width, b.meta.text)
		}
	}
	for _, c := range []struct {
		name string
		make func(*chat.Message)
		want string
	}{
		{"plain", func(m *chat.Message) {}, "09:00"},
		{"read", func(m *chat.Message) { m.Tally = chat.Tally{Recipients: 3, Sent: 3, Delivered: 3, Read: 2} }, "read by 2 · 09:00"},
		{"taken back", func(m *chat.Message) { m.Edited, m.Retracted, m.Text = m.Sent, true, "" }, "09:00"},
		{"edited, and late", func(m *chat.Message) { m.Own, m.Edited, m.Received = false, m.Sent, m.Sent.Add(time.Hour) }, "edited · 09:00 · received 10:00"},
	} {
		m := message(true, "text")
		c.make(&m)
		if b := measured(&m, 400); b.meta.text != c.want {
			t.Errorf("%s: %q", c.name, b.meta.text)
		}
	}
}

func TestReactionsAreCounted(t *testing.T) {
	newApp(t)
	m := full(false)
	b := measured(&m, 500)
	if len(b.pills) != 6 || b.pills[0].count != 2 || b.pills[0].own || !b.pills[1].own {
		t.Errorf("%d reactions: %+v", len(b.pills), b.pills)
	}
	if text, own := b.Reaction(1); text != "🎉" || !own {
		t.Errorf("the second is %q", text)
	}
	if text, _ := b.Reaction(17); text != "" {
		t.Errorf("the eighteenth is %q", text)
	}
	m.Retracted, m.Text = true, ""
	if b := measured(&m, 500); len(b.pills) != 0 || b.quote != nil || b.Height != b.Bubble.Height {
		t.Error("what was taken back keeps its reactions or its quote")
	}
}

// TestParts asks at every point and expects each part to have an area, in
// the order in which they stand.
func TestParts(t *testing.T) {
	newApp(t)
	m := full(true)
	m.Text = strings.Repeat("word ", 2000)
	b := measured(&m, 300)
	first := map[Part]float32{}
	for y := float32(0); y < b.Height+5; y += 2 {
		for x := float32(-60); x < b.Bubble.Width+10; x += 2 {
			part, _ := b.At(fyne.NewPos(x, y))
			if _, ok := first[part]; !ok {
				first[part] = y
			}
		}
	}
	order := []Part{Quote, Text, More, Edited, Reaction}
	for i, part := range order {
		y, ok := first[part]
		if !ok || i > 0 && y+2*near < first[order[i-1]] {
			t.Errorf("part %d begins at %v (there: %v)", part, y, ok)
		}
	}
	for _, part := range []Part{Tally, Time, Nothing} {
		if _, ok := first[part]; !ok {
			t.Errorf("no point for part %d", part)
		}
	}
}

func drawn(v *View) string {
	var texts []string
	var walk func(objects []fyne.CanvasObject)
	walk = func(objects []fyne.CanvasObject) {
		for _, o := range objects {
			if !o.Visible() {
				continue
			}
			switch o := o.(type) {
			case *fyne.Container:
				walk(o.Objects)
			case *canvas.Text:
				texts = append(texts, o.Text)
			case *msgtext.Text:
				texts = append(texts, o.Layout().Doc().Text())
			}
		}
	}
	walk(v.Objects())
	return strings.Join(texts, "|")
}

// TestViewsAreUsedAgain shows one message after another with one view.
func TestViewsAreUsedAgain(t *testing.T) {
	newApp(t)
	v := NewView(false)
	for _, c := range []struct {
		name string
		make func(*chat.Message)
		want string
		edge bool
	}{
		{"plain", func(*chat.Message) {}, "text|09:00", false},
		{"an answer", func(m *chat.Message) { m.Answers = &chat.Quote{From: ada, Text: "before"} }, "text|09:00|Ada|before", false},
		{"plain again", func(*chat.Message) {}, "text|09:00", false},
		{"an answer to nobody", func(m *chat.Message) { m.Answers = &chat.Quote{} }, "text|09:00|A message that is not on this device", false},
		{"called", func(m *chat.Message) { m.Mentioned = true }, "text|09:00", true},
		{"reacted to", func(m *chat.Message) { m.Reactions = []chat.Reaction{reaction("a", false), reaction("b", false)} }, "text|09:00|a|1|b|1", false},
		{"less", func(m *chat.Message) { m.Reactions = []chat.Reaction{reaction("a", true), reaction("a", false)} }, "text|09:00|a|2", false},
		{"a change", func(m *chat.Message) { m.Change = &chat.Change{Kind: chat.Left} }, "Ada left · 09:00", false},
		{"blocked", func(m *chat.Message) { m.Hidden, m.Mentioned = true, true }, "Message from somebody you blocked|09:00", false},
	} {
		m := message(false, "text")
		c.make(&m)
		b := measured(&m, 300)
		v.Show(b, &m, Manner{Grid: 1, Drawings: parts.Drawings{}})
		if got := drawn(v); got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
		edge := false
		for _, o := range v.extras.Objects {
			edge = edge || o == fyne.CanvasObject(v.edge) && v.extras.Visible()
		}
		if edge != c.edge {
			t.Errorf("%s: an edge: %v", c.name, edge)
		}
	}
}

func TestOwnReactionsStandOut(t *testing.T) {
	newApp(t)
	m := message(false, "text")
	m.Reactions = []chat.Reaction{reaction("a", true), reaction("b", false)}
	b := measured(&m, 300)
	v := NewView(false)
	v.Show(b, &m, Manner{Grid: 1, Drawings: parts.Drawings{}})
	if v.pills[0].ground.StrokeColor == v.pills[1].ground.StrokeColor || v.pills[0].ground.FillColor == v.pills[1].ground.FillColor {
		t.Error("one's own reaction looks like another")
	}
}

func TestCacheKeepsWhatIsInUse(t *testing.T) {
	var c Cache
	id := func(n int) chat.MessageID { return chat.MessageID{byte(n), byte(n >> 8)} }
	used := &Body{}
	c.Put(id(0), used)
	for n := 1; n < 5*MaxCached; n++ {
		c.Put(id(n), &Body{})
		if n%100 == 0 && c.Get(id(0)) != used {
			t.Fatalf("what is in use was forgotten after %d", n)
		}
		if c.Len() > 2*MaxCached+1 {
			t.Fatalf("%d are kept", c.Len())
		}
	}
	if c.Get(id(1)) != nil {
		t.Error("all are kept")
	}
	c.Drop(id(0))
	if c.Get(id(0)) != nil {
		t.Error("dropped, and still there")
	}
}
