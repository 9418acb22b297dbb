// Package netcore is the façade of Parlance: the Node.
//
// A Node opens one profile (key, database, settings), runs the networks over
// it, and answers the app, the command line and the control socket; they use
// nothing else. Calls go in, typed events (package chat) come out through a
// Subscription. One process at a time has a profile.
//
// Node decides nothing about protocols and shows nothing: what arrives and what
// it means is the networks' business, how it looks the faces'. All methods may
// be called from any goroutine.
package netcore
