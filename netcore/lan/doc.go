// Package lan is the network of Parlance's own devices: it finds people near,
// keeps links to them, and replicates conversations over the links.
//
// It is where the rooms below meet. beacon and link move bytes, the store keeps
// them; discovery decides who is there, peering with whom links are kept, and feed
// what is replicated. This package carries their decisions out: peers.go for
// discovery, links.go for peering, replicate.go for feed. One goroutine, the loop,
// owns the three, the sessions and the peers; all else (links' readers, the
// store's writer, callers) puts functions into its mailbox, which it runs one after
// the other. The loop never waits for disk, for a link or for a dial.
//
// What others than the loop need has packages of its own, with locks of their own:
// directory (what is to be seen of peers and groups), delivery (how far own
// messages have come), outbox (what waits to go out on a link).
//
// What is said here of people comes from signed announcements and proven links;
// addresses are hints until a link proves the key.
package lan
