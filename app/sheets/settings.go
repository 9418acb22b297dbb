package sheets

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

var modeNames = []string{"Like the system", "Light", "Dark"}
var modes = []theme.Mode{theme.System, theme.Light, theme.Dark}

// Preferences is what the settings change in the window itself.
type Preferences interface {
	Mode() theme.Mode
	SetMode(theme.Mode)
	Scale() string // one of Scales
	SetScale(string)
	Notifying() bool
	SetNotifying(bool)
}

// Scales are the text sizes to choose from, in percent.
var Scales = []string{"100", "125", "150"}

// Settings shows the settings.
func (s *Sheets) Settings(prefs Preferences) {
	var sheet *kit.Sheet
	problem := NewProblem(func() *kit.Sheet { return sheet })

	name := s.Field("Your name", func() {})
	name.SetText(s.model.Self.Name)

	mode := kit.NewSelect(modeNames)
	mode.SetSelectedIndex(slices.Index(modes, prefs.Mode()))
	mode.OnChanged = func(string) { prefs.SetMode(modes[mode.SelectedIndex()]) }

	restart := kit.NewProse("The text size changes when Parlance is started again.").Sized(theme.NameSize).Muted()
	restart.Hide()
	var percents []string
	for _, s := range Scales {
		percents = append(percents, s+" %")
	}
	scale := kit.NewSelect(percents)
	scale.SetSelectedIndex(slices.Index(Scales, prefs.Scale()))

	notifications := kit.NewCheck("Tell me about new messages while the window is in the background", prefs.Notifying())
	notifications.OnChanged = prefs.SetNotifying

	marks := kit.NewCheck("Tell others what I have read", s.core.ReadMarks())
	marks.OnChanged = func(on bool) {
		s.host.Write(func(ctx context.Context) error { return s.core.SetReadMarks(ctx, on) })
	}
	lobby := kit.NewCheck("Take part in “Everyone nearby”", s.model.Conversations[chat.LobbyID].Closed == "")
	lobby.OnChanged = func(on bool) {
		s.host.Write(func(ctx context.Context) error {
			if on {
				return s.core.Join(ctx, chat.LobbyID)
			}
			return s.core.Leave(ctx, chat.LobbyID)
		})
	}

	plain := kit.NewCheck("Receive plain UDP texts on port", false)
	port := s.Field(strconv.Itoa(defaultPlainPort), func() {})

	scale.OnChanged = func(string) {
		prefs.SetScale(Scales[scale.SelectedIndex()])
		restart.Show()
		sheet.Relayout()
	}
	done := kit.NewButton("Done", true, nil)
	done.OnTapped = func() {
		newName := chat.CleanName(name.Text)
		if newName == "" {
			problem.Say(errors.New("others need a name to call you by"))
			return
		}
		number, err := parsePort(port.Text)
		if err != nil && plain.Checked {
			problem.Say(err)
			return
		}
		on := plain.Checked
		done.Disable()
		s.host.Ask(func(ctx context.Context) func() {
			err := s.applySettings(ctx, newName, on, number)
			self := s.core.Self()
			return func() {
				done.Enable()
				s.model.Self = self
				s.host.Refresh()
				if err != nil {
					problem.Say(err)
				} else if s.shown == sheet {
					s.Dismiss()
				}
			}
		})
	}
	name.OnSubmitted = func(string) { done.OnTapped() }
	port.OnSubmitted = name.OnSubmitted
	body := container.New(kit.Stack{Gaps: []float32{4, 16, 4, 14, 4, 4, 16, 2, 14, 2, 0, 14, 2, 12}},
		Label("Your name"), name,
		Label("Appearance"), mode,
		Label("Text size"), scale, restart,
		Label("Notifications"), notifications,
		Label("Others"), marks, lobby,
		Label("Old friends"),
		container.New(kit.Row{Gap: 8, Grow: -1}, plain, container.NewGridWrap(fyne.NewSize(90, port.MinSize().Height), port)),
		problem.Prose,
	)
	sheet = kit.NewSheet(540, "Settings", body, done)
	s.Show(sheet, done)
	s.host.Ask(func(context.Context) func() {
		status := s.core.Plain()
		return func() {
			plain.SetChecked(status.On)
			if status.Port == 0 {
				status.Port = defaultPlainPort
			}
			port.SetText(strconv.Itoa(int(status.Port)))
			if status.Problem != "" {
				problem.Say(errors.New(status.Problem))
			}
		}
	})
}

// applySettings stores what the sheet's fields say, as far as it changed.
func (s *Sheets) applySettings(ctx context.Context, name string, plainOn bool, port uint16) error {
	if name != s.core.Self().Name {
		if err := s.core.SetName(ctx, name); err != nil {
			return err
		}
	}
	status := s.core.Plain()
	if status.On == plainOn && (!plainOn || status.Port == port) {
		return nil
	}
	if !plainOn {
		port = status.Port
	}
	if err := s.core.SetPlain(ctx, plainOn, port); err != nil {
		return err
	}
	if status := s.core.Plain(); plainOn && status.Problem != "" {
		return errors.New(status.Problem)
	}
	return nil
}
