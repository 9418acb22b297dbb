// Package composer is the box in which a message is written, with its send
// button, a bar above that says which message is answered or edited, and a line
// underneath that says what is the matter. Where nothing can be written, a
// sentence stands in place of it all.
//
// Enter sends, Shift+Enter begins a line; the box grows from one to six rows.
// What is in the box leaves it only when OnSend returned without an error: text
// is never lost by trying to send it. A text longer than MaxText is not taken
// at once, since Fyne lays out a paragraph in time quadratic in its length; what
// fits is taken, what was left out is said and can be put in afterwards.
//
// The text of a message that is edited takes the place of the draft, which comes
// back afterwards; an edit that another one comes in between waits for its turn.
// After an @, names of members are offered in a list above the box, which takes
// a few keys and never the focus.
//
// Emoji and accented letters are deleted and passed over as the one character
// they look like, though they may be several code points.
//
// The composer knows no conversation: its owner puts drafts in with SetText and
// hears of changes by OnChanged. All methods are for the UI goroutine.
package composer
