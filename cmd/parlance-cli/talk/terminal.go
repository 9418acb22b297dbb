package talk

import (
	"errors"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// Prompt stands before what is being typed.
const Prompt = "> "

// Terminal is the screen and the keyboard of a chat: what is printed comes
// above the line being typed and leaves that as it is.
type Terminal struct {
	term   *term.Terminal
	screen io.Writer
	size   func() (width, height int, err error)
	leave  func() // gives the terminal back as it was
	width  int
	keys   chan string // what stands in the line after a key, if anybody wants it
}

// OpenTerminal takes the terminal that standard input and output are; nil if
// they are none.
func OpenTerminal() *Terminal {
	in, out := int(os.Stdin.Fd()), int(os.Stdout.Fd())
	if !term.IsTerminal(in) || !term.IsTerminal(out) {
		return nil
	}
	old, err := term.MakeRaw(in)
	if err != nil {
		return nil
	}
	screen := struct {
		io.Reader
		io.Writer
	}{os.Stdin, os.Stdout}
	return NewTerminal(screen,
		func() (int, int, error) { return term.GetSize(out) },
		func() { _ = term.Restore(in, old) }) // nothing better can be done with a terminal that is gone
}

// NewTerminal returns the terminal that screen is. It has a size, and is given
// back with leave.
func NewTerminal(screen io.ReadWriter, size func() (int, int, error), leave func()) *Terminal {
	t := &Terminal{term: term.NewTerminal(screen, Prompt), screen: screen, size: size, leave: leave, keys: make(chan string, 1)}
	t.term.AutoCompleteCallback = t.pressed
	t.term.SetBracketedPasteMode(true)
	t.resize()
	return t
}

// resize follows the window. It is called before everything that is printed,
// and so needs no signal, which not every system has.
func (t *Terminal) resize() {
	if width, height, err := t.size(); err == nil && width > 0 && width != t.width {
		t.width = width
		_ = t.term.SetSize(width, height) // fails only where printing does
	}
}

// Write implements io.Writer for whole lines.
func (t *Terminal) Write(text []byte) (int, error) {
	t.resize()
	return t.term.Write(text)
}

// pressed hears each key before it counts, and leaves the line as it is.
func (t *Terminal) pressed(line string, pos int, key rune) (string, int, bool) {
	switch {
	case key == '\r':
		line = "" // it is on its way
	case unicode.IsPrint(key): // the other keys are none that Unicode has
		line = line[:pos] + string(key) + line[pos:]
	}
	select {
	case <-t.keys: // only the latest counts
	default:
	}
	t.keys <- line // the only sender: there is room
	return "", 0, false
}

// setPrompt changes what stands before the line being typed.
func (t *Terminal) setPrompt(prompt string) {
	t.term.SetPrompt(prompt)
	_, _ = t.term.Write(nil) // draws the line again; fails only where printing does
}

// Close gives the terminal back, at the beginning of a line.
func (t *Terminal) Close() {
	t.term.SetBracketedPasteMode(false)
	_, _ = io.WriteString(t.screen, "\r\n") // a terminal that is gone needs none
	t.leave()
}

// readLine returns the next line typed. Lines that were pasted are one text
// with the line that is typed after them. It returns io.EOF at Ctrl+C and
// Ctrl+D.
func (t *Terminal) readLine() (string, error) {
	var pasted strings.Builder
	for {
		line, err := t.term.ReadLine()
		if !errors.Is(err, term.ErrPasteIndicator) {
			return pasted.String() + line, err
		}
		pasted.WriteString(line + "\n")
	}
}
