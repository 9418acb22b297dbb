// Package lan is the network of Parlance's own devices: it finds people near,
// keeps links to them, and replicates conversations over the links.
//
// It is where the rooms below meet. beacon and link move bytes, the store keeps
// them, discovery and feed decide; this package carries their decisions out. One
// goroutine, the loop, owns discovery, feed, the sessions and the peers; all
// else (links' readers, the store's writer, callers) puts functions into its
// mailbox, which it runs one after the other. The loop never waits for disk,
// for a link or for a dial.
//
// What is said here of people comes from signed announcements and proven links;
// addresses are hints until a link proves the key.
package lan
