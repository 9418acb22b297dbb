// Package room is the network of rooms on TCP servers: IRC, over TLS or in the
// open, and the plain dialects. It implements chat.Network.
//
// Each server has one goroutine, which owns its machine (package session for IRC,
// package dialect for the others), feeds it what happens and carries out what it
// asks for. Connections are package dial's. A conversation is a channel, a person, or
// the server itself, whose notices stand there. With a person it goes on under another
// nick, as far as the server lets that be seen.
//
// Own messages are on disk before they go anywhere, and those a server has not
// answered for are taken up again after a restart. IDs and places of messages are
// package book's.
//
// A certificate that is not the one a server had blocks it until the user decides. What
// is not encrypted is marked as such and never given a password that could be read.
package room
