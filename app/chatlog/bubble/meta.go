package bubble

import (
	"strings"

	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/app/chatlog/words"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	linePad  float32 = 3 // above and below the line that stands for a change
	moreSize         = theme.CaptionSize + 1
	metaDot          = " · "
	// maxRefusal is how many characters of the reason of a refusal stand beside the time.
	maxRefusal = 60
)

// meta is the time and what is said beside it: that the message was edited, how
// many it has reached, when it was received if that is not plain.
type meta struct {
	words  []metaWord
	text   string // all of them, as drawn
	at     fyne.Position
	height float32
}

// metaWord is one of them, with where it ends.
type metaWord struct {
	part Part
	text string
	end  float32
}

func parseMeta(m *chat.Message) meta {
	var b meta
	add := func(part Part, text string) {
		if text != "" {
			b.words = append(b.words, metaWord{part: part, text: text})
		}
	}
	if words.InPlace(m) == "" {
		if !m.Edited.IsZero() {
			add(Edited, words.Edited)
		}
		switch {
		case words.Refused(m):
			add(Tally, phrase.Clip(m.Refusal, maxRefusal))
			add(Tally, words.NotAccepted)
		case m.Own:
			add(Tally, words.Tally(m.Tally))
		}
	}
	time := words.Time(m)
	if note := words.ClockNote(m); note != "" {
		time += metaDot + note
	}
	add(Time, time)
	return b
}

// wrap measures the words; those before the time are left out where there is no
// room for them.
func (b *meta) wrap(width float32) fyne.Size {
	var size fyne.Size
	for from := 0; from < len(b.words); from++ {
		var text strings.Builder
		for i := range b.words[from:] {
			word := &b.words[from+i]
			if i > 0 {
				text.WriteString(metaDot)
			}
			text.WriteString(word.text)
			size = fyne.MeasureText(text.String(), theme.CaptionSize, fyne.TextStyle{})
			word.end = size.Width
		}
		for i := range b.words[:from] {
			b.words[i].end = 0
		}
		b.text, b.height = text.String(), size.Height
		if size.Width <= width {
			break
		}
	}
	return size
}

// partAt says which word lies at x; what follows the words belongs to the last,
// the time.
func (b *meta) partAt(x float32) Part {
	for _, w := range b.words {
		if x < w.end {
			return w.part
		}
	}
	return Time
}
