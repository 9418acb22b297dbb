// Package chat is the vocabulary of Parlance: the named types that every other
// package speaks in, the bounds they keep, and the Network interface.
//
// It holds no behaviour but what belongs to a value itself (text forms,
// neutralising text from others), does no I/O, and imports only identity.
package chat
