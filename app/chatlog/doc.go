// Package chatlog is the message pane: the messages of one conversation, as
// bubbles, of which only those in view are objects on the screen.
//
// A Log holds a window of at most window.Max messages out of a Source and pages
// in more when the view nears its ends; memory and the cost of a scroll step do
// not depend on how many messages there are. Its place is one message, the
// anchor, and where the top of that message's bubble stands in the view: rows
// are laid out from there, up and down, in the coordinates of the view. What
// stands above a bubble (the day, the "unread" line, the author's name) belongs
// to the row's head, which grows upwards. So messages that come in before,
// between or after those in view never move what the reader looks at.
//
// A message that is changed is measured anew in its place, by the same rule;
// while the end is in view it stays there. Who types is said in room under the
// newest message that is always kept.
//
// Sources are read on goroutines of the Log, one read at a time, and the
// results applied by fyne.Do; everything else happens on the UI goroutine. What
// a read brings that was overtaken (another conversation, a message or a state
// that came meanwhile) is dropped or put right when it is applied.
//
// The Log itself gets all pointer and key events; the rows only draw. The keys
// choose a message, whose menu has everything that the pointer can do with it.
// A Log stores nothing, sends nothing, and does not know who is online: what is
// chosen in a menu is told by functions.
//
// Beside it: bubble is a message, heading what stands above one, window the
// messages that are held, pages how they are read, selection what is selected of
// them, words what is said, palette the choice of a reaction, and parts the rest.
package chatlog
