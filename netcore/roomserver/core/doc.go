// Package core is what a room server decides: a replicated state machine that
// turns inputs into outputs and does nothing else. It opens no connection,
// starts no goroutine and reads no clock; the time comes in with each Step.
//
// What always holds:
//   - What is shared (sessions, nicks, channels, accounts, whowas) changes only
//     by Applied events, by the same function on every server. Two States that
//     applied the same events give the same Snapshot, whatever their own
//     clients did in between.
//   - A command that changes what is shared is checked, appended, and answered
//     when its event comes back; if it no longer fits by then it changes
//     nothing and its sender gets the error.
//   - The events of a run of a server count in the order of their tokens, and none
//     after its end (order.go). So a client is told one thing about what it sent:
//     that it is stored, or that it is not and never will be.
//   - While events are not stored none are appended: commands are refused at once.
//   - Lines of one client are answered in order. While an event of it is under
//     way its later lines wait in a bounded queue. Only what was said before a
//     JOIN comes when it is found, in one piece.
//   - No password leaves in an event: the glue hashes it first (Hash, Verify).
//   - Outputs never depend on the order of a map, never hold CR, LF or NUL
//     inside a line, and are bounded, and so is every table (see Limits).
//
// Send goes to many clients at once because a message is written once for each
// set of capabilities that changes its tags (send.go): to 1,000 members with
// four such sets that is four lines and about 50 µs with 83 allocations, event
// and all (BenchmarkChannel); with a Send for each member it was 1,074
// allocations.
//
// A State is not safe for concurrent use; one goroutine steps it.
package core
