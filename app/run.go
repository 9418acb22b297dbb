package app

import (
	"crypto/sha256"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/assets"
	"github.com/parlance-chat/parlance/netcore"
)

const (
	program = "Parlance"
	appID   = "chat.parlance.Parlance"
)

// Config is what the app runs with.
type Config struct {
	// Core is the open profile. It is the caller's to close, after Run.
	Core Core
	// Version is shown in About.
	Version string
	// Show brings the window to the front at each value; may be nil.
	Show <-chan struct{}
	// Renew closes the profile, gives it another identity and opens it again. It
	// returns the profile, also with an error if it could be opened all the same.
	// It is called on a goroutine of its own; nil: this cannot be done.
	Renew func() (Core, error)
	// Notices are told to the user at the start, besides the Core's own.
	Notices []string

	// What tests replace.
	do        func(func())
	now       func() time.Time
	modifiers func() fyne.KeyModifier // held down
	spawn     func(func())            // starts a read of messages
	notifier  notifier
}

func (c Config) withDefaults() Config {
	if c.do == nil {
		c.do = fyne.Do
	}
	if c.now == nil {
		c.now = time.Now
	}
	return c
}

// Run shows the window until the user closes it. It must be called on the main
// goroutine, once in a process.
func Run(cfg Config) {
	cfg = cfg.withDefaults()
	applyScale(cfg.Core.Setting(settingScale))
	a := newApp(storageID(cfg.Core.Self().Profile), cfg.Core.Setting(settingTheme))
	s := newSeat(a, cfg)
	a.Lifecycle().SetOnEnteredForeground(func() { s.window.setFocused(true) })
	a.Lifecycle().SetOnExitedForeground(func() { s.window.setFocused(false) })
	s.win.Show()
	a.Run()
	s.close()
}

// storageID is what Fyne calls the folder of its preferences. The app keeps
// nothing there, yet Fyne writes and watches it, and complains when two programs
// do so at the same time: each profile but the account's own has one for itself.
func storageID(profile string) string {
	if own, err := netcore.DefaultProfile(); err == nil && profile == own {
		return appID
	}
	sum := sha256.Sum256([]byte(profile))
	return fmt.Sprintf("%s.%x", appID, sum[:4])
}

// newApp makes the Fyne app in the theme of a stored mode.
func newApp(id, stored string) fyne.App {
	a := fyneapp.NewWithID(id)
	a.SetIcon(fyne.NewStaticResource("parlance.png", assets.Icon))
	mode, err := theme.ParseMode(stored)
	if err != nil {
		mode = theme.System // a mode of a later version
	}
	a.Settings().SetTheme(theme.New(mode))
	return a
}
