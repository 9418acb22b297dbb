// Package link holds authenticated, encrypted sessions between two devices:
// QUIC (RFC 9000) over one UDP socket, moving wire.Frame values.
//
// An Endpoint listens and dials on its socket; a Link is one session. What the
// package promises:
//
//   - The peer of a link is the device whose key it proved. Both sides present
//     exactly one certificate, made from the device's key; a dialled device is
//     pinned. There are no session tickets and no early data, so every link is
//     proven afresh.
//   - Frames arrive whole and in order, or the link ends. Nothing here says that
//     they arrived: receipts are frames too.
//   - Send never blocks. It takes a bounded number of bytes and then refuses, and
//     Config.Ready tells when there is room again.
//   - Datagrams arrive whole or not at all, in any order; they are for what is worth
//     nothing a moment later. Sending one never blocks either, and neither side can
//     make the other handle more than a few a second.
//   - Whatever a peer sends or leaves out, a link holds a bounded amount of memory
//     and ends after a bounded time (bounds.go).
//   - Every goroutine belongs to an Endpoint, whose Close waits for it.
//
// A link is one bidirectional QUIC stream, opened by the device that dialled,
// which sends the first frame, and beside it QUIC datagrams (RFC 9221), where the
// peer takes them. The package does not know what frames mean, whom
// to dial, or what to do about two links of one pair; for the last, Keep gives
// the answer on which both sides agree.
package link
