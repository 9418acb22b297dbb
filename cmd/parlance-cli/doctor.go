package main

import (
	"context"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/control"
)

type doctorCommand struct {
	Person string `arg:"" optional:"" help:"Who is missing: a name, the beginning of an ID, or an address host[:port]."`
}

// marks stand before findings.
var marks = map[string]string{"good": "✓", "note": "•", "bad": "✗"}

// Run implements command.
func (c *doctorCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		if err := s.Settle(ctx); err != nil {
			return err
		}
		examine := s.Doctor
		if c.Person != "" {
			examine = func(ctx context.Context) (control.Report, error) { return s.DoctorFor(ctx, c.Person) }
		}
		report, err := examine(ctx)
		if err != nil {
			return err
		}
		worst := "good"
		for _, f := range report.Findings {
			if f.State == "bad" || f.State == "note" && worst == "good" {
				worst = f.State
			}
		}
		a.printFindings(report.Findings)
		if a.JSON {
			a.out.Value(control.Finding{Topic: "summary", State: worst, Text: report.Sentence})
		} else {
			a.out.Line("")
			a.out.Line("%s", show.Block("", report.Sentence, a.width()))
		}
		if worst == "bad" {
			return errBad
		}
		return nil
	})
}

// printFindings prints findings, those of one topic together.
func (a *app) printFindings(findings []control.Finding) {
	var topics []string
	byTopic := make(map[string][]control.Finding)
	for _, f := range findings {
		if a.JSON {
			a.out.Value(f)
			continue
		}
		if byTopic[f.Topic] == nil {
			topics = append(topics, f.Topic)
		}
		byTopic[f.Topic] = append(byTopic[f.Topic], f)
	}
	for _, topic := range topics {
		a.out.Line("%s", show.Single(topic))
		for _, f := range byTopic[topic] {
			mark, ok := marks[f.State]
			if !ok {
				mark = "?"
			}
			a.out.Line("%s", show.Block("  "+mark+" ", f.Text, a.width()))
			if f.Advice != "" {
				a.out.Line("%s", show.Block("    → ", f.Advice, a.width()))
			}
		}
	}
}
