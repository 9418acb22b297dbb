// Package session is one client's life on one IRC server, connection after
// connection: negotiation, sign-in, channels and who is in them, own messages and
// what became of them, and the gaps that history fills.
//
// It is a machine, see package machine. Whatever a server sends, its memory is
// bounded: names past a bound are counted and not held, batches and lists have an
// end, and a server that breaks the rules is hung up on, with the reason.
//
// What becomes of own messages is package outbox's. They wait until history has told
// which of those in doubt the server has; on servers without history none waits.
package session
