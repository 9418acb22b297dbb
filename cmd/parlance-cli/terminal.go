package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// prompt stands before what is being typed.
const prompt = "> "

// terminal is the screen and the keyboard of a chat: what is printed comes
// above the line being typed and leaves that as it is.
type terminal struct {
	term   *term.Terminal
	screen io.Writer
	size   func() (width, height int, err error)
	leave  func() // gives the terminal back as it was
	width  int
}

// openTerminal takes the terminal that standard input and output are; nil if
// they are none.
func openTerminal() *terminal {
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
	return newTerminal(screen,
		func() (int, int, error) { return term.GetSize(out) },
		func() { _ = term.Restore(in, old) }) // nothing better can be done with a terminal that is gone
}

func newTerminal(screen io.ReadWriter, size func() (int, int, error), leave func()) *terminal {
	t := &terminal{term: term.NewTerminal(screen, prompt), screen: screen, size: size, leave: leave}
	t.term.SetBracketedPasteMode(true)
	t.resize()
	return t
}

// resize follows the window. It is called before everything that is printed,
// and so needs no signal, which not every system has.
func (t *terminal) resize() {
	if width, height, err := t.size(); err == nil && width > 0 && width != t.width {
		t.width = width
		_ = t.term.SetSize(width, height) // fails only where printing does
	}
}

// Write implements io.Writer for whole lines.
func (t *terminal) Write(text []byte) (int, error) {
	t.resize()
	return t.term.Write(text)
}

// Close gives the terminal back, at the beginning of a line.
func (t *terminal) Close() {
	t.term.SetBracketedPasteMode(false)
	_, _ = io.WriteString(t.screen, "\r\n") // a terminal that is gone needs none
	t.leave()
}

// readLine returns the next line typed. Lines that were pasted are one text
// with the line that is typed after them. It returns io.EOF at Ctrl+C and
// Ctrl+D.
func (t *terminal) readLine() (string, error) {
	var pasted strings.Builder
	for {
		line, err := t.term.ReadLine()
		if !errors.Is(err, term.ErrPasteIndicator) {
			return pasted.String() + line, err
		}
		pasted.WriteString(line + "\n")
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// widthOf returns how many columns the terminal f has; 0 if it is none.
func widthOf(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
