package app

import (
	"context"
	"os"
	"os/user"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// firstRun is the card that stands in the window until the user has a name.
type firstRun struct {
	name    *kit.Field
	begin   *widget.Button
	problem *kit.Prose
	network *kit.Prose
	who     *kit.Prose
	onName  func(string)
	object  fyne.CanvasObject
}

func newFirstRun(guess string, onName func(string)) *firstRun {
	f := &firstRun{
		name:    kit.NewField("Your name"),
		problem: kit.NewProse("").Sized(theme.NameSize).Colored(theme.ColorErrorText),
		network: kit.NewProse("").Sized(theme.NameSize).Muted(),
		who:     kit.NewProse("").Sized(theme.NameSize).Muted(),
		onName:  onName,
	}
	f.begin = widget.NewButton("Start talking", f.submit)
	f.begin.Importance = widget.HighImportance
	f.name.SetText(guess)
	f.name.OnSubmitted = func(string) { f.submit() }
	f.name.OnChanged = func(string) { f.check() }
	f.problem.Hide()
	line := func(icon fyne.Resource, text fyne.CanvasObject) fyne.CanvasObject {
		return container.New(kit.Row{Gap: 10, Grow: 1},
			widget.NewIcon(fynetheme.NewColoredResource(icon, fynetheme.ColorNamePlaceHolder)), text)
	}
	content := container.New(kit.Stack{Gaps: []float32{14, 4, 22, 6, 6, 14, 20, 16, 8}},
		picture(72),
		kit.NewProse("Welcome to Parlance").Sized(theme.TextSize+8).Bold().Centered(),
		kit.NewProse("Chat with the people on your network.").Muted().Centered(),
		kit.NewProse("What should others call you?").Sized(theme.NameSize).Bold(),
		f.name, f.problem, f.begin,
		kit.NewRule(),
		line(fynetheme.ComputerIcon(), f.network),
		line(fynetheme.AccountIcon(), f.who),
	)
	card := kit.NewPanel(fynetheme.ColorNameBackground, kit.Margin(32), content).Rounded(16).Edged(fynetheme.ColorNameSeparator)
	f.object = kit.NewPanel(theme.ColorPane, kit.Margin(16), container.New(kit.Middle{Width: 440}, card))
	f.check()
	return f
}

// check says at once when a name will not do.
func (f *firstRun) check() {
	if chat.CleanName(f.name.Text) == "" {
		f.begin.Disable()
	} else {
		f.begin.Enable()
	}
}

func (f *firstRun) submit() {
	if name := chat.CleanName(f.name.Text); name != "" {
		f.problem.Hide()
		f.begin.Disable()
		f.onName(name)
	}
}

// refused says that the name could not be kept.
func (f *firstRun) refused(err error) {
	f.problem.SetText(sentence(err))
	f.problem.Show()
	f.begin.Enable()
	f.object.Refresh()
}

// show says what the network looks like now.
func (f *firstRun) show(m *model) {
	cards, here := m.cards(), m.online()
	if len(cards) == 0 {
		f.network.SetText("No network right now. You can start all the same; Parlance finds people once there is one.")
	} else {
		f.network.SetText("Connected on " + listed(cardNames(cards), 4) + ".")
	}
	if len(here) == 0 {
		f.who.SetText("Nobody else seen yet.")
	} else {
		f.who.SetText("Already here: " + listed(names(here), 6) + ".")
	}
	f.object.Refresh()
}

// nameSelf stores the name of the first run.
func (w *window) nameSelf(name string) {
	w.tasks.write(func(ctx context.Context) {
		err := w.core.SetName(ctx, name)
		self := w.core.Self()
		w.do(func() {
			if err != nil {
				w.firstRun.refused(err)
				return
			}
			w.model.self = self
			w.refresh()
		})
	})
}

// guessName guesses what the user is called from the account they are logged in
// with: the full name if there is one, else the login.
func guessName() string {
	full, login := "", ""
	if u, err := user.Current(); err == nil {
		full, login = u.Name, u.Username
	}
	if login == "" {
		login = os.Getenv("USER")
	}
	return nameFrom(full, login)
}

func nameFrom(full, login string) string {
	full, _, _ = strings.Cut(full, ",") // GECOS: name, room, phone
	if name := chat.CleanName(full); name != "" && full != login {
		return name
	}
	if _, after, ok := strings.Cut(login, `\`); ok { // Windows: DOMAIN\login
		login = after
	}
	r := []rune(chat.CleanName(login))
	if len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	return string(r)
}
