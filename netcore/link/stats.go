package link

import (
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// Stats is what an endpoint has counted since it was made.
type Stats struct {
	Links       int    // now
	Accepted    uint64 // links that others opened
	Dialled     uint64 // links that this side opened
	RateRefused uint64 // handshakes refused: too many from one address, or in all
	Busy        uint64 // handshakes and links refused: no room
	NotAdmitted uint64 // links refused by Config.Admit
	Malformed   uint64 // links closed with Protocol
	// DatagramsUnsent are those that SendDatagram dropped: too many, or the peer
	// takes none. DatagramsRefused arrived, and were too many.
	DatagramsUnsent, DatagramsRefused uint64
	// WrongKeys are the addresses where somebody claimed to be a device and did
	// not prove it, the latest first.
	WrongKeys []WrongKeys
}

// WrongKeys counts what happened at one address.
type WrongKeys struct {
	Address netip.Addr
	Count   uint64
	Last    time.Time
	// Claimed and Shown are those of the last WrongKeyError.
	Claimed, Shown identity.DeviceID
}

// Stats returns the counts of now.
func (e *Endpoint) Stats() Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.stats
	s.Links = len(e.links)
	for _, w := range e.wrong {
		s.WrongKeys = append(s.WrongKeys, w)
	}
	slices.SortFunc(s.WrongKeys, func(a, b WrongKeys) int { return b.Last.Compare(a.Last) })
	return s
}

func (e *Endpoint) count(f func(*Stats)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f(&e.stats)
}

// wrongKey counts and logs. Each address is worth one warning; of too many
// addresses the one longest ago is forgotten.
func (e *Endpoint) wrongKey(err *WrongKeyError) {
	level := slog.LevelDebug
	if e.countWrongKey(err) == 1 {
		level = slog.LevelWarn
	}
	e.cfg.Log.Log(e.ctx, level, "wrong key", "error", err, "claimed", err.Claimed, "shown", err.Shown)
}

func (e *Endpoint) countWrongKey(err *WrongKeyError) uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := WrongKeys{
		Address: err.Address.Addr(), Count: 1, Last: time.Now(), Claimed: err.Claimed, Shown: err.Shown,
	}
	if old, ok := e.wrong[w.Address]; ok {
		w.Count += old.Count
	} else if len(e.wrong) >= maxWrongKeys {
		oldest := w
		for _, other := range e.wrong {
			if other.Last.Before(oldest.Last) {
				oldest = other
			}
		}
		delete(e.wrong, oldest.Address)
	}
	e.wrong[w.Address] = w
	return w.Count
}
