package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// seat is where a window stands while the identity in it changes: all of the
// window goes and another comes, and to the eye it is the same.
type seat struct {
	app    fyne.App
	win    fyne.Window
	cfg    Config
	window *window
	work   sync.WaitGroup // a change of identity
}

// newSeat fills a new window of the desktop, which is not shown yet.
func newSeat(a fyne.App, cfg Config) *seat {
	s := &seat{app: a, win: a.NewWindow(program), cfg: cfg}
	s.fill()
	return s
}

// fill makes the window and lets it load, beside whatever the window system does.
func (s *seat) fill() {
	focused := s.window != nil && s.window.focused
	s.window = newWindow(s.app, s.win, s.cfg)
	if s.cfg.Renew != nil {
		s.window.renew = s.renew
	}
	s.window.focused = focused
	s.window.start()
	s.window.watch(s.cfg.Show)
}

// renew gives the device another identity.
func (s *seat) renew() {
	old := s.window
	old.sheets.Wait("Parlance leaves the network and comes back as somebody new.")
	old.rest()
	s.work.Go(func() {
		old.tasks.Close() // all that was typed is stored now
		core, err := s.cfg.Renew()
		if core != nil {
			err = errors.Join(err, carryOn(core))
		}
		s.cfg.do(func() {
			old.sheets.Dismiss()
			old.end()
			s.cfg.Notices = nil // told already
			if core == nil {
				s.win.SetContent(failureCard(explain(err), func() { s.app.Clipboard().SetContent(err.Error()) }, s.app.Quit))
				return
			}
			s.cfg.Core = core
			s.fill()
			if err != nil {
				s.window.sheets.Say(phrase.Sentence(err))
			}
		})
	})
}

// carryOn brings what was begun in conversations that another identity had to
// those that take their place: the drafts, and the one that was open.
func carryOn(core Core) error {
	ctx := context.Background()
	conversations, err := core.Conversations(ctx)
	if err != nil {
		return err
	}
	for _, c := range conversations {
		now := chat.DirectID(core.Self().ID, c.Peer)
		if c.Kind != chat.Direct || c.Closed == "" || c.ID == now {
			continue
		}
		open := core.Setting(settingConversation) == c.ID.String()
		if open {
			err = errors.Join(err, core.SetSetting(ctx, settingConversation, now.String()))
		}
		if c.Draft == "" && !open {
			continue
		}
		if _, err := core.Direct(ctx, c.Peer); err != nil {
			return fmt.Errorf("keep what was typed for %s: %w", c.Title, err)
		}
		if c.Draft != "" {
			err = errors.Join(err, core.SetDraft(ctx, now, c.Draft), core.SetDraft(ctx, c.ID, ""))
		}
	}
	return err
}

// close stores what is not stored yet and ends all.
func (s *seat) close() {
	s.work.Wait()
	s.window.rest()
	s.window.end()
}
