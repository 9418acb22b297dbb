// Package search is the full-text index of messages, in all languages.
//
// The index is a database of its own, made from the messages and made again
// whenever in doubt: it takes part in no transaction of theirs, no write waits
// for it, and when it is missing, damaged, of an older format or of other
// messages, it is thrown away. It keeps no text, and nothing that would be
// missed.
//
// What is a word is decided here (see split), the same for texts and for what
// is looked for; FTS5 (SQLite's full-text engine) keeps the lists of words and
// walks through them. Matches come newest first, at a cost that depends on how
// many are wanted rather than on how many there are.
//
// The package does not know conversations, authors or positions: it returns the
// numbers of messages, ordered by time to the hour, for its caller to read.
package search
