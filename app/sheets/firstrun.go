package sheets

import (
	"os"
	"os/user"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// FirstRun is the card that stands in the window until the user has a name.
type FirstRun struct {
	Name    *kit.Field
	Begin   *kit.Button
	problem *kit.Prose
	network *kit.Prose
	who     *kit.Prose
	onName  func(string)
	Object  fyne.CanvasObject
}

// NewFirstRun returns the card with a guess in its field; onName gets the name.
func NewFirstRun(guess string, onName func(string)) *FirstRun {
	f := &FirstRun{
		Name:    kit.NewField("Your name"),
		problem: kit.NewProse("").Sized(theme.NameSize).Colored(theme.ColorErrorText),
		network: kit.NewProse("").Sized(theme.NameSize).Muted(),
		who:     kit.NewProse("").Sized(theme.NameSize).Muted(),
		onName:  onName,
	}
	f.Begin = kit.NewButton("Start talking", true, f.submit)
	f.Name.SetText(guess)
	f.Name.OnSubmitted = func(string) { f.submit() }
	f.Name.OnChanged = func(string) { f.check() }
	f.problem.Hide()
	line := func(icon fyne.Resource, text fyne.CanvasObject) fyne.CanvasObject {
		return container.New(kit.Row{Gap: 10, Grow: 1},
			widget.NewIcon(fynetheme.NewColoredResource(icon, fynetheme.ColorNamePlaceHolder)), text)
	}
	content := container.New(kit.Stack{Gaps: []float32{14, 4, 22, 6, 6, 14, 20, 16, 8}},
		kit.NewLogo(72),
		kit.NewProse("Welcome to Parlance").Sized(theme.TextSize+8).Bold().Centered(),
		kit.NewProse("Chat with the people on your network.").Muted().Centered(),
		kit.NewProse("What should others call you?").Sized(theme.NameSize).Bold(),
		f.Name, f.problem, f.Begin,
		kit.NewRule(),
		line(fynetheme.ComputerIcon(), f.network),
		line(fynetheme.AccountIcon(), f.who),
	)
	card := kit.NewPanel(fynetheme.ColorNameBackground, kit.Margin(32), content).Rounded(16).Edged(fynetheme.ColorNameSeparator)
	f.Object = kit.NewPanel(theme.ColorPane, kit.Margin(16), container.New(kit.Middle{Width: 440}, card))
	f.check()
	return f
}

// check says at once when a name will not do.
func (f *FirstRun) check() {
	if chat.CleanName(f.Name.Text) == "" {
		f.Begin.Disable()
	} else {
		f.Begin.Enable()
	}
}

func (f *FirstRun) submit() {
	if name := chat.CleanName(f.Name.Text); name != "" {
		f.problem.Hide()
		f.Begin.Disable()
		f.onName(name)
	}
}

// Refused says that the name could not be kept.
func (f *FirstRun) Refused(err error) {
	f.problem.SetText(phrase.Sentence(err))
	f.problem.Show()
	f.Begin.Enable()
	f.Object.Refresh()
}

// Show says what the network looks like now.
func (f *FirstRun) Show(m *model.Model) {
	cards, here := m.Cards(), m.Online()
	if len(cards) == 0 {
		f.network.SetText("No network right now. You can start all the same; Parlance finds people once there is one.")
	} else {
		f.network.SetText("Connected on " + phrase.Listed(model.CardNames(cards), 4) + ".")
	}
	if len(here) == 0 {
		f.who.SetText("Nobody else seen yet.")
	} else {
		f.who.SetText("Already here: " + phrase.Stopped(phrase.Listed(model.NamesOf(here), 6)))
	}
	f.Object.Refresh()
}

// GuessName guesses what the user is called from the account they are logged in
// with: the full name if there is one, else the login.
func GuessName() string {
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
