package rooms

import (
	"context"

	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/sheets"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Person shows what the server of a conversation says about somebody, and leads to
// a conversation with them.
func (r *Rooms) Person(in chat.ConversationID, nick string) {
	var sheet *kit.Sheet
	wrong := sheets.NewProblem(func() *kit.Sheet { return sheet })
	said := kit.NewProse("Asking the server…").Sized(theme.NameSize).Muted()
	body := container.New(kit.Stack{Gaps: []float32{14}},
		kit.NewProse("What the server says about them. Nobody here has proven who they are, unless they signed in to an account.").Muted(),
		kit.NewPanel(theme.ColorPane, kit.Inset{Top: 10, Right: 14, Bottom: 10, Left: 14}, said).Rounded(8),
		wrong.Prose)
	write := kit.NewButton("Write to them", true, func() {
		r.host.Ask(func(ctx context.Context) func() {
			with, err := r.core.TalkTo(ctx, in, nick)
			return func() {
				switch {
				case r.sheets.Shown() != sheet:
				case err != nil:
					wrong.Say(err)
				default:
					r.sheets.Dismiss()
					r.Open(with)
				}
			}
		})
	})
	sheet = kit.NewSheet(460, phrase.Clip(nick, 40), body, kit.NewButton("Close", false, r.sheets.Dismiss), write)
	r.sheets.Show(sheet, write)
	r.host.Ask(func(ctx context.Context) func() {
		text, err := r.core.RoomCommand(ctx, in, "/whois "+nick)
		return func() {
			if r.sheets.Shown() != sheet {
				return
			}
			switch {
			case err != nil:
				text = phrase.Sentence(err)
			case text == "":
				text = "Nothing: there is nobody of that name right now."
			}
			said.SetText(text)
			sheet.Relayout()
		}
	})
}
