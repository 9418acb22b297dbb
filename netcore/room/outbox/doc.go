// Package outbox is what is on its way to one IRC server: the user's own messages that
// the server has not answered for, and how fast it can be written to.
//
// It is pure, as a machine is: its owner says what happened and gets back, in the words
// of package machine, what is to be written and how far messages have come. What always
// holds:
//
//   - A message ends once: delivered when the server has answered for each of its
//     lines, refused, or withdrawn, which it can be until the first is written. Until
//     then it is queued, or sent once all its lines are written.
//   - Lines are written in the order in which they were posted, but for targets that are
//     not open, whose lines wait.
//   - A line is answered for by its echo, by the answer to its label, by the PONG to a
//     PING that followed it, or by history; never by its text alone where the answer
//     bears a label or an ID.
//   - When a connection ends, what was not answered for is in doubt. It is written
//     again, unless history or an old connection tells before that the server has it.
//   - Of a message of which a line was refused nothing more is written. A server without
//     labels does not say which line it refuses: that is known once a PONG has answered
//     for all that were on their way, and where some may have arrived that is said.
//   - No more is written, or on its way, than the server takes at once.
package outbox
