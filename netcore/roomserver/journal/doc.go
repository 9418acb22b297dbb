// Package journal keeps the one ordered log of a network of rooms in NATS
// JetStream: in the process itself, with its data in one folder, or on servers
// of its own that several room servers share.
//
// What always holds:
//   - All events of all servers stand in one stream and have one order. Read
//     gives each of them once, in that order, from any place on.
//   - An event that Append confirms is on disk (a sync after each write), and so is
//     one that Read gives; on a NATS that others run it is on most of the replicas,
//     and synced as that is told to.
//   - An event that is too late, or finds the disk full or the servers gone, is
//     refused within AppendTimeout, and not stored. One whose confirmation was lost
//     is refused with ErrUnclear: it may still come out of Read.
//   - History is complete, though replicas may lag: who knows is asked how much
//     there is.
//   - The disk is never filled to the last byte: with less than Config.Reserve
//     free nothing is written.
//
// History is the same stream, asked by subject. JetStream cannot search
// backwards, so an index of each conversation asked for is kept in memory:
// 32 bytes a message, for the conversations asked for last.
//
// The package knows events only by their envelope; what they do is core's
// business. It keeps no memberships and decides nothing.
package journal
