package app

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// host is the window as the sheets know it: a sheets.Host and its Preferences.
type host struct{ w *window }

func (h host) Canvas() fyne.Canvas                { return h.w.win.Canvas() }
func (h host) Ask(q func(context.Context) func()) { h.w.ask(q) }
func (h host) Refresh()                           { h.w.refresh() }
func (h host) Rest()                              { h.w.focusComposer() }
func (h host) Now() time.Time                     { return h.w.cfg.now() }

func (h host) Write(change func(context.Context) error) {
	h.w.change(change)
}

func (h host) Open(id chat.ConversationID) {
	h.w.open(id)
	h.w.focusComposer()
}

func (h host) Mode() theme.Mode     { return h.w.mode() }
func (h host) SetMode(m theme.Mode) { h.w.setMode(m) }
func (h host) Scale() string        { return h.w.scale }
func (h host) Notifying() bool      { return h.w.notifying }

func (h host) SetScale(percent string) {
	h.w.scale = percent
	h.w.saveSetting(settingScale, percent)
}

func (h host) SetNotifying(on bool) {
	h.w.notifying = on
	value := "on"
	if !on {
		value = "off"
	}
	h.w.saveSetting(settingNotifications, value)
}

// nameSelf stores the name of the first run.
func (w *window) nameSelf(name string) {
	w.tasks.Write(func(ctx context.Context) {
		err := w.core.SetName(ctx, name)
		self := w.core.Self()
		w.do(func() {
			if err != nil {
				w.firstRun.Refused(err)
				return
			}
			w.model.Self = self
			w.refresh()
		})
	})
}
