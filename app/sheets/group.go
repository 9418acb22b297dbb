package sheets

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// group is the sheet about one group.
type group struct {
	s       *Sheets
	id      chat.ConversationID
	sheet   *kit.Sheet
	name    *kit.Field
	rename  *kit.Button
	muted   *kit.Check
	count   *kit.Prose
	list    *fyne.Container
	wrong   *Problem
	members []chat.Member
}

// Group shows who is in a group, and lets change it.
func (s *Sheets) Group(id chat.ConversationID) {
	if c, ok := s.model.Conversation(id); ok {
		s.showGroup(c)
	}
}

func (s *Sheets) showGroup(c chat.Conversation) *group {
	id := c.ID
	g := &group{s: s, id: id, count: Label(""), list: container.New(kit.Stack{})}
	g.wrong = NewProblem(func() *kit.Sheet { return g.sheet })
	g.name = s.Field("Name of the group", g.submitName)
	g.name.SetText(c.Title)
	g.rename = kit.NewButton("Rename", false, g.submitName)
	g.rename.Disable()
	g.name.OnChanged = func(text string) {
		name := chat.CleanName(text)
		if name == "" || name == g.title() {
			g.rename.Disable()
		} else {
			g.rename.Enable()
		}
	}
	g.muted = s.MuteCheck(c)
	add := kit.NewQuietButton("Add people…", fynetheme.ContentAddIcon(), func() { s.addPeople(id, g.members) })
	body := container.New(kit.Stack{Gaps: []float32{4, 14, 4, 12}},
		Label("Name"), container.New(kit.Row{Gap: 8, Grow: 0}, g.name, g.rename),
		container.New(kit.Row{Gap: 8, Grow: 0}, g.count, add), g.list,
		g.muted, g.wrong.Prose)
	leave := kit.NewButton("Leave group…", false, g.leave)
	done := kit.NewButton("Close", true, s.Dismiss)
	g.sheet = kit.NewSheet(500, "Group", body, leave, done)
	g.show()
	s.Show(g.sheet, done)
	load := s.Again(func(ctx context.Context) func() {
		members, err := s.core.Members(ctx, id)
		return func() {
			if s.shown != g.sheet {
				return
			}
			if err != nil {
				g.wrong.Say(err)
				return
			}
			g.members = members
			s.model.Members[id] = members
			g.show()
		}
	})
	s.live = func(ev chat.Event) {
		switch ev := ev.(type) {
		case chat.ConversationChanged:
			if ev.Conversation.ID == id {
				load()
			}
		case chat.PeerChanged:
			load()
		}
	}
	load()
	return g
}

func (g *group) title() string { return g.s.model.Conversations[g.id].Title }

// MuteCheck returns the check that mutes a conversation.
func (s *Sheets) MuteCheck(c chat.Conversation) *kit.Check {
	muted := kit.NewCheck("Mute: tell me only when somebody calls me with “@”", c.Muted)
	muted.OnChanged = func(on bool) {
		s.host.Write(func(ctx context.Context) error { return s.core.SetMuted(ctx, c.ID, on) })
	}
	return muted
}

// show lists the members.
func (g *group) show() {
	var others []chat.Peer
	removable := make(map[identity.DeviceID]bool)
	var lines []fyne.CanvasObject
	for _, m := range g.members {
		if m.Self {
			lines = append(lines, person(m.Peer, m.Peer.Name+" (you)", "this machine", true, nil, nil))
			continue
		}
		p := m.Peer
		if now, ok := g.s.model.Peers[p.ID]; ok {
			p = now
		}
		others = append(others, p)
		removable[p.ID] = m.Removable
	}
	byPresence(others)
	for i, p := range others {
		if i == 2*mostPeople {
			lines = append(lines, kit.NewProse(fmt.Sprintf("And %d more.", len(others)-i)).Muted())
			break
		}
		var end fyne.CanvasObject
		if removable[p.ID] {
			end = kit.NewQuietButton("", fynetheme.ContentRemoveIcon(), func() { g.remove(p) })
		}
		lines = append(lines, person(p, p.Name, g.s.caption(p), false, end, func() { g.s.talkTo(p) }))
	}
	g.count.SetText(phrase.Plural(len(g.members), "One member", "%d members"))
	if len(g.members) == 0 {
		g.count.SetText("Members")
	}
	g.list.Objects = []fyne.CanvasObject{ListOf(lines)}
	g.list.Refresh()
	if g.rename.Disabled() { // nobody is about to change it
		g.name.SetText(g.title())
	}
	g.sheet.Relayout()
}

// talkTo opens the conversation with somebody.
func (s *Sheets) talkTo(p chat.Peer) {
	s.model.Peers[p.ID] = p
	s.Dismiss()
	s.host.Open(chat.DirectID(s.model.Self.ID, p.ID))
}

// change does something to the group and says what went wrong with it.
func (g *group) change(do func(context.Context) error) {
	g.wrong.Say(nil)
	g.s.host.Ask(func(ctx context.Context) func() {
		err := do(ctx)
		return func() {
			if g.s.shown == g.sheet {
				g.wrong.Say(err)
			}
		}
	})
}

func (g *group) submitName() {
	name := chat.CleanName(g.name.Text)
	if name == "" || name == g.title() {
		return
	}
	g.rename.Disable()
	g.change(func(ctx context.Context) error { return g.s.core.RenameGroup(ctx, g.id, name) })
}

func (g *group) remove(p chat.Peer) {
	back := func() { g.s.Group(g.id) }
	g.s.Confirm("Remove "+phrase.Clip(p.Name, 30)+"?",
		fmt.Sprintf("%s keeps what was written so far and gets nothing that is written from now on. Everybody in the group sees that you did it.", p.Name),
		"Remove", func() {
			again := g.s.showGroup(g.s.model.Conversations[g.id])
			again.change(func(ctx context.Context) error {
				return g.s.core.RemoveMembers(ctx, g.id, []identity.DeviceID{p.ID})
			})
		}, back)
}

func (g *group) leave() {
	g.s.confirmLeave(g.s.model.Conversations[g.id], func() { g.s.Group(g.id) })
}

// ConfirmLeave asks before a conversation is left.
func (s *Sheets) ConfirmLeave(c chat.Conversation) { s.confirmLeave(c, nil) }

func (s *Sheets) confirmLeave(c chat.Conversation, back func()) {
	text := "You keep what was written so far and get nothing that is written from now on. To come back, somebody in it has to add you."
	if c.Kind == chat.Lobby {
		text = "You neither see what others write to everyone, nor is it kept here. You can come back at any time."
	}
	s.Confirm("Leave “"+phrase.Clip(s.model.Title(c), 30)+"”?", text, "Leave", func() {
		s.host.Write(func(ctx context.Context) error { return s.core.Leave(ctx, c.ID) })
	}, back)
}
