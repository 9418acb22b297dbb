package sheets

import (
	"context"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/theme"
)

// Confirm asks before something that cannot be undone is done. back, which may be
// nil, shows what was there before, if the answer is no.
func (s *Sheets) Confirm(title, text, label string, do, back func()) {
	no := kit.NewButton("Cancel", false, func() {
		s.Dismiss()
		if back != nil {
			back()
		}
	})
	yes := kit.NewDangerButton(label, func() {
		s.Dismiss()
		do()
	})
	s.Show(kit.NewSheet(440, title, kit.NewProse(text), no, yes), no)
}

// Problem is the line of a sheet that says what went wrong; it is hidden until
// then.
type Problem struct {
	*kit.Prose
	sheet func() *kit.Sheet
}

// NewProblem returns a line of the sheet that the function returns.
func NewProblem(sheet func() *kit.Sheet) *Problem {
	p := &Problem{kit.NewProse("").Sized(theme.NameSize).Colored(theme.ColorErrorText), sheet}
	p.Hide()
	return p
}

// Say shows an error; nil hides the line.
func (p *Problem) Say(err error) {
	if err == nil {
		p.Hide()
	} else {
		p.SetText(phrase.Sentence(err))
		p.Show()
	}
	if sheet := p.sheet(); sheet != nil {
		sheet.Relayout()
		if err != nil {
			kit.Reveal(p.Prose)
		}
	}
}

// Again returns a function that asks a question afresh, one at a time: asked
// meanwhile, it is asked once more.
func (s *Sheets) Again(question func(context.Context) func()) (ask func()) {
	asking, more := false, false
	ask = func() {
		if asking {
			more = true
			return
		}
		asking = true
		s.host.Ask(func(ctx context.Context) func() {
			answer := question(ctx)
			return func() {
				asking = false
				answer()
				if more {
					more = false
					ask()
				}
			}
		})
	}
	return ask
}
