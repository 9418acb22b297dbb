package sheets

import (
	"context"
	"errors"

	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// NewGroup asks for a name and people, and makes a group of them.
func (s *Sheets) NewGroup() {
	var (
		sheet  *kit.Sheet
		name   *kit.Field
		people *picker
		create *kit.Button
	)
	wrong := NewProblem(func() *kit.Sheet { return sheet })
	submit := func() {
		title, who := chat.CleanName(name.Text), people.ids()
		switch {
		case title == "":
			wrong.Say(errors.New("a group needs a name, so that its people know what it is about"))
			s.host.Canvas().Focus(name)
			return
		case len(who) == 0:
			wrong.Say(errors.New("choose at least one person"))
			return
		}
		wrong.Say(nil)
		create.Disable()
		s.host.Ask(func(ctx context.Context) func() {
			id, err := s.core.CreateGroup(ctx, title, who)
			var c chat.Conversation
			if err == nil {
				c, err = s.core.Conversation(ctx, id)
			}
			return func() {
				create.Enable()
				if err != nil {
					if s.shown == sheet {
						wrong.Say(err)
					}
					return
				}
				s.model.Conversations[id] = c
				if s.shown == sheet {
					s.Dismiss()
				}
				s.host.Open(id)
			}
		})
	}
	name = s.Field("Name, such as Lunch or Release 2", func() { s.host.Canvas().Focus(people.filter) })
	people = s.newPicker(nil, submit)
	create = kit.NewButton("Make group", true, submit)
	body := container.New(kit.Stack{Gaps: []float32{4, 14, 4, 10}},
		Label("What is it called?"), name,
		Label("Who is in it?"), people.object,
		wrong.Prose)
	sheet = kit.NewSheet(500, "New group", body, kit.NewButton("Cancel", false, s.Dismiss), create)
	s.Show(sheet, name)
}

// addPeople asks whom to add to a group.
func (s *Sheets) addPeople(id chat.ConversationID, members []chat.Member) {
	var (
		sheet  *kit.Sheet
		people *picker
		add    *kit.Button
	)
	wrong := NewProblem(func() *kit.Sheet { return sheet })
	already := make(map[identity.DeviceID]bool)
	for _, m := range members {
		already[m.Peer.ID] = true
	}
	submit := func() {
		who := people.ids()
		if len(who) == 0 {
			wrong.Say(errors.New("choose at least one person"))
			return
		}
		wrong.Say(nil)
		add.Disable()
		s.host.Ask(func(ctx context.Context) func() {
			err := s.core.AddMembers(ctx, id, who)
			return func() {
				add.Enable()
				switch {
				case s.shown != sheet:
				case err != nil:
					wrong.Say(err)
				default:
					s.Group(id)
				}
			}
		})
	}
	people = s.newPicker(already, submit)
	add = kit.NewButton("Add", true, submit)
	body := container.New(kit.Stack{Gaps: []float32{12, 10}},
		kit.NewProse("They get all that was said in the group so far.").Muted(), people.object, wrong.Prose)
	sheet = kit.NewSheet(500, "Add people", body, kit.NewButton("Back", false, func() { s.Group(id) }), add)
	s.Show(sheet, people.filter)
}

// Label is what stands above a field.
func Label(text string) *kit.Prose { return kit.NewProse(text).Sized(theme.NameSize).Bold() }
