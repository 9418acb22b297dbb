// Package discovery gives announcements their meaning: who is there, under which
// name, and at which addresses a link may be tried.
//
// A Machine is a pure state machine. It opens no socket, starts no goroutine and
// reads no clock: Step takes the time and an event and returns effects for
// others to carry out, and Next says when it wants a Tick. One goroutine owns it.
//
//	heard datagrams ─┐              ┌─ Announce, Tell: datagrams to send
//	links up, down  ─┼─→ Machine ───┼─ PeerChanged, PeerForgotten
//	ticks, changes  ─┘              └─ KeyDoubted
//
// Invariants:
//   - Only a verified signature that is newer than what is held, or a link,
//     changes what a peer is; a copy of the announcement just heard, or one that
//     says the same, may add an address, and nothing else.
//   - An address is a hint. Whoever opens a link to one has to prove the key.
//   - Where nobody is heard, the addresses of a small subnet are asked one by one,
//     slowly (seek.go).
//   - An answer is never longer than its question.
//   - Memory and work are bounded whatever arrives: signatures verified a second,
//     announcements a source, peers, addresses a peer.
//
// Trust is none of its business, and neither is what peers say on links.
package discovery
