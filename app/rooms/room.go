package rooms

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/sheets"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	// mostMembers is how many are listed at once; more are found by typing.
	mostMembers = 200
	// filterFrom is how many members there are before they can be searched.
	filterFrom = 12
	// keyAccount begins the accounts that a Parlance room server makes of keys.
	keyAccount = "cert:"
)

// about is the card about a room, a person or a server.
type about struct {
	r       *Rooms
	id      chat.ConversationID
	sheet   *kit.Sheet
	topic   *kit.Field
	change  *kit.Button
	was     string // the topic that stands in the field
	count   *kit.Prose
	filter  *kit.Field
	list    *fyne.Container
	server  *fyne.Container
	wrong   *sheets.Problem
	members []chat.Member
}

// About shows who is in a room and what it is about, or what there is to say about
// a server or somebody on it.
func (r *Rooms) About(id chat.ConversationID) {
	c, ok := r.model.Conversation(id)
	if !ok {
		return
	}
	a := &about{r: r, id: id, count: sheets.Label(""), list: container.New(kit.Stack{}), server: container.New(kit.Stack{Gaps: []float32{6}})}
	a.wrong = sheets.NewProblem(func() *kit.Sheet { return a.sheet })
	a.topic = r.sheets.Field("What the room is about", a.setTopic)
	a.topic.OnChanged = func(string) { a.changeable() }
	a.change = kit.NewButton("Change", false, a.setTopic)
	a.filter = r.sheets.Field("Type a name to find people", func() {})
	a.filter.SetIcon(fynetheme.SearchIcon())
	a.filter.OnChanged = func(string) { a.show() }
	body := container.New(kit.Stack{Gaps: []float32{14}})
	if r.model.HasMembers(c) {
		body.Add(container.New(kit.Stack{Gaps: []float32{4}}, sheets.Label("Topic"), container.New(kit.Row{Gap: 8, Grow: 0}, a.topic, a.change)))
		body.Add(container.New(kit.Stack{Gaps: []float32{4}}, a.count, a.filter, a.list))
	}
	body.Add(r.sheets.MuteCheck(c))
	body.Add(a.server)
	body.Add(a.wrong.Prose)
	leave := kit.NewButton("Leave…", false, func() { r.ConfirmLeave(c, func() { r.About(id) }) })
	done := kit.NewButton("Close", true, r.sheets.Dismiss)
	a.sheet = kit.NewSheet(500, r.model.Title(c), body, leave, done)
	a.show()
	r.sheets.Show(a.sheet, done)
	load := r.sheets.Again(func(ctx context.Context) func() {
		list := r.core.Rooms()
		var members []chat.Member
		var err error
		if r.model.HasMembers(c) {
			members, err = r.core.Members(ctx, id)
		}
		return func() {
			r.model.SetRooms(list)
			if r.sheets.Shown() != a.sheet {
				return
			}
			if err != nil {
				a.wrong.Say(err)
				return
			}
			a.members = members
			r.model.Members[id] = members
			a.show()
		}
	})
	r.sheets.Watch(func(ev chat.Event) {
		if ev, ok := ev.(chat.ConversationChanged); ok && ev.Conversation.ID == id {
			load()
		}
	})
	load()
}

func (a *about) status() netcore.RoomStatus { return a.r.model.Rooms[a.id] }

// show brings the card up to date. A topic that is being typed stays.
func (a *about) show() {
	st := a.status()
	if a.topic.Text == a.was {
		a.was = st.Topic
		a.topic.SetText(st.Topic)
	}
	a.was = st.Topic
	a.changeable()
	a.count.SetText(phrase.Plural(len(a.members), "One member", "%d members"))
	if len(a.members) == 0 {
		a.count.SetText("Members")
	}
	a.filter.Hidden = len(a.members) < filterFrom
	a.list.Objects = []fyne.CanvasObject{sheets.ListOf(a.lines())}
	a.list.Refresh()
	a.server.Objects = serverLines(st)
	a.server.Refresh()
	a.sheet.Relayout()
}

// changeable lets the topic be changed when it is another and the room was joined.
func (a *about) changeable() {
	if strings.TrimSpace(a.topic.Text) != a.status().Topic && a.status().Joined {
		a.change.Enable()
	} else {
		a.change.Disable()
	}
}

// lines are the members that have the words in the field.
func (a *about) lines() []fyne.CanvasObject {
	words := strings.Fields(strings.ToLower(a.filter.Text))
	var out []fyne.CanvasObject
	left := 0
	for _, m := range a.members {
		if !model.Has(words, m.Peer.Name) {
			continue
		}
		if len(out) == mostMembers {
			left++
			continue
		}
		out = append(out, a.line(m))
	}
	switch {
	case left > 0:
		out = append(out, kit.NewProse(fmt.Sprintf("And %d more: type to find them.", left)).Sized(theme.NameSize).Muted())
	case len(out) == 0 && len(words) > 0:
		out = append(out, kit.NewProse("Nobody of that name is here.").Sized(theme.NameSize).Muted())
	case len(out) == 0:
		out = append(out, kit.NewProse("Nobody is known to be here while the room is not joined.").Sized(theme.NameSize).Muted())
	}
	return out
}

// line is one member: the picture, the name, the role, and whether they are away.
func (a *about) line(m chat.Member) fyne.CanvasObject {
	face := avatar.New(theme.AvatarSize)
	face.Set(m.Peer.Name, m.Peer.Name)
	face.SetPresence(avatar.Online)
	if strings.HasSuffix(m.Peer.Status, "away") {
		face.SetPresence(avatar.Offline)
	}
	name := m.Peer.Name
	var do func()
	if m.Self {
		name += " (you)"
	} else {
		do = func() { a.r.Person(a.id, m.Peer.Name) }
	}
	title := kit.NewLine(theme.TextSize, fyne.TextStyle{}, fynetheme.ColorNameForeground)
	title.SetText(name)
	caption := kit.NewLine(theme.NameSize, fyne.TextStyle{}, fynetheme.ColorNamePlaceHolder)
	caption.SetText(m.Peer.Status)
	texts := container.New(kit.Stack{}, title)
	row := container.New(kit.Row{Gap: 12, Grow: 1}, face, texts, caption.Whole())
	return kit.NewTap(kit.Inset{Top: 4, Right: 12, Bottom: 4, Left: 8}, row, do)
}

func (a *about) setTopic() {
	topic := strings.TrimSpace(a.topic.Text)
	if a.change.Disabled() {
		return
	}
	a.wrong.Say(nil)
	a.change.Disable()
	a.r.host.Ask(func(ctx context.Context) func() {
		_, err := a.r.core.RoomCommand(ctx, a.id, "/topic "+topic)
		return func() {
			if a.r.sheets.Shown() == a.sheet {
				a.wrong.Say(err)
				a.changeable()
			}
		}
	})
}

// serverLines say where a conversation is, and who may read it on the way.
func serverLines(st netcore.RoomStatus) []fyne.CanvasObject {
	if st.Address == "" {
		return nil
	}
	quiet := func(text string) *kit.Prose { return kit.NewProse(text).Sized(theme.NameSize).Muted() }
	you := "You are called " + st.Nick + " there"
	switch {
	case strings.HasPrefix(st.Account, keyAccount):
		you += ", and signed in with this device's key"
	case st.Account != "":
		you += ", and signed in as " + st.Account
	}
	out := []fyne.CanvasObject{sheets.Label("Server"), kit.NewProse(st.Address).Sized(theme.NameSize)}
	if st.Nick != "" {
		out = append(out, quiet(you+"."))
	}
	switch {
	case !st.Encrypted:
		out = append(out, kit.NewProse("Not encrypted: everyone on the way can read what is written here.").Sized(theme.NameSize).Colored(fynetheme.ColorNameWarning))
	case st.Vouched:
		out = append(out, quiet("Encrypted. An authority that this computer trusts vouches for the server."))
	case st.Fingerprint != "":
		out = append(out, quiet("Encrypted. No authority vouches for the server; it is known by the fingerprint of its certificate:"), fingerprintBlock(st.Fingerprint))
	}
	return out
}

// ConfirmLeave asks before a room is left; back, which may be nil, shows what was
// there before if it is not.
func (r *Rooms) ConfirmLeave(c chat.Conversation, back func()) {
	text := "You keep what was written so far. To come back, join the room again."
	switch {
	case r.model.IsServer(c):
		text = "All its rooms are left, too. You keep what was written so far."
	case !r.model.HasMembers(c):
		text = "The conversation is closed. You keep what was written so far."
	}
	r.sheets.Confirm("Leave “"+phrase.Clip(r.model.Title(c), 30)+"”?", text, "Leave", func() {
		r.host.Write(func(ctx context.Context) error { return r.core.Leave(ctx, c.ID) })
	}, back)
}
