// Package irc is the message format of IRC with the extensions of IRCv3, and the
// small languages inside it: tags, sources, modes, masks, ISUPPORT, standard
// replies, CTCP, batches. It follows https://modern.ircdocs.horse and
// https://ircv3.net/irc/.
//
// Texts are bytes that are UTF-8 as a rule; what is not passes unchanged, and
// Decode makes it readable. What is parsed holds no CR, LF or NUL, and nothing
// with one of them is ever written: a message is one line whatever is put in.
//
// The package does no I/O, keeps no state between calls but what its types say,
// and decides nothing.
package irc
