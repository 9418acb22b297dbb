package sheets

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// lobby is the sheet about everyone near.
type lobby struct {
	s     *Sheets
	sheet *kit.Sheet
	count *kit.Prose
	list  *fyne.Container
	wrong *Problem
}

// Lobby shows who takes part in the lobby right now.
func (s *Sheets) Lobby() {
	c, ok := s.model.Conversations[chat.LobbyID]
	if !ok {
		return
	}
	l := &lobby{s: s, count: Label("Here right now"), list: container.New(kit.Stack{})}
	l.wrong = NewProblem(func() *kit.Sheet { return l.sheet })
	body := container.New(kit.Stack{Gaps: []float32{14, 4, 12}},
		kit.NewProse("Whoever runs Parlance on this network can read and write here. Messages are signed by who wrote them, and go away after seven days.").Muted(),
		l.count, l.list, s.MuteCheck(c), l.wrong.Prose)
	done := kit.NewButton("Close", true, s.Dismiss)
	change := kit.NewButton("Leave…", false, func() { s.confirmLeave(c, s.Lobby) })
	if c.Closed != "" {
		change = kit.NewButton("Join", false, func() {
			s.host.Write(func(ctx context.Context) error { return s.core.Join(ctx, chat.LobbyID) })
			s.Dismiss()
		})
	}
	l.sheet = kit.NewSheet(500, s.model.Title(c), body, change, done)
	s.Show(l.sheet, done)
	load := s.Again(func(ctx context.Context) func() {
		members, err := s.core.Members(ctx, chat.LobbyID)
		return func() {
			if s.shown == l.sheet {
				l.show(members, err)
			}
		}
	})
	s.live = func(ev chat.Event) {
		if _, ok := ev.(chat.PeerChanged); ok {
			load()
		}
	}
	load()
}

func (l *lobby) show(members []chat.Member, err error) {
	if err != nil {
		l.wrong.Say(err)
		return
	}
	var here []chat.Peer
	for _, m := range members {
		if !m.Self {
			here = append(here, m.Peer)
		}
	}
	byPresence(here)
	var lines []fyne.CanvasObject
	for i, p := range here {
		if i == 2*mostPeople {
			lines = append(lines, kit.NewProse("And "+phrase.Listed(model.NamesOf(here[i:]), 2)+".").Muted())
			break
		}
		lines = append(lines, person(p, p.Name, l.s.caption(p), false, nil, func() { l.s.talkTo(p) }))
	}
	l.count.SetText(phrase.Plural(len(here), "One person is here", "%d people are here"))
	if len(here) == 0 {
		l.count.SetText("Nobody else is here right now")
	}
	l.list.Objects = []fyne.CanvasObject{ListOf(lines)}
	l.list.Refresh()
	l.sheet.Relayout()
}
