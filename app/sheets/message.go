package sheets

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// stateNames says the states in the words of the legend.
var stateNames = map[chat.State]string{
	chat.Queued: "Queued", chat.Sent: "Sent", chat.Delivered: "Delivered", chat.Read: "Read",
}

// farthest orders the states.
var farthest = []chat.State{chat.Read, chat.Delivered, chat.Sent, chat.Queued}

// stateMark draws the small mark of a state.
func stateMark(state chat.State) fyne.CanvasObject {
	ink := theme.ColorMeta
	switch state {
	case chat.Read:
		ink = theme.ColorRead
	case chat.Refused:
		ink = theme.ColorErrorText
	}
	drawing := make(parts.Drawings).Get(parts.Mark(state), theme.Color(ink))
	// Fyne knows pictures by their names, and those of drawings repeat.
	name := fmt.Sprintf("parlance-state-%s-%v.svg", state, theme.IsDark())
	img := canvas.NewImageFromResource(fyne.NewStaticResource(name, drawing.Content()))
	img.FillMode = canvas.ImageFillContain
	img.SetMinSize(fyne.NewSize(parts.MarkWidth*1.5, parts.MarkHeight*1.5))
	return img
}

// quoted shows the beginning of a message that a sheet is about.
func quoted(text string) fyne.CanvasObject {
	text = phrase.Clip(strings.Join(strings.Fields(text), " "), 160)
	return kit.NewPanel(theme.ColorPane, kit.Inset{Top: 10, Right: 14, Bottom: 10, Left: 14}, kit.NewProse(text)).Rounded(8)
}

// Receipts shows who got a message of one's own, and follows it.
func (s *Sheets) Receipts(msg chat.Message) {
	var sheet *kit.Sheet
	wrong := NewProblem(func() *kit.Sheet { return sheet })
	count, list := Label("Asking…"), container.New(kit.Stack{})
	body := container.New(kit.Stack{Gaps: []float32{14, 4, 10}}, quoted(msg.Text), count, list, wrong.Prose)
	done := kit.NewButton("Close", true, s.Dismiss)
	sheet = kit.NewSheet(460, "Who got it", body, done)
	s.Show(sheet, done)
	load := s.Again(func(ctx context.Context) func() {
		receipts, err := s.core.Receipts(ctx, msg.Conversation, msg.ID)
		return func() {
			if s.shown != sheet {
				return
			}
			wrong.Say(err)
			if err == nil {
				count.SetText(receiptText(receipts))
				list.Objects = []fyne.CanvasObject{ListOf(receiptLines(receipts))}
				list.Refresh()
				sheet.Relayout()
			}
		}
	})
	s.live = func(ev chat.Event) {
		switch ev := ev.(type) {
		case chat.StateChanged:
			if ev.Conversation == msg.Conversation {
				load()
			}
		case chat.ConversationChanged: // people come and go
			if ev.Conversation.ID == msg.Conversation {
				load()
			}
		}
	}
	load()
}

// receiptText counts receipts in a sentence.
func receiptText(receipts []chat.Receipt) string {
	delivered, read := 0, 0
	for _, r := range receipts {
		if r.State == chat.Delivered || r.State == chat.Read {
			delivered++
		}
		if r.State == chat.Read {
			read++
		}
	}
	switch {
	case len(receipts) == 0:
		return "Nobody has said so yet."
	case read == 0:
		return fmt.Sprintf("Delivered to %d of %d", delivered, len(receipts))
	}
	return fmt.Sprintf("Delivered to %d of %d, read by %d", delivered, len(receipts), read)
}

// receiptLines lists receipts: the farthest first, each by name.
func receiptLines(receipts []chat.Receipt) []fyne.CanvasObject {
	receipts = slices.Clone(receipts)
	slices.SortFunc(receipts, func(a, b chat.Receipt) int {
		return cmp.Or(
			cmp.Compare(slices.Index(farthest, a.State), slices.Index(farthest, b.State)),
			strings.Compare(strings.ToLower(a.Peer.Name), strings.ToLower(b.Peer.Name)),
			strings.Compare(a.Peer.ID(), b.Peer.ID()))
	})
	var lines []fyne.CanvasObject
	for i, r := range receipts {
		if i == 2*mostPeople {
			lines = append(lines, kit.NewProse(fmt.Sprintf("And %d more.", len(receipts)-i)).Muted())
			break
		}
		lines = append(lines, person(chat.Peer{ID: r.Peer.Device, Name: r.Peer.Name}, r.Peer.Name, stateNames[r.State], true, stateMark(r.State), nil))
	}
	return lines
}

// Revisions shows the texts that a message had.
func (s *Sheets) Revisions(msg chat.Message) {
	var sheet *kit.Sheet
	wrong := NewProblem(func() *kit.Sheet { return sheet })
	list := container.New(kit.Stack{Gaps: []float32{10}})
	done := kit.NewButton("Close", true, s.Dismiss)
	sheet = kit.NewSheet(520, "Earlier versions", container.New(kit.Stack{Gaps: []float32{10}}, list, wrong.Prose), done)
	s.Show(sheet, done)
	load := s.Again(func(ctx context.Context) func() {
		revisions, err := s.core.Revisions(ctx, msg.Conversation, msg.ID)
		return func() {
			if s.shown != sheet {
				return
			}
			wrong.Say(err)
			list.RemoveAll()
			for i, r := range revisions {
				when := r.Sent.Local().Format("Monday, 2 January 2006, 15:04:05")
				switch {
				case i == len(revisions)-1:
					when += " · as it stands now"
				case i == 0:
					when += " · as first written"
				}
				list.Add(container.New(kit.Stack{Gaps: []float32{3}},
					kit.NewProse(when).Sized(theme.CaptionSize+0.5).Muted(),
					kit.NewPanel(theme.ColorPane, kit.Inset{Top: 8, Right: 14, Bottom: 8, Left: 14}, kit.NewProse(r.Text)).Rounded(8)))
			}
			sheet.Relayout()
		}
	})
	s.live = func(ev chat.Event) {
		if ev, ok := ev.(chat.MessagesChanged); ok &&
			slices.ContainsFunc(ev.Messages, func(m chat.Message) bool { return m.ID == msg.ID }) {
			load()
		}
	}
	load()
}

// ConfirmRetract asks before a message is taken back.
func (s *Sheets) ConfirmRetract(msg chat.Message) {
	what := "It goes away for everybody, as soon as their Parlance hears of it. That you took a message back stays to be seen, and who has read it has read it."
	switch {
	case msg.State == chat.Refused:
		what = "It was not accepted and is on this device only. Its text goes away for good."
	case msg.Kind == chat.Room:
		what = "It was not sent yet and is on this device only. Its text goes away for good."
	}
	s.Confirm("Take this message back?", what, "Take back", func() {
		s.host.Write(func(ctx context.Context) error { return s.core.Retract(ctx, msg.Conversation, msg.ID) })
	}, nil)
}
