package journal

import "fmt"

// disk watches the room left where the journal is. JetStream does not take a
// write error well: it gives a stream up until the next start. So the last bytes
// are never used, and it is looked before each event, which takes a microsecond.
type disk struct {
	dir     string
	reserve uint64
}

// check says ErrFull if an event of that size should not be written. A nil disk,
// that of somebody else's NATS, is not watched.
func (d *disk) check(size int) error {
	if d == nil {
		return nil
	}
	free, err := freeBytes(d.dir)
	if err != nil {
		return fmt.Errorf("free space of %s: %w", d.dir, err)
	}
	if free < d.reserve+uint64(size) {
		return fmt.Errorf("%w: %d bytes free in %s, %d have to stay", ErrFull, free, d.dir, d.reserve)
	}
	return nil
}
