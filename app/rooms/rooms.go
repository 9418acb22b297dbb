// Package rooms holds the cards about rooms on servers: to join one, to see who is
// in it and change its topic, to judge a server's certificate, and to read what a
// server answers.
//
// A card asks the node for what it needs, shows what comes back, and goes; it is
// shown by package sheets. Everything here lives on the UI goroutine.
package rooms

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/sheets"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Core is what the cards ask of netcore.Node; see there for what each does.
type Core interface {
	JoinRoom(ctx context.Context, url string, o netcore.RoomOptions) (chat.ConversationID, error)
	Rooms() []netcore.RoomStatus
	RoomCommand(ctx context.Context, id chat.ConversationID, line string) (string, error)
	TalkTo(ctx context.Context, id chat.ConversationID, nick string) (chat.ConversationID, error)
	TrustServer(ctx context.Context, id chat.ConversationID, fingerprint string) error
	Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error)
	Members(ctx context.Context, id chat.ConversationID) ([]chat.Member, error)
	Leave(ctx context.Context, id chat.ConversationID) error
}

// Rooms shows cards about rooms.
type Rooms struct {
	host   sheets.Host
	core   Core
	model  *model.Model
	sheets *sheets.Sheets
}

// New returns the cards of a window, which s shows.
func New(host sheets.Host, core Core, m *model.Model, s *sheets.Sheets) *Rooms {
	return &Rooms{host, core, m, s}
}

// open shows a conversation of which the model may not know yet.
func (r *Rooms) open(c chat.Conversation, list []netcore.RoomStatus) {
	r.model.Conversations[c.ID] = c
	r.model.SetRooms(list)
	r.host.Open(c.ID)
}

// Open shows a conversation that a command made.
func (r *Rooms) Open(id chat.ConversationID) {
	r.host.Ask(func(ctx context.Context) func() {
		c, err := r.core.Conversation(ctx, id)
		if err != nil {
			return nil // it was left meanwhile
		}
		list := r.core.Rooms()
		return func() { r.open(c, list) }
	})
}

// Answer shows what a server says to a command.
func (r *Rooms) Answer(line, text string) {
	r.sheets.Later(func() {
		done := kit.NewButton("Close", true, r.sheets.Dismiss)
		body := container.New(kit.Stack{Gaps: []float32{6}})
		for paragraph := range strings.SplitSeq(text, "\n") {
			body.Add(kit.NewProse(paragraph))
		}
		r.sheets.Show(kit.NewSheet(520, line, body, done), done)
	})
}

// Help lists commands.
func (r *Rooms) Help(commands []netcore.RoomHelp) {
	done := kit.NewButton("Close", true, r.sheets.Dismiss)
	body := container.New(kit.Stack{Gaps: []float32{14, 9}},
		kit.NewProse("A line that begins with a slash asks the server for something. To send a text that begins with a slash, begin with two.").Muted())
	for _, c := range commands {
		body.Add(container.New(kit.Stack{Gaps: []float32{1}},
			kit.NewProse(strings.TrimSpace("/"+c.Name+" "+c.Params)).Bold(),
			kit.NewProse(phrase.Stopped(phrase.Capital(c.Does))).Sized(theme.NameSize).Muted()))
	}
	r.sheets.Show(kit.NewSheet(500, "Commands", body, done), done)
}

// fingerprintBlock shows the fingerprint of a certificate so that it can be
// compared: in lines of sixteen bytes.
func fingerprintBlock(fingerprint string) fyne.CanvasObject {
	const perLine = 16
	pairs := strings.Split(fingerprint, ":")
	var lines []string
	for len(pairs) > perLine {
		lines = append(lines, strings.Join(pairs[:perLine], " "))
		pairs = pairs[perLine:]
	}
	lines = append(lines, strings.Join(pairs, " "))
	return kit.NewPanel(theme.ColorPane, kit.Inset{Top: 10, Right: 12, Bottom: 10, Left: 12},
		kit.NewProse(strings.Join(lines, "\n")).Sized(theme.NameSize).Mono().Centered()).Rounded(8)
}
