package app

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// The keys under which the app keeps its settings in the profile.
const (
	settingTheme         = "theme"         // a theme.Mode
	settingScale         = "scale"         // percent: 100, 125, 150
	settingNotifications = "notifications" // "off"; on otherwise
	settingConversation  = "conversation"  // the one that was open
	settingWindow        = "window"        // its size: 1100x720
)

// scaleVariable is what Fyne reads its scale from when it starts.
const scaleVariable = "FYNE_SCALE"

var scales = []string{"100", "125", "150"}

// applyScale hands the stored text size to Fyne, unless the user's environment
// already says one. It must come before the Fyne app is made.
func applyScale(stored string) {
	if _, set := os.LookupEnv(scaleVariable); set || !slices.Contains(scales, stored) {
		return
	}
	percent, err := strconv.Atoi(stored)
	if err == nil && percent != 100 {
		os.Setenv(scaleVariable, fmt.Sprintf("%.2f", float64(percent)/100))
	}
}

// saveSetting stores one of the app's own settings. That a convenience could not
// be stored is not worth a word.
func (w *window) saveSetting(key, value string) {
	w.tasks.write(func(ctx context.Context) { _ = w.core.SetSetting(ctx, key, value) })
}

// setMode shows another theme at once.
func (w *window) setMode(mode theme.Mode) {
	w.app.Settings().SetTheme(theme.New(mode))
	w.saveSetting(settingTheme, string(mode))
}

var modeNames = []string{"Like the system", "Light", "Dark"}
var modes = []theme.Mode{theme.System, theme.Light, theme.Dark}

func (w *window) showSettings() {
	label := func(text string) fyne.CanvasObject { return kit.NewProse(text).Sized(theme.NameSize).Bold() }
	problem := kit.NewProse("").Sized(theme.NameSize).Colored(theme.ColorErrorText)
	problem.Hide()

	name := w.field("Your name", func() {})
	name.SetText(w.model.self.Name)

	mode := widget.NewRadioGroup(modeNames, nil)
	mode.Horizontal, mode.Required = true, true
	if i := slices.Index(modes, w.mode()); i >= 0 {
		mode.SetSelected(modeNames[i])
	}
	mode.OnChanged = func(s string) { w.setMode(modes[slices.Index(modeNames, s)]) }

	restart := kit.NewProse("The text size changes when Parlance is started again.").Sized(theme.NameSize).Muted()
	restart.Hide()
	percent := func(s string) string { return s + " %" }
	scale := widget.NewRadioGroup([]string{percent("100"), percent("125"), percent("150")}, nil)
	scale.Horizontal, scale.Required = true, true
	scale.SetSelected(percent(w.scale))

	notifications := widget.NewCheck("Tell me about new messages while the window is in the background", nil)
	notifications.SetChecked(w.notifying)
	notifications.OnChanged = func(on bool) {
		w.notifying = on
		value := "on"
		if !on {
			value = "off"
		}
		w.saveSetting(settingNotifications, value)
	}

	plain := widget.NewCheck("Receive plain UDP texts on port", nil)
	port := w.field(strconv.Itoa(defaultPlainPort), func() {})

	var sheet *kit.Sheet
	scale.OnChanged = func(s string) {
		for _, known := range scales {
			if percent(known) == s {
				w.scale = known
				w.saveSetting(settingScale, known)
			}
		}
		restart.Show()
		sheet.Relayout()
	}
	fail := func(err error) {
		problem.SetText(sentence(err))
		problem.Show()
		sheet.Relayout()
	}
	done := button("Done", true, nil)
	done.OnTapped = func() {
		newName := chat.CleanName(name.Text)
		if newName == "" {
			fail(fmt.Errorf("others need a name to call you by"))
			return
		}
		number, err := parsePort(port.Text)
		if err != nil && plain.Checked {
			fail(err)
			return
		}
		on := plain.Checked
		done.Disable()
		w.ask(func(ctx context.Context) func() {
			err := w.applySettings(ctx, newName, on, number)
			self := w.core.Self()
			return func() {
				done.Enable()
				w.model.self = self
				w.refresh()
				if err != nil {
					fail(err)
				} else if w.sheet == sheet {
					w.dismiss()
				}
			}
		})
	}
	name.OnSubmitted = func(string) { done.OnTapped() }
	port.OnSubmitted = name.OnSubmitted
	body := container.New(kit.Stack{Gaps: []float32{4, 16, 2, 14, 2, 4, 14, 2, 14, 2, 12}},
		label("Your name"), name,
		label("Appearance"), mode,
		label("Text size"), scale, restart,
		label("Notifications"), notifications,
		label("Old friends"),
		container.New(kit.Row{Gap: 8, Grow: -1}, plain, container.NewGridWrap(fyne.NewSize(90, port.MinSize().Height), port)),
		problem,
	)
	sheet = kit.NewSheet(540, "Settings", body, done)
	w.show(sheet, nil)
	w.ask(func(context.Context) func() {
		s := w.core.Plain()
		return func() {
			plain.SetChecked(s.On)
			if s.Port == 0 {
				s.Port = defaultPlainPort
			}
			port.SetText(strconv.Itoa(int(s.Port)))
			if s.Problem != "" {
				fail(fmt.Errorf("%s", s.Problem))
			}
		}
	})
}

// applySettings stores what the sheet's fields say, as far as it changed.
func (w *window) applySettings(ctx context.Context, name string, plainOn bool, port uint16) error {
	if name != w.core.Self().Name {
		if err := w.core.SetName(ctx, name); err != nil {
			return err
		}
	}
	s := w.core.Plain()
	if s.On == plainOn && (!plainOn || s.Port == port) {
		return nil
	}
	if !plainOn {
		port = s.Port
	}
	if err := w.core.SetPlain(ctx, plainOn, port); err != nil {
		return err
	}
	if s := w.core.Plain(); plainOn && s.Problem != "" {
		return fmt.Errorf("%s", s.Problem)
	}
	return nil
}
