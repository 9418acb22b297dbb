package app

import (
	"errors"
	"fmt"
	"image/color"
	"io/fs"
	"syscall"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore"
)

// failure is why the program cannot start, and what to do about it.
type failure struct{ title, text, advice string }

// explain says what an error of the start means for a person.
func explain(err error) failure {
	var taken *netcore.InUseError
	switch {
	case errors.As(err, &taken):
		other := "Another program"
		if taken.Program != "" {
			other = fmt.Sprintf("%s (process %d)", taken.Program, taken.PID)
		}
		return failure{
			"Parlance is already running",
			fmt.Sprintf("%s uses this profile right now:\n%s", other, taken.Profile),
			"Close it and start Parlance again, or start this one with --profile and another folder to be a second person.",
		}
	case errors.Is(err, fs.ErrPermission):
		return failure{"Parlance may not open its profile", phrase.Sentence(err),
			"Give your account the right to read and write the folder, or start Parlance with --profile and another one."}
	case errors.Is(err, syscall.ENOSPC):
		return failure{"The disk is full", phrase.Sentence(err), "Make some room and start Parlance again. Nothing you had is lost."}
	}
	return failure{"Parlance cannot start", phrase.Sentence(err),
		"Nothing was changed or deleted. If you need to talk right now, start Parlance with --profile and a new folder."}
}

// ShowFailure shows a window that says why the program could not start, until
// the user closes it. It must be called on the main goroutine, instead of Run.
func ShowFailure(err error) {
	a := newApp(appID+".failure", "")
	w := a.NewWindow(program)
	w.SetPadded(false)
	w.SetContent(failureCard(explain(err), func() {
		a.Clipboard().SetContent(err.Error())
	}, a.Quit))
	w.Resize(fyne.NewSize(560, 380))
	w.CenterOnScreen()
	w.ShowAndRun()
}

func failureCard(f failure, copyIt, quit func()) fyne.CanvasObject {
	buttons := container.NewCenter(container.NewHBox(kit.NewButton("Copy", false, copyIt), kit.NewButton("Quit", true, quit)))
	wide := canvas.NewRectangle(color.Transparent) // wrapped text alone would make a window narrow and tall
	wide.SetMinSize(fyne.NewSize(460, 0))
	return kit.NewPanel(fynetheme.ColorNameBackground, kit.Margin(32),
		container.NewStack(wide, container.New(kit.Middle{Width: 460}, container.New(kit.Stack{Gaps: []float32{16, 10, 10, 20}},
			kit.NewLogo(56),
			kit.NewProse(f.title).Sized(theme.TextSize+5).Bold().Centered(),
			kit.NewProse(f.text).Wide(460).Centered(),
			kit.NewProse(f.advice).Wide(460).Muted().Centered(),
			buttons))))
}
