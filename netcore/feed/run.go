package feed

import (
	"fmt"
	"slices"

	"github.com/parlance-chat/parlance/netcore/wire"
)

// ParseRun parses the raw bytes of a run: consecutive entries of one log, each
// naming the hash of the one before.
func ParseRun(raw [][]byte) ([]wire.SignedEntry, error) {
	if len(raw) == 0 {
		return nil, fmt.Errorf("%w: run without entries", wire.ErrMalformed)
	}
	run := make([]wire.SignedEntry, len(raw))
	for i, r := range raw {
		e, err := wire.ParseEntry(r)
		if err != nil {
			return nil, err
		}
		run[i] = e
		if i == 0 {
			continue
		}
		before := run[i-1]
		if e.Log != before.Log || e.Sequence != before.Sequence+1 || e.Previous != before.Hash || e.Time <= before.Time {
			return nil, fmt.Errorf("%w: entry %d does not follow entry %d of its run", wire.ErrMalformed, e.Sequence, before.Sequence)
		}
	}
	return run, nil
}

// Authentic returns the longest beginning of a run that its author has signed
// for. A signature covers the hash of the entry before, and so the whole log up
// to it: one signature at the end vouches for a run of any length.
func Authentic(run []wire.SignedEntry) ([]wire.SignedEntry, error) {
	var last error
	for n := len(run); n > 0; n-- {
		err := run[n-1].VerifySignature()
		if err == nil {
			return run[:n], last
		}
		if last == nil {
			last = err
		}
	}
	return nil, last
}

// Justified returns the longest beginning of a run in which whatever lacks its
// body has a reason to: a retraction by its author among the raw entries that
// came with it. The signatures of those are verified here.
func Justified(run []wire.SignedEntry, retractions [][]byte) ([]wire.SignedEntry, error) {
	erased := 0
	for _, e := range run {
		if e.Erased() {
			erased++
		}
	}
	if len(retractions) > erased {
		return nil, fmt.Errorf("%w: %d retractions for %d entries without bodies", wire.ErrMalformed, len(retractions), erased)
	}
	var reasons []wire.SignedEntry
	for _, raw := range retractions {
		r, err := wire.ParseEntry(raw)
		if err == nil {
			err = r.VerifySignature()
		}
		if err != nil {
			return nil, fmt.Errorf("retraction: %w", err)
		}
		reasons = append(reasons, r)
	}
	for i, e := range run {
		justified := func(r wire.SignedEntry) bool { return r.Retracts(e.Entry) }
		if e.Erased() && !slices.ContainsFunc(reasons, justified) {
			return run[:i], fmt.Errorf("%w: entry %d of %s lacks its body, and no retraction says why",
				wire.ErrMalformed, e.Sequence, e.Log.Author.Short())
		}
	}
	return run, nil
}

// ParseRoll parses the raw bytes of membership entries of one group, and verifies
// that each is signed. It returns those before the first that is not as it must
// be, and what is wrong with that.
func ParseRoll(raw [][]byte) ([]wire.SignedEntry, error) {
	var entries []wire.SignedEntry
	for _, r := range raw {
		e, err := wire.ParseEntry(r)
		if err == nil {
			err = e.VerifySignature()
		}
		if err == nil && (!e.Kind.IsMembership() || len(entries) > 0 && e.Log.Conversation != entries[0].Log.Conversation) {
			err = fmt.Errorf("%w: no membership entry of the group", wire.ErrMalformed)
		}
		if err != nil {
			return entries, fmt.Errorf("roll: %w", err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}
