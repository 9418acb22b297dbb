// Package bubble is one message as the pane shows it: the message that it
// answers, the text, the time with what is said beside it, the mark of its
// state, and the reactions underneath. A change of a group is a line of its own
// instead.
//
// A Body is a message measured for a width; it holds every place in it, so that
// what lies under a point can be said without anything on the screen. A View is
// the objects that draw a Body, and can be made to draw another. Positions are
// from the bubble's upper left corner. What the pointer does is the owner's to
// deal with.
package bubble
