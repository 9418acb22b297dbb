package composer

import (
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// MaxText is how many characters the box takes.
const MaxText = 4_000

// counterFrom is the length from which on it is shown.
const counterFrom = MaxText * 9 / 10

// Composer is the box, the button, the bar above and the line underneath.
type Composer struct {
	widget.BaseWidget

	// OnSend is called with the text to send, without blank space around it. An
	// error is shown and the text stays in the box; nil empties the box.
	OnSend func(text string) error
	// OnReply is OnSend for a text that answers a message.
	OnReply func(to chat.Message, text string) error
	// OnEdit is called with the new text of a message. An error is shown and the
	// text stays; with nil the draft comes back.
	OnEdit func(m chat.Message, text string) error
	// OnEditLast is asked for by Up in an empty box: to call Edit with the last
	// message of one's own, or to return false if there is none.
	OnEditLast func() bool
	// OnChanged is called when the user changed the draft, and when it was sent;
	// not by SetText, and not for the text of a message that is edited.
	OnChanged func(text string)
	// OnTyping is called with true whenever a key leaves text in the box, and with
	// false once when the text was sent or deleted, or the box left.
	OnTyping func(active bool)
	// OnShortcut is asked first for every shortcut typed in the box; true means
	// that it is dealt with.
	OnShortcut func(fyne.Shortcut) bool
	// OnKey is asked for keys that mean nothing to the box: Escape, Page Up, Page
	// Down, and Up, Home and End in an empty box; true means that it is dealt with.
	OnKey func(*fyne.KeyEvent) bool

	box    *entry
	button *kit.Button
	bar    *bar
	line   *line
	shut   *shut
	list   *suggestions
	ground *canvas.Rectangle
	rule   *canvas.Rectangle

	placeholder string
	err         error
	pasted
	pending bool // Enter was typed, and the text not yet sent
	typing  bool // OnTyping was last called with true

	// What the text in the box is for.
	answering  *chat.Message
	editing    *chat.Message
	draft      draft                     // while editing: what was in the box before
	unfinished map[chat.MessageID]string // edits that others came in between

	names     []string  // of members, to choose from after an @
	nicks     bool      // Tab completes them, too
	cycle     cycle     // of names, by Tab
	commands  []Command // that texts may begin with
	dismissed int       // where the @ or the slash stands after which nothing is offered, or -1

	modifiers func() fyne.KeyModifier
	later     func(func())
	anyRune   bool // every rune after Enter means it ended a composition
}

// New returns an empty composer. modifiers says which keys are held down now;
// nil asks the desktop.
func New(modifiers func() fyne.KeyModifier) *Composer {
	if modifiers == nil {
		modifiers = func() fyne.KeyModifier {
			if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
				return d.CurrentKeyModifiers()
			}
			return 0
		}
	}
	c := &Composer{
		modifiers: modifiers,
		// From the UI goroutine itself, fyne.Do complains or runs at once.
		later:   func(f func()) { go fyne.Do(f) },
		anyRune: runtime.GOOS == "darwin",
		ground:  canvas.NewRectangle(nil),
		rule:    canvas.NewRectangle(nil),
	}
	c.dismissed = -1
	c.box = newEntry(c)
	c.button = kit.NewQuietButton("", fynetheme.MailSendIcon(), func() {
		c.send()
		c.focus() // which the button may have by the keyboard
	})
	c.line = newLine(c.insertRest)
	c.bar = newBar(c.CancelMode)
	c.shut = newShut()
	c.list = newSuggestions(c.complete, func() {
		if !c.box.focused {
			c.closeList()
		}
	})
	c.ExtendBaseWidget(c)
	c.update()
	return c
}

// Text returns what is in the box.
func (c *Composer) Text() string { return c.box.Text }

// SetText replaces the text, such as by the draft of another conversation, and
// puts the cursor at its end. What was said about the old text goes away, and so
// does what the text was for.
func (c *Composer) SetText(text string) { c.SetState(State{Draft: text}) }

// Insert puts text in at the cursor, as if it was typed.
func (c *Composer) Insert(text string) { c.box.insert(text) }

// SetPlaceHolder sets what an empty box says, as far as a row has room for it.
func (c *Composer) SetPlaceHolder(text string) {
	c.placeholder = text
	c.fitPlaceHolder()
}

// SetError shows an error under the box until the text changes; nil takes it
// away.
func (c *Composer) SetError(err error) {
	c.err = err
	c.update()
}

// Tell shows under the box what came of a command, until the text changes.
func (c *Composer) Tell(text string) {
	c.note = text
	c.update()
}

// Disable puts a sentence in place of the box that says why nothing can be
// written. What is in the box stays.
func (c *Composer) Disable(why string) { c.DisableWith(why, "", nil) }

// DisableWith is Disable with a button that does something about it.
func (c *Composer) DisableWith(why, label string, do func()) {
	c.Left()
	c.box.Disable()
	c.shut.say(why, label, do)
	c.update()
}

// Disabled says whether nothing can be written.
func (c *Composer) Disabled() bool { return c.box.Disabled() }

// Enable opens the box again.
func (c *Composer) Enable() {
	if !c.box.Disabled() {
		return
	}
	c.box.Enable()
	c.shut.say("", "", nil)
	c.update()
}

// Focus puts the cursor into the box, which a canvas has or is about to have.
func (c *Composer) Focus(on fyne.Canvas) {
	on.Focus(c.box)
	// Where a card came over the window in the background, Fyne tells that to the card
	// alone when the window is in front again.
	if !c.box.focused && on.Focused() == fyne.Focusable(c.box) {
		c.box.FocusGained()
	}
}

// Focused says whether the cursor is in the box.
func (c *Composer) Focused() bool { return c.box.focused }

// focus is Focus for a box that was shown already.
func (c *Composer) focus() {
	if canvas := fyne.CurrentApp().Driver().CanvasForObject(c.box); canvas != nil {
		c.Focus(canvas)
	}
}

// TypedShortcut takes a shortcut that was typed elsewhere, such as a paste while
// the messages had the focus.
func (c *Composer) TypedShortcut(s fyne.Shortcut) { c.box.TypedShortcut(s) }

// enter sends after whatever Fyne has at hand now was dealt with. Input methods
// end a composition with Enter, which arrives as a key of its own before the
// characters: those then cancel the sending.
func (c *Composer) enter() {
	if c.pending {
		return
	}
	c.pending = true
	c.later(c.sendPending)
}

func (c *Composer) sendPending() {
	if c.pending {
		c.pending = false
		c.send()
	}
}

// runeComes decides what a character right after Enter means: the end of a
// composition, or the next message typed very fast.
func (c *Composer) runeComes(r rune) {
	if !c.pending {
		return
	}
	if c.anyRune || r >= utf8.RuneSelf {
		c.pending = false
		return
	}
	c.sendPending()
}

// send hands the text to the owner and empties the box if all went well.
func (c *Composer) send() {
	text := strings.TrimSpace(c.box.Text)
	if text == "" || c.box.Disabled() {
		return
	}
	if c.editing != nil {
		c.sendEdit(text)
		return
	}
	var err error
	switch {
	case c.answering != nil && c.OnReply != nil:
		err = c.OnReply(*c.answering, text)
	case c.OnSend != nil:
		err = c.OnSend(text)
	default:
		return
	}
	if err != nil {
		c.SetError(err)
		return
	}
	c.answering = nil
	c.err, c.note = nil, ""
	if c.rest != "" {
		c.note = fmt.Sprintf("The rest of the pasted text, %s characters, is not sent yet.", thousands(utf8.RuneCountInString(c.rest)))
	}
	c.box.replace("")
	c.update()
	c.Left()
	if c.OnChanged != nil {
		c.OnChanged("")
	}
}

// changed is called for each change by the user.
func (c *Composer) changed(text string) {
	c.err = nil
	if c.rest == "" {
		c.note = ""
	}
	c.update()
	c.typed(text)
	if c.editing == nil && c.OnChanged != nil {
		c.OnChanged(text)
	}
}

// tooLong says that a paste was cut, and keeps what did not fit.
func (c *Composer) tooLong(taken, rest string) {
	c.rest = rest
	all := utf8.RuneCountInString(taken) + utf8.RuneCountInString(rest)
	c.note = fmt.Sprintf("A message has at most %s characters: the first %s of the %s pasted are in the box. "+
		"Send them, then insert the rest; the clipboard still has all of it.",
		thousands(MaxText), thousands(utf8.RuneCountInString(taken)), thousands(all))
	if taken == "" {
		c.note = fmt.Sprintf("A message has at most %s characters, and the box is full. "+
			"Send this, then insert what you pasted; the clipboard still has it.", thousands(MaxText))
	}
	c.update()
}

// full says that nothing more fits.
func (c *Composer) full() {
	c.note = fmt.Sprintf("A message has at most %s characters. Send this one and go on in the next.", thousands(MaxText))
	c.update()
}

// insertRest puts in what a paste left out.
func (c *Composer) insertRest() {
	rest := c.rest
	c.rest, c.note = "", ""
	c.box.insert(rest)
	c.update()
	c.focus()
}

// update brings the button and the line up to date.
func (c *Composer) update() {
	if c.box.Disabled() || strings.TrimSpace(c.box.Text) == "" {
		c.button.Importance = widget.MediumImportance
		c.button.Disable()
	} else {
		c.button.Importance = widget.HighImportance
		c.button.Enable()
	}
	c.button.Refresh()
	length := utf8.RuneCountInString(c.box.Text)
	counter := ""
	if length >= counterFrom {
		counter = thousands(length) + " / " + thousands(MaxText)
	}
	switch {
	case c.err != nil:
		happened := "Not sent. "
		switch {
		case c.editing != nil:
			happened = "Not changed. "
		case c.isCommand():
			happened = "Not done. "
		}
		c.line.say(happened+phrase.Sentence(c.err), true, "", counter)
	case c.rest != "":
		c.line.say(c.note, false, "Insert the rest", counter)
	case c.note == "":
		c.line.say(c.commandHint(), false, "", counter)
	default:
		c.line.say(c.note, false, "", counter)
	}
	c.bar.show(c.answering, c.editing)
	c.offer()
	c.Refresh()
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
