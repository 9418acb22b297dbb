// Package composer is the box in which a message is written, with its send
// button and a line underneath that says what is the matter.
//
// Enter sends, Shift+Enter begins a line; the box grows from one to six rows.
// What is in the box leaves it only when OnSend returned without an error: text
// is never lost by trying to send it. A text longer than MaxText is not taken
// at once, since Fyne lays out a paragraph in time quadratic in its length; what
// fits is taken, what was left out is said and can be put in afterwards.
//
// Emoji and accented letters are deleted and passed over as the one character
// they look like, though they may be several code points.
//
// The composer knows no conversation: its owner puts drafts in with SetText and
// hears of changes by OnChanged. All methods are for the UI goroutine.
package composer
