package store

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/store/dbfile"
	"github.com/parlance-chat/parlance/netcore/store/search"
)

const (
	// The caches, in KiB. The writer's holds the pages that a batch changes: the
	// ends of tables and indexes; each reader's a few screens of messages. Larger
	// ones gain little and count against what a node may occupy.
	writerCache = 2048
	readerCache = 512

	// readers is how many reads run at once: one of the screen, and one of the
	// network serving entries.
	readers = 2

	// busyTimeout, in milliseconds, bounds the wait of a checkpoint for readers,
	// and of Open for another process that is just leaving.
	busyTimeout = 1000

	// maxLogSize is what is left of the write-ahead log, in bytes, when it was
	// larger and is begun anew.
	maxLogSize = 8 << 20
)

// Store is a profile's database. Its methods may be called from any goroutine.
type Store struct {
	path        string
	self        identity.DeviceID
	incarnation atomic.Uint64
	setAside    string

	reader  *reader
	index   *search.Index
	queue   *queue
	writer  *writer       // the goroutine's own until written is closed
	written chan struct{} // closed when the goroutine has ended

	closing  sync.Once
	closeErr error
}

// Open opens the database at path, which belongs to the device self, and makes
// or migrates it if need be. A damaged database is renamed, see SetAside, and a
// fresh one made; one from a newer version is refused with ErrNewer.
func Open(path string, self identity.DeviceID) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{path: path, self: self, queue: newQueue(), written: make(chan struct{})}
	suspect, err := s.examine()
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	err = s.openWriter(suspect)
	if isDamage(err) {
		if err = s.putAside(); err == nil {
			err = s.openWriter(false)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if s.reader, err = openReader(s.path); err != nil {
		return nil, fmt.Errorf("open store: %w", errors.Join(err, s.writer.close()))
	}
	forgotten, err := s.writer.forgotten()
	if err != nil {
		return nil, fmt.Errorf("open store: %w", errors.Join(err, s.reader.Close(), s.writer.close()))
	}
	s.index = search.Open(search.Config{
		Path:        indexPath(s.path),
		Incarnation: s.incarnation.Load(),
		Source:      searchSource{s},
		Highest:     s.writer.next - 1,
		Revision:    s.writer.revision,
		Forgotten:   forgotten,
	})
	go s.write()
	return s, nil
}

// openWriter opens the database for writing, once what is suspect has been examined.
func (s *Store) openWriter(suspect bool) (err error) {
	if err := dbfile.MakePrivate(s.path); err != nil {
		return err
	}
	c, err := connect(dbfile.Source(s.path,
		fmt.Sprintf("_pragma=busy_timeout(%d)", busyTimeout),
		"_pragma=temp_store(memory)",
		fmt.Sprintf("_pragma=cache_size(-%d)", writerCache),
		fmt.Sprintf("_pragma=journal_size_limit(%d)", maxLogSize),
		"_pragma=wal_autocheckpoint(0)", // the writer chooses its time
		"_pragma=secure_delete(on)",     // what authors take back is to be gone
	))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	// Not before the version is known to be ours: this changes the file.
	if err := migrate(c, s.path); err != nil {
		return err
	}
	if suspect {
		if err := examineEntries(c); err != nil {
			return err
		}
	}
	if err := c.exec("PRAGMA journal_mode = wal; PRAGMA synchronous = normal"); err != nil {
		return err
	}
	incarnation, err := s.begin(c)
	if err != nil {
		return err
	}
	s.incarnation.Store(incarnation)
	s.writer, err = newWriter(c, s.path, s.self)
	return err
}

// drawIncarnation returns a random number that is not 0, which stands for none.
func drawIncarnation() (int64, error) {
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(random[:]) | 1), nil
}

// Incarnation returns the number that this device's logs bear: the one drawn at
// random when the database was made, or that of the latest Write with another.
func (s *Store) Incarnation() uint64 { return s.incarnation.Load() }

// SetAside returns where Open put a damaged database, or an empty string.
func (s *Store) SetAside() string { return s.setAside }

// Close waits for all that is queued to be written, and closes the database.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.queue.close()
		<-s.written
		// The writer's connection is the last: closing it empties the log.
		s.closeErr = errors.Join(s.index.Close(), s.reader.Close(), s.writer.close())
	})
	return s.closeErr
}
