// Package replica keeps this device's replica of conversations: what is written
// here and what comes from others is stored, shown, and passed on.
//
// feed decides, and this package carries its decisions out: it has the store write,
// tells the user by events, and gives outboxes what is to go to whom. Invariants:
//   - Nothing is passed on, and no receipt goes out, before it is on the disk.
//   - What the store took in one commit goes on as one run.
//   - Who writes waits until the message is on the disk, or knows that it is not.
//
// A Replica belongs to the owner of a loop.Loop, which never waits for the disk.
// Who is there, and how links come about, is for others to know: see Network.
package replica
