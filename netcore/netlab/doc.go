// Package netlab is a laboratory for tests: several hosts on one machine, made
// of network namespaces, cables (veth pairs) and bridges, with the real
// programs running on them. A scenario reads as what somebody would do with
// real machines: join a network, pull the plug, lose every fifth packet, kill
// the power, and see who still hears whom.
//
// It exists under the build tag netns, on Linux, with ip (iproute2) and nft
// (nftables) installed:
//
//	go test -tags netns ./netcore/netlab
//	go test -tags netns -run '^$' -bench . ./netcore/netlab
//
// It runs as root, or as anybody where user namespaces are allowed: then the
// test program starts itself again inside one.
//
// Invariants: each namespace is held by one thread of the test program and by
// nothing else, and each process started in it dies with that thread. So
// nothing is left behind, not even when the tests are killed, and nothing has
// a name that two runs could share. The machine's own network is never touched
// or used.
//
// It simulates nothing: time, sockets and disks are real, so its tests wait
// and their bounds are generous. Nothing but tests imports it.
package netlab
