// Package store is the profile's database: SQLite with a write-ahead log. No
// other package touches it.
//
// Two tables matter. entries is the truth: the signed records of the logs, byte
// for byte as they were signed, but for bodies that were erased. messages is
// what the screen reads: the texts among the entries, neutralised and as last
// edited, the changes of groups, and the messages of networks without logs.
// Between them stand the amendments: edits, retractions and reactions, which may
// come before the message they are about. A message's row is a function of the
// entries held, in whatever order they came; only its number, and so whether it is
// unread, tells of the order.
//
// Counts, unread counts and the latest message are kept with each conversation,
// so that nothing the screen asks for takes longer with more messages.
//
// # Writing
//
// One goroutine owns the one connection that writes. It takes all that is
// queued, writes it in one transaction, and tells two things apart:
//
//	visible  committed: readers see it, and it survives the end of the process
//	durable  synced: it survives a loss of power
//
// A batch is committed, then its Visible callbacks are called, then the log is
// synced, once, then its Done callbacks are called; meanwhile the next batch
// gathers. Receipts and the success of a Send rest on Done; what is shown need
// not wait for it. What can be had again is written lazily: it costs no sync.
//
// A write is kept whole or not at all. One that does not fit what is held is
// refused alone; when the disk refuses, the batch fails, and the next is tried
// as if nothing had been. A log only ever grows by the entry that follows its
// highest: a number is never given a second content.
//
// # Reading
//
// Reads run beside the writer, on connections of their own, each from a state
// between two batches.
//
// # Erasing
//
// What its author takes back is gone: the bodies of the text and its edits leave
// the entries, also those that come later, and freed pages are overwritten
// (secure_delete). The write-ahead log has pages as they were, and is emptied as
// soon as nothing waits to be written and no reader uses it. The search index
// no longer finds the words; its files hold them until FTS5 merges the segments
// they are in, or the index is made anew.
//
// # Retention
//
// Expire removes the beginnings of logs, a few entries at a time. The head of a
// log stays when all of it is gone, and numbers of messages are not given twice
// either.
//
// # Searching
//
// The full-text index (package search) is a second database, made from the first
// behind the writer's back, of messages that are durable, and thrown away
// whenever in doubt. A search first indexes what is missing.
//
// # Damage
//
// A database that cannot be read is renamed, never overwritten, and a fresh one
// made with a new incarnation, so that the device's logs begin anew instead of
// giving used numbers to other entries.
//
// The package verifies no signature, decides nothing about trust or receipts,
// and sends nothing: it keeps what it is given.
package store
