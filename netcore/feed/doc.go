// Package feed decides how conversations replicate: which entries to take,
// which to send to whom, what to tell others of what is on the own disk.
//
// A conversation is a set of logs, one for each author and incarnation; a
// device's frontier says how far it holds each. Two linked devices tell each
// other their frontiers and send what the other lacks. That one exchange is
// retransmission, deduplication, order, offline delivery and receipt (compare
// Terry et al., Managing Update Conflicts in Bayou, 1995, for anti-entropy over
// version vectors, and Tarr et al., Secure Scuttlebutt, 2019, for signed logs).
//
// Invariants:
//   - an entry is taken only if its number is the next one of its log and it
//     names the hash of the one before; a log never has gaps and never two
//     entries with one number;
//   - nothing is sent on, and nothing is told in a frontier, before it is on the
//     own disk: a frontier heard is a receipt;
//   - only members of a conversation get or give anything of it, but for what
//     lets them agree who is one.
//
// A Feed does no I/O and starts no goroutine: events go in by Step, effects come
// out, and the owner carries them out in order. It does not verify signatures
// (see Authentic, which needs no state), does not know what entries mean, and
// does not decide whom to link to.
package feed
