package sheets

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore"
)

// Doctor looks for what keeps people from being seen, and shows what it found; if
// somebody is named who is missing, it looks for them in particular.
func (s *Sheets) Doctor() {
	var (
		sheet  *kit.Sheet
		report netcore.Report
		who    *kit.Field
		found  = container.New(kit.Stack{Gaps: []float32{14, 10}})
		look   *kit.Button
		copyIt *kit.Button
		run    func()
		again  bool // asked for while it was looking
	)
	run = func() {
		look.Disable()
		copyIt.Disable()
		name := strings.TrimSpace(who.Text)
		text := "Looking at cards, ports, multicast groups, the clock and the people heard…"
		if name != "" {
			text = "Looking for " + phrase.Clip(name, 60) + ". This takes some seconds…"
		}
		busy := kit.NewBusy()
		found.RemoveAll()
		found.Add(kit.NewProse(text).Muted())
		found.Add(busy)
		if s.shown == sheet && sheet != nil {
			sheet.Relayout()
		}
		s.host.Ask(func(ctx context.Context) func() {
			var r netcore.Report
			if name == "" {
				r = s.core.Doctor(ctx)
			} else {
				r = s.core.DoctorFor(ctx, name)
			}
			return func() {
				busy.Stop()
				if again {
					again = false
					run()
					return
				}
				report = r
				showReport(found, r)
				look.Enable()
				copyIt.Enable()
				sheet.Relayout()
			}
		})
	}
	look = kit.NewButton("Look", false, func() { run() })
	copyIt = kit.NewButton("Copy", false, func() { fyne.CurrentApp().Clipboard().SetContent(reportText(report)) })
	who = s.Field("A name, the beginning of an ID, or an address", func() {
		if again = look.Disabled(); !again {
			run()
		}
	})
	body := container.New(kit.Stack{Gaps: []float32{4, 16}},
		Label("Who is missing?"), container.New(kit.Row{Gap: 8, Grow: 0}, who, look), found)
	connect := kit.NewButton("Connect to an address…", false, s.Connect)
	done := kit.NewButton("Close", true, s.Dismiss)
	sheet = kit.NewSheet(600, "Can't see someone?", body, connect, copyIt, done)
	run()
	s.Show(sheet, who)
}

// showReport fills the sheet: the one thing to do first, then each finding.
func showReport(body *fyne.Container, r netcore.Report) {
	body.RemoveAll()
	ground, ink := fyne.ThemeColorName(theme.ColorOwnBubble), fyne.ThemeColorName(fynetheme.ColorNameForeground)
	if worst(r) == "bad" {
		ground, ink = theme.ColorNote, theme.ColorNoteText
	}
	body.Add(kit.NewPanel(ground, kit.Inset{Top: 12, Right: 14, Bottom: 12, Left: 14},
		kit.NewProse(r.Sentence).Sized(theme.TextSize+3).Bold().Colored(ink)).Rounded(10))
	for _, f := range r.Findings {
		if f.Text == r.Sentence {
			continue // it stands above, large
		}
		icon, tone := fynetheme.ConfirmIcon(), fynetheme.ColorNameSuccess
		switch f.State {
		case "note":
			icon, tone = fynetheme.InfoIcon(), fynetheme.ColorNamePlaceHolder
		case "bad":
			icon, tone = fynetheme.WarningIcon(), fynetheme.ColorNameWarning
		}
		lines := container.New(kit.Stack{Gaps: []float32{1}},
			kit.NewProse(phrase.Capital(f.Topic)).Sized(theme.NameSize).Bold(),
			kit.NewProse(f.Text).Sized(theme.NameSize))
		if f.Advice != "" {
			lines.Add(kit.NewProse(f.Advice).Sized(theme.NameSize).Muted())
		}
		body.Add(container.New(kit.Row{Gap: 12, Grow: 1}, widget.NewIcon(fynetheme.NewColoredResource(icon, tone)), lines))
	}
}

func worst(r netcore.Report) string {
	out := "good"
	for _, f := range r.Findings {
		if f.State == "bad" || out == "good" {
			out = f.State
		}
	}
	return out
}

// reportText is the report for a mail to whoever looks after the network.
func reportText(r netcore.Report) string {
	var b strings.Builder
	b.WriteString(r.Sentence + "\n")
	for _, f := range r.Findings {
		b.WriteString("\n[" + f.State + "] " + f.Topic + ": " + f.Text + "\n")
		if f.Advice != "" {
			b.WriteString("    " + f.Advice + "\n")
		}
	}
	return b.String()
}
