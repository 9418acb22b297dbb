// Package show is how the terminal client prints: messages, changes of groups,
// people, tables and pages, for people and for programs.
//
// Whatever it is given, a text cannot speak to the terminal, nor look like a
// line of its own: control characters are neutralised once more, and all lines
// of a text but the first stand further right than anything else (Indent). It
// asks nobody and keeps nothing.
package show
