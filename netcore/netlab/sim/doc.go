// Package sim is a network of thousands of devices in one process and in virtual
// time: what a lobby of a thousand costs, and what becomes of it when packets are
// lost and programs restart, is to be seen in seconds.
//
// The devices decide with the code of the real ones: ring.Neighbours says who
// keeps links to whom, feed.Feed who sends what. The network between them is one
// queue of events; no goroutine runs and no clock is read, so a seed and a
// Scenario say exactly what happens. Links deliver in order and lose nothing while
// they are up, as QUIC does: a lost packet costs time.
//
// Left out is what has tests of its own: datagrams, discovery (who is online is
// known to all at once), signatures (nobody forges), the encoding of frames.
package sim
