package journal

import (
	"fmt"
	"sync"
	"time"
)

// disk watches the room left where the journal is. JetStream does not take a
// write error well: it gives a stream up until the next start. So the last bytes
// are never used.
type disk struct {
	dir     string
	reserve uint64

	mu   sync.Mutex
	free uint64
	at   time.Time
}

// check says ErrFull if an event of that size should not be written. A nil disk,
// that of somebody else's NATS, is not watched.
func (d *disk) check(size int) error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := time.Now(); now.Sub(d.at) > 100*time.Millisecond {
		free, err := freeBytes(d.dir)
		if err != nil {
			return fmt.Errorf("free space of %s: %w", d.dir, err)
		}
		d.free, d.at = free, now
	}
	if d.free < d.reserve+uint64(size) {
		return fmt.Errorf("%w: %d bytes free in %s, %d have to stay", ErrFull, d.free, d.dir, d.reserve)
	}
	d.free -= uint64(size)
	return nil
}
