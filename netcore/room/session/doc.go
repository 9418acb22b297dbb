// Package session is one client's life on one IRC server, connection after
// connection: negotiation, sign-in, channels and who is in them, own messages and
// what became of them, and the gaps that history fills.
//
// It is a machine, see package machine. Whatever a server sends, its memory is
// bounded: names past a bound are counted and not held, batches and lists have an
// end, and a server that breaks the rules is hung up on, with the reason.
//
// A message of one's own is queued until it is written, sent until the server
// answers for it, and delivered then: by its echo, by the answer to its label, or by
// the PONG to a PING that followed it. When the connection ends in between, history
// decides whether it has to be written again; on servers without history it is.
// What the server refuses is told with the reason and written no more. Servers without
// labels do not say which line they refuse: it is known once a PONG has answered for
// all that were on their way, and where some of them may have arrived that is said.
package session
