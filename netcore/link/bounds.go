package link

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// bounds are the limits of an endpoint; tests shorten the times. The sizes
// below are for one link: fifty links that do nothing must fit in a few
// megabytes, so buffers begin small and grow only while they are used.
type bounds struct {
	// handshake is how long a handshake waits for the other side's next packet;
	// twice this is its total. On a LAN an answer takes milliseconds; this leaves
	// room for several lost packets (RFC 9002 section 6.2: 0.3, 0.9, 2.1 s).
	handshake time.Duration

	// stagger is how long one of a device's addresses is dialled alone before the
	// next is tried beside it: what RFC 8305 section 5 recommends.
	stagger time.Duration

	// firstFrame is how long a peer may take to begin its first frame, which it
	// has ready when it dials.
	firstFrame time.Duration

	// frame is how long a frame may take from its first byte to its last: the
	// largest passes at 35 kB/s.
	frame time.Duration

	// stall is how long the peer may take for maxPiece bytes: 2 kB/s pass.
	stall time.Duration

	// idle is how long a link lasts without any packet from the peer, and
	// keepAlive after how long without one the dialling side makes sure that there
	// is one: not before devices that speak every half a minute have done so, for
	// each costs both a few wakings.
	idle, keepAlive time.Duration

	// handshakeRate is how many handshakes a second one source address may begin,
	// and totalRate how many all of them together may: each costs about a
	// millisecond of processor time, so a flood takes a tenth of a core.
	handshakeRate, totalRate int

	// datagramRate is how many datagrams a second a link sends, and how many of the
	// peer's it hands on: somebody typing sends one every few seconds, and may do so
	// in several conversations.
	datagramRate int

	// pending is how many incoming handshakes may be under way at once, and
	// pendingPerAddress how many of them from one source address. One that nobody
	// goes on with stays for up to twice handshake.
	pending, pendingPerAddress int

	// rebindPause is the pause between two tries to replace a broken socket.
	rebindPause time.Duration

	// links is how many links there may be, and linksPerAddress how many of them
	// one source address may have opened, so that one host cannot take all.
	links, linksPerAddress int
}

var defaultBounds = bounds{
	handshake:         4 * time.Second,
	stagger:           250 * time.Millisecond,
	firstFrame:        5 * time.Second,
	frame:             30 * time.Second,
	stall:             30 * time.Second,
	idle:              80 * time.Second,
	keepAlive:         35 * time.Second,
	handshakeRate:     chat.MaxHandshakeRate,
	totalRate:         10 * chat.MaxHandshakeRate,
	datagramRate:      20,
	pending:           64,
	pendingPerAddress: 16,
	rebindPause:       time.Second,
	links:             chat.MaxLinks,
	linksPerAddress:   chat.MaxLinks / 4,
}

const (
	// initialWindow and maxWindow are how many bytes the peer may send before
	// they are read; QUIC raises the one towards the other while they are read
	// quickly. At a round trip of 5 ms the larger carries 100 MB/s.
	initialWindow = 64 << 10
	maxWindow     = 512 << 10

	// maxQueue is how many bytes of frames wait for a link before Send refuses
	// more. An empty queue takes any one call.
	maxQueue = 256 << 10

	// maxPiece is how many bytes are written at a time; each piece may take
	// bounds.stall.
	maxPiece = 64 << 10

	// smallBuffer is the size at which a link's receive buffer begins, and to
	// which it returns after a larger frame.
	smallBuffer = 4 << 10

	// MaxDatagram is the size of a datagram in bytes: it fits into the smallest
	// packet that QUIC sends, of 1,200 bytes (RFC 9000 section 14), whose header,
	// tag and frame take less than 64.
	MaxDatagram = 1100

	// maxDatagrams is how many wait for the goroutine that hands them to QUIC, which
	// has a queue of its own: more only get old.
	maxDatagrams = 8

	// maxReason is the length of a close reason in bytes: it has to fit into one
	// packet.
	maxReason = 200

	// simultaneous is how long apart two links of one pair may open and still
	// count as dialled at once: a dial takes no longer than its handshake.
	simultaneous = 10 * time.Second

	// maxWrongKeys is how many addresses Stats remembers wrong keys of: more than
	// anybody reads, and few enough to forget about.
	maxWrongKeys = 100
)
