package rooms

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/sheets"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

type kind struct{ name, scheme string }

// kinds are how a server may be spoken to; the first is found out by trying.
var kinds = []kind{
	{"Find out by trying", ""},
	{"IRC, encrypted", "ircs"},
	{"IRC, not encrypted", "irc"},
	{"Plain text: all hear all", "tcp+broadcast"},
	{"Plain text: @name:text", "tcp+addressed"},
	{"Plain text: two sides", "tcp+paired"},
}

// join is the card that asks which room to join.
type join struct {
	r       *Rooms
	sheet   *kit.Sheet
	address *kit.Field
	room    *kit.Field
	more    *kit.Link
	rest    *fyne.Container // what few need
	kind    *kit.Select
	nick    *kit.Field
	key     *kit.Field
	secret  *kit.Field
	busy    *fyne.Container
	bar     *kit.Busy
	doing   *kit.Prose
	wrong   *sheets.Problem
	submit  *kit.Button
	cancel  context.CancelFunc // of what is under way; nil: nothing is
}

// Join asks for a room to join. What is known of it already stands in the card: an
// address such as ircs://host/#room, or "".
func (r *Rooms) Join(address string) {
	j := &join{r: r, bar: kit.NewBusy(), doing: kit.NewProse("").Sized(theme.NameSize).Muted()}
	s := r.sheets
	j.address = s.Field("Address, such as irc.libera.chat or 192.168.1.5:6667", func() { j.begin() })
	j.room = s.Field("Name, such as #lunch; empty for the server itself", func() { j.begin() })
	j.nick = s.Field(r.model.Self.Name, func() { j.begin() })
	j.key = s.Field("Only if the room has one", func() { j.begin() })
	j.secret = s.Field("Only if the server has one", func() { j.begin() })
	j.key.Password, j.secret.Password = true, true
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	j.kind = kit.NewSelect(names)
	j.kind.OnChanged = func(string) { j.kindChosen() }
	j.rest = container.New(kit.Stack{Gaps: []float32{12}},
		labelled("How the server is spoken to", j.kind), labelled("What to be called there", j.nick),
		labelled("Password of the room", j.key), labelled("Password of the server", j.secret))
	j.rest.Hide()
	j.more = kit.NewLink("More…", func() { j.showRest(!j.rest.Visible()) })
	j.busy = container.New(kit.Stack{Gaps: []float32{6}}, j.bar, j.doing)
	j.busy.Hide()
	j.wrong = sheets.NewProblem(func() *kit.Sheet { return j.sheet })
	j.submit = kit.NewButton("Join", true, j.begin)
	body := container.New(kit.Stack{Gaps: []float32{16, 14, 8, 8, 14}},
		kit.NewProse("Rooms stand on a server: any IRC server, one of your own, or one of the simplest plain-text kind.").Muted(),
		labelled("Server", j.address), labelled("Room", j.room),
		container.New(kit.Row{Grow: -1}, j.more), j.rest, j.wrong.Prose, j.busy)
	j.sheet = kit.NewSheet(500, "Join a room", body, kit.NewButton("Cancel", false, func() { j.stop(); s.Dismiss() }), j.submit)
	j.fill(address)
	s.Show(j.sheet, j.address)
	if closed := j.sheet.OnClosed; closed != nil {
		j.sheet.OnClosed = func() { j.stop(); closed() }
	}
}

func labelled(name string, field fyne.CanvasObject) fyne.CanvasObject {
	return container.New(kit.Stack{Gaps: []float32{4}}, sheets.Label(name), field)
}

func (j *join) showRest(on bool) {
	j.rest.Hidden = !on
	j.more.SetText(map[bool]string{true: "Less", false: "More…"}[on])
	j.sheet.Relayout()
}

// fill puts the parts of an address where they belong. One of a kind that is not
// known stays as it is.
func (j *join) fill(address string) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(address), "://")
	if ok {
		kind := slices.IndexFunc(kinds, func(k kind) bool { return k.scheme == strings.ToLower(scheme) })
		if kind < 0 {
			j.address.SetText(address)
			return
		}
		j.kind.SetSelectedIndex(kind)
	} else {
		rest = scheme
	}
	host, room, _ := strings.Cut(rest, "/")
	j.address.SetText(host)
	if room != "" {
		j.room.SetText(room)
	}
}

// kindChosen says what does not go with a kind.
func (j *join) kindChosen() {
	if strings.HasPrefix(j.scheme(), "tcp+") {
		j.room.SetText("")
		j.room.Disable()
		j.room.SetPlaceHolder("This kind of server has one room")
	} else {
		j.room.Enable()
		j.room.SetPlaceHolder("Name, such as #lunch; empty for the server itself")
	}
}

func (j *join) scheme() string { return kinds[max(j.kind.SelectedIndex(), 0)].scheme }

// begin joins, unless that is under way.
func (j *join) begin() {
	if j.cancel != nil {
		return
	}
	if strings.ContainsAny(j.address.Text, "/") { // a whole address was put in
		j.fill(j.address.Text)
	}
	host := strings.TrimSpace(j.address.Text)
	if err := usable(host); err != nil {
		j.wrong.Say(err)
		j.r.host.Canvas().Focus(j.address)
		return
	}
	url := host
	if room := strings.TrimSpace(j.room.Text); room != "" {
		url += "/" + room
	}
	if j.scheme() != "" {
		url = j.scheme() + "://" + url
	}
	j.wrong.Say(nil)
	j.submit.Disable()
	j.doing.SetText("Asking " + host + "… Where nobody answers this takes half a minute.")
	j.busy.Show()
	j.bar.Start()
	j.sheet.Relayout()

	under, cancel := context.WithCancel(context.Background())
	j.cancel = cancel
	options := netcore.RoomOptions{Nick: strings.TrimSpace(j.nick.Text), Key: j.key.Text, Password: j.secret.Text}
	j.r.host.Ask(func(ctx context.Context) func() {
		end := context.AfterFunc(ctx, cancel)
		defer end()
		id, err := j.r.core.JoinRoom(under, url, options)
		var c chat.Conversation
		if err == nil {
			c, err = j.r.core.Conversation(ctx, id)
		}
		list := j.r.core.Rooms()
		return func() { j.ended(c, list, err) }
	})
}

// usable says what is wrong with where a server is said to be.
func usable(host string) error {
	if host == "" {
		return errors.New("type where the server is: a name such as irc.libera.chat, or an address")
	}
	if scheme, _, ok := strings.Cut(host, "://"); ok {
		return fmt.Errorf("an address that begins with %s:// leads to no chat server; leave that out, or use ircs:// or irc://", scheme)
	}
	return nil
}

// ended shows the room, or why there is none.
func (j *join) ended(c chat.Conversation, list []netcore.RoomStatus, err error) {
	open := j.r.sheets.Shown() == j.sheet
	j.stop()
	switch {
	case err == nil:
		if open {
			j.r.sheets.Dismiss()
		}
		j.r.open(c, list)
	case open:
		if errors.Is(err, chat.ErrRefused) { // by a server that may want a password, or another nick
			j.showRest(true)
		}
		j.wrong.Say(err)
	}
}

// stop ends what is under way.
func (j *join) stop() {
	if j.cancel != nil {
		j.cancel()
		j.cancel = nil
	}
	j.bar.Stop()
	j.busy.Hide()
	j.submit.Enable()
}
