// Package lan is the network of Parlance's own devices: it finds people near,
// keeps links to them, and replicates conversations over the links.
//
// It is where the rooms below meet. beacon and link move bytes; discovery decides
// who is there, peering with whom links are kept, and replica has the
// conversations. This package carries the first two's decisions out (peers.go,
// links.go), hands the third what links bring (session.go, arrived.go), and holds
// what is known of peers. One goroutine owns the three, the sessions and the peers;
// all else (links' readers, the store's writer, callers) puts functions into its
// loop, which it runs one after the other. It never waits for disk, for a link or
// for a dial.
//
// What others need as well has a lock of its own: directory (what is to be seen of
// peers and groups), delivery (how far own messages have come), outbox (what waits
// to go out on a link).
//
// What is said here of people comes from signed announcements and proven links;
// addresses are hints until a link proves the key.
package lan
