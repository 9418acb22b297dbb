package notify

// Notification is what the desktop shows.
type Notification struct {
	Title, Body string // text, never markup
	OnOpen      func() // called when the user clicks it; may be nil
}

// Config configures a Notifier; the zero value works.
type Config struct {
	Program string // the program's name, "Parlance" if empty
	AppID   string // the desktop file's name without ".desktop"; may be empty
	Icon    string // the path of a picture; may be empty
	// Do runs OnOpen, such as fyne.Do; nil runs it on the notifier's goroutine.
	Do func(func())
	// Send shows a notification where there is neither D-Bus nor PowerShell: on
	// macOS, Fyne's own. Nil shows nothing there.
	Send func(title, body string)
}

// Notifier shows notifications.
type Notifier struct{ cfg Config }

// New returns a notifier.
func New(cfg Config) *Notifier { return &Notifier{cfg: cfg} }

// Show shows a notification soon. It never blocks.
func (n *Notifier) Show(Notification) {}

// Close ends the notifier's goroutines and waits for them.
func (n *Notifier) Close() {}
