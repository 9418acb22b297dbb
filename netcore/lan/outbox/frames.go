package outbox

import (
	"context"
	"fmt"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/wire"
)

const (
	// entriesFrame is about how many bytes of entries go into one frame: few
	// enough that receipts and probes behind it do not wait long.
	entriesFrame = 128 << 10
	// linesFrame is how many logs go into one frame of frontiers, where they have
	// room several times over.
	linesFrame = 4000
)

// PutRoll sends membership entries in as many frames as they need.
func (o *Outbox) PutRoll(raw [][]byte) {
	for len(raw) > 0 {
		some := frameful(raw)
		o.Put(wire.Roll{Raw: raw[:some]})
		raw = raw[some:]
	}
}

// PutFrontiers sends frontiers in as many frames as they need. Of those that are
// full, the last frame says so.
func (o *Outbox) PutFrontiers(f wire.Frontiers) {
	var list []wire.Frontier
	lines := 0
	for _, frontier := range f.List {
		for {
			part := frontier
			if len(part.Logs) > linesFrame {
				part.Logs = frontier.Logs[:linesFrame]
			}
			if lines += 1 + len(part.Logs); lines > linesFrame && len(list) > 0 {
				o.Put(wire.Frontiers{List: list})
				list, lines = nil, 1+len(part.Logs)
			}
			list = append(list, part)
			if frontier.Logs = frontier.Logs[len(part.Logs):]; len(frontier.Logs) == 0 {
				break
			}
		}
	}
	o.Put(wire.Frontiers{Full: f.Full, List: list})
}

// nextRaw returns the bytes of the first entries of a range, as many as go into
// a frame and at least one, and the retractions for which some lack their
// bodies.
func nextRaw(ctx context.Context, disk Disk, s *feed.SendEntries) (raw, retractions [][]byte, err error) {
	raw = s.Raw
	if raw == nil {
		raw, retractions, err = disk.Entries(ctx, s.Log, s.From, entriesFrame)
		if err != nil {
			return nil, nil, fmt.Errorf("read entries to send: %w", err)
		}
		if len(raw) == 0 && s.Log.Conversation == chat.LobbyID {
			return nil, nil, nil
		}
		if len(raw) == 0 {
			return nil, nil, fmt.Errorf("entry %d of %s is not on disk", s.From, s.Log.Author.Short())
		}
		if most := s.To - s.From + 1; uint64(len(raw)) > most {
			raw = raw[:most]
			if len(retractions) > 0 { // some may belong to what is left out
				if raw, retractions, err = disk.Entries(ctx, s.Log, s.From, Size(raw)); err != nil {
					return nil, nil, fmt.Errorf("read entries to send: %w", err)
				}
			}
		}
	}
	return raw[:frameful(raw)], retractions, nil
}

// frameful returns how many of some entries go into one frame.
func frameful(raw [][]byte) int {
	size := 0
	for i, r := range raw {
		if size += len(r); size > entriesFrame && i > 0 {
			return i
		}
	}
	return len(raw)
}

// Size returns how many bytes some entries are.
func Size(raw [][]byte) int {
	size := 0
	for _, r := range raw {
		size += len(r)
	}
	return size
}
