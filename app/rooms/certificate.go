package rooms

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/sheets"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Certificate shows the certificate that a notice is about, as soon as nothing else
// is shown: one that was trusted because it is the first, or one that blocks.
func (r *Rooms) Certificate(n chat.Notice) {
	r.host.Ask(func(context.Context) func() {
		list := r.core.Rooms()
		return func() {
			r.model.SetRooms(list)
			for _, st := range list {
				if st.Fingerprint == n.Fingerprint {
					r.sheets.Later(func() { r.judge(st) })
					return
				}
			}
			r.sheets.Say(n.Text) // the server was left meanwhile
		}
	})
}

// Inspect shows the certificate that blocks a conversation.
func (r *Rooms) Inspect(id chat.ConversationID) { r.judge(r.model.Rooms[id]) }

func (r *Rooms) judge(st netcore.RoomStatus) {
	if st.Blocked {
		r.changed(st)
	} else {
		r.first(st)
	}
}

func copyButton(fingerprint string) *kit.Button {
	return kit.NewButton("Copy", false, func() { fyne.CurrentApp().Clipboard().SetContent(fingerprint) })
}

// first shows a certificate that was trusted because it is the first one seen.
func (r *Rooms) first(st netcore.RoomStatus) {
	body := container.New(kit.Stack{Gaps: []float32{14}},
		kit.NewProse(fmt.Sprintf("No authority vouches for %s, as is usual for a server somebody runs at home or at work. "+
			"Its certificate was trusted because it is the first one seen; another one will be refused.", model.ServerName(st))),
		fingerprintBlock(st.Fingerprint),
		kit.NewProse("To be sure that nobody stands between you and the server, compare this fingerprint with the one that its owner sees.").Muted())
	done := kit.NewButton("OK", true, func() { r.sheets.Shown().Close() })
	r.sheets.Show(kit.NewSheet(500, "A new server", body, copyButton(st.Fingerprint), done), done)
}

// changed shows a certificate that blocks a server, beside the one it had.
func (r *Rooms) changed(st netcore.RoomStatus) {
	before := fyne.CanvasObject(kit.NewProse("An authority vouched for the server."))
	if st.Trusted != "" {
		before = fingerprintBlock(st.Trusted)
	}
	body := container.New(kit.Stack{Gaps: []float32{14, 4, 12, 4, 14}},
		kit.NewProse(fmt.Sprintf("%s presents another certificate than before. Either it was renewed, or somebody stands between you and the server and would read along. "+
			"Nothing goes to it until you accept the new one.", phrase.Capital(model.ServerName(st)))),
		sheets.Label("Until now"), before,
		sheets.Label("Now"), fingerprintBlock(st.Fingerprint),
		kit.NewProse("Ask who runs the server, by another way than this one, whether the new fingerprint is theirs.").Muted())
	not := kit.NewButton("Not now", false, func() { r.sheets.Shown().Close() })
	accept := kit.NewDangerButton("Accept the new one", func() {
		r.sheets.Dismiss()
		r.host.Write(func(ctx context.Context) error { return r.core.TrustServer(ctx, st.ID, st.Fingerprint) })
	})
	r.sheets.Show(kit.NewSheet(500, "Another certificate", body, copyButton(st.Fingerprint), not, accept), not)
}
