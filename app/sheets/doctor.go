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

// Doctor runs the doctor and shows what it found.
func (s *Sheets) Doctor() {
	var (
		sheet  *kit.Sheet
		report netcore.Report
		body   = container.New(kit.Stack{Gaps: []float32{14, 10}})
		again  *widget.Button
		copyIt *widget.Button
	)
	run := func() {
		again.Disable()
		copyIt.Disable()
		busy := widget.NewProgressBarInfinite()
		body.RemoveAll()
		body.Add(kit.NewProse("Looking at cards, ports, multicast groups, the clock and the people heard…").Muted())
		body.Add(busy)
		s.host.Ask(func(ctx context.Context) func() {
			r := s.core.Doctor(ctx)
			return func() {
				busy.Stop()
				report = r
				showReport(body, r)
				again.Enable()
				copyIt.Enable()
				sheet.Relayout()
			}
		})
	}
	again = kit.NewButton("Look again", false, func() { run(); sheet.Relayout() })
	copyIt = kit.NewButton("Copy", false, func() { fyne.CurrentApp().Clipboard().SetContent(reportText(report)) })
	connect := kit.NewButton("Connect to an address…", false, s.Connect)
	done := kit.NewButton("Close", true, s.Dismiss)
	sheet = kit.NewSheet(600, "Can't see someone?", body, connect, copyIt, again, done)
	run()
	s.show(sheet, done)
}

// showReport fills the sheet: the one thing to do first, then each finding.
func showReport(body *fyne.Container, r netcore.Report) {
	body.RemoveAll()
	ground, ink := fyne.ThemeColorName(theme.ColorOwnBubble), fyne.ThemeColorName(fynetheme.ColorNameForeground)
	if worst(r) == "bad" {
		ground, ink = theme.ColorNote, theme.ColorNoteText
	}
	body.Add(kit.NewPanel(ground, kit.Inset{Top: 12, Right: 14, Bottom: 12, Left: 14},
		kit.NewProse(r.Sentence).Bold().Colored(ink)).Rounded(10))
	for _, f := range r.Findings {
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
