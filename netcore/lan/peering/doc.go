// Package peering decides with whom links are kept: whom to dial and when, which
// links to probe, and which to end.
//
// A Machine is a pure state machine. It opens no link, starts no goroutine and
// reads no clock: Step takes the time and an event and returns effects for others
// to carry out, and Next says when it wants a Tick. One goroutine owns it.
//
//	what is known of peers ─┐              ┌─ Dial, Probe
//	links up, down, in use ─┼─→ Machine ───┼─ LetGo, End
//	ticks, changes         ─┘              └─ Introduce
//
// The rules:
//   - Among few, everybody is linked with everybody; among many, each with those
//     who stand near on the ring, in the lobby and in each group (package ring).
//   - Whoever has something for a peer dials it. Of two neighbours, the one with
//     the lower ID dials, and the other a moment later. Attempts in vain back off
//     until there is news of the peer.
//   - Members of groups with whom no link is kept are visited for receipts.
//   - A link whose other end owes an acknowledgement and is quiet is probed. One
//     that does not answer is ended, so that the peer is dialled at its other
//     addresses.
//   - A link that carries nothing is let go, but for those that are kept.
//
// What goes over links is none of its business, and neither is which of two links
// with one peer stays: link.Keep says so.
package peering
