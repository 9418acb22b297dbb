package search

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/parlance-chat/parlance/netcore/store/dbfile"
)

const (
	// format changes when what stands in the index does; an index of another format
	// is made afresh. Change it with split.
	format = 2

	// batch is how many messages are indexed in one transaction: some 20 ms for
	// which a search may have to wait.
	batch = 1000

	// delay is how long the index lets messages come in before it takes them up:
	// each transaction leaves a segment that has to be merged later. A search does
	// not wait for it.
	delay = 500 * time.Millisecond

	// The caches: in KiB, the upper pages from which all words are found; in bytes,
	// what is left of the write-ahead log when it is begun anew.
	cacheSize  = 1024
	maxLogSize = 4 << 20
)

// ErrClosed is returned after Close.
var ErrClosed = errors.New("search index is closed")

// Source is where the messages are.
type Source interface {
	// Messages returns messages numbered above one number and up to another, in
	// their order, the first limit of them.
	Messages(ctx context.Context, above, upTo int64, limit int) ([]Message, error)
	// Changes returns the changes of messages numbered above one number and up to
	// another, in their order, the first limit of them.
	Changes(ctx context.Context, above, upTo int64, limit int) ([]Change, error)
	// Texts returns the texts of those of the numbered messages that there are.
	Texts(ctx context.Context, numbers []int64) (map[int64]string, error)
}

// Message is a message as it is indexed. Numbers are given in order of arrival,
// above 0 and below 1<<40, and mean the same message for ever.
type Message struct {
	Number int64
	Time   time.Time // by which matches are ordered
	Text   string
}

// Change says that a message is another than it was, or is gone. Changes are
// numbered as they come.
type Change struct {
	Number  int64
	Was     time.Time // the message's time before
	Message Message   // as it is now; without a text, or none, it is not found
}

// Config says what to index.
type Config struct {
	Path        string // of the index's database
	Incarnation uint64 // of the messages; an index of another is thrown away
	Source      Source
	Highest     int64 // the highest number of a message now
	Revision    int64 // the highest number of a change now
	Forgotten   int64 // changes up to this number are no longer told
}

// Index is a full-text index. Its methods may be called from any goroutine.
type Index struct {
	cfg   Config
	upTo  atomic.Int64  // the highest number of a message to index
	aware atomic.Int64  // the highest number of a change to take up
	taken atomic.Int64  // the highest number of one taken up, 0 before the first use
	wake  chan struct{} // holds one token when messages have come in
	stop  context.CancelFunc
	ended chan struct{} // closed when the goroutine has ended

	// turn holds one token; who takes it may use what follows.
	turn    chan struct{}
	db      *sql.DB // nil until first used
	indexed int64   // the highest number of a message in the index
	revised int64   // the highest number of a change in it
}

// Open returns the index. Its database is opened when first used, and never
// stands in the way of anything but a search.
func Open(cfg Config) *Index {
	ctx, stop := context.WithCancel(context.Background())
	x := &Index{
		cfg:   cfg,
		wake:  make(chan struct{}, 1),
		stop:  stop,
		ended: make(chan struct{}),
		turn:  make(chan struct{}, 1),
	}
	x.turn <- struct{}{}
	x.Advance(cfg.Highest, cfg.Revision) // an earlier run may have left some
	go x.run(ctx)
	return x
}

// Advance says that messages have come in, the highest of them numbered so, or
// have changed, the latest change numbered so. They have to survive a loss of
// power, or the index could have messages that are no longer, and their numbers
// be given to others.
func (x *Index) Advance(highest, revision int64) {
	x.upTo.Store(highest)
	x.aware.Store(revision)
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

// Revised returns up to which number changes have been taken up for good: they
// need not be told again.
func (x *Index) Revised() int64 { return x.taken.Load() }

// Close stops indexing and closes the database. It is called once.
func (x *Index) Close() error {
	x.stop()
	<-x.ended
	<-x.turn // for good
	return x.closeDatabase()
}

// run indexes what has come in, until ctx ends.
func (x *Index) run(ctx context.Context) {
	defer close(x.ended)
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.wake:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(delay):
		}
		// A failure is not lost: the next search meets it again and reports it.
		_ = x.use(ctx, func() error { return nil })
	}
}

// use waits for its turn, indexes what is missing, and calls f. If the index
// turns out to be unfit, that is done once more with a new one.
func (x *Index) use(ctx context.Context, f func() error) error {
	select {
	case <-x.turn:
	case <-x.ended:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { x.turn <- struct{}{} }()
	for again := true; ; again = false {
		err := x.catchUp(ctx)
		unfit := isUnfit(err)
		if err == nil {
			err = f()
			unfit = dbfile.IsDamage(err) && isUnfit(err)
		}
		if !unfit || !again {
			return err
		}
		if err := x.discard(); err != nil {
			return err
		}
	}
}

// errUnfit means that the index is not one of these messages.
var errUnfit = errors.New("not the index of these messages")

// isUnfit says whether an error while indexing is the index's own, so that a new
// one would not have it.
func isUnfit(err error) bool {
	if source := (sourceError{}); errors.As(err, &source) {
		return false
	}
	return errors.Is(err, errUnfit) || dbfile.IsDamage(err) || dbfile.IsContradiction(err)
}

func (x *Index) closeDatabase() error {
	if x.db == nil {
		return nil
	}
	err := x.db.Close()
	x.db, x.indexed, x.revised = nil, 0, 0
	return err
}

func (x *Index) discard() error {
	_ = x.closeDatabase() // it is thrown away
	return dbfile.Remove(x.cfg.Path)
}

// open opens the database, or leaves it closed.
func (x *Index) open(ctx context.Context) error {
	err := x.openFile(ctx)
	if err != nil {
		err = errors.Join(err, x.closeDatabase())
	}
	return err
}

func (x *Index) openFile(ctx context.Context) (err error) {
	if err := dbfile.MakePrivate(x.cfg.Path); err != nil {
		return err
	}
	x.db, err = sql.Open("sqlite", dbfile.Source(x.cfg.Path,
		// One connection alone needs no shared memory for its log.
		"_pragma=locking_mode(exclusive)",
		"_pragma=journal_mode(wal)",
		"_pragma=synchronous(normal)",
		"_pragma=temp_store(memory)",
		fmt.Sprintf("_pragma=cache_size(-%d)", cacheSize),
		fmt.Sprintf("_pragma=journal_size_limit(%d)", maxLogSize),
	))
	if err != nil {
		return err
	}
	x.db.SetMaxOpenConns(1)
	var version int
	if err := x.db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	switch version {
	case 0:
		if err := x.create(ctx); err != nil {
			return err
		}
	case format:
	default:
		return errUnfit
	}
	var incarnation int64
	err = x.db.QueryRowContext(ctx, `SELECT incarnation, indexed, revised FROM state`).
		Scan(&incarnation, &x.indexed, &x.revised)
	if err != nil {
		return err
	}
	// If it was ahead of the messages, they are a backup.
	if uint64(incarnation) != x.cfg.Incarnation || x.indexed > x.cfg.Highest || x.revised > x.cfg.Revision {
		return errUnfit
	}
	// Changes that it lacks and that are no longer told.
	if x.revised < x.cfg.Forgotten {
		return errUnfit
	}
	return nil
}

func (x *Index) create(ctx context.Context) error {
	// split has made the words; the ascii tokenizer takes all that is not ASCII for
	// part of a word and so leaves them as they are. Without content, the text is
	// not kept a second time; rows can be deleted all the same.
	_, err := x.db.ExecContext(ctx, fmt.Sprintf(`
		BEGIN;
		CREATE TABLE state (incarnation INTEGER NOT NULL, indexed INTEGER NOT NULL, revised INTEGER NOT NULL) STRICT;
		INSERT INTO state VALUES (%d, 0, %d);
		CREATE VIRTUAL TABLE words USING fts5(text, content = '', contentless_delete = 1, tokenize = 'ascii');
		CREATE VIRTUAL TABLE terms USING fts5vocab(words, instance);
		PRAGMA user_version = %d;
		COMMIT`, int64(x.cfg.Incarnation), x.cfg.Revision, format))
	return err
}

// catchUp indexes the messages that are missing.
func (x *Index) catchUp(ctx context.Context) error {
	if x.db == nil {
		if err := x.open(ctx); err != nil {
			return fmt.Errorf("open the search index %s: %w", x.cfg.Path, err)
		}
	}
	for upTo := x.upTo.Load(); x.indexed < upTo; {
		if err := x.indexSome(ctx, upTo); err != nil {
			return fmt.Errorf("bring the search index %s up to date: %w", x.cfg.Path, err)
		}
	}
	for upTo := x.aware.Load(); x.revised < upTo; {
		if err := x.reviseSome(ctx, upTo); err != nil {
			return fmt.Errorf("bring the search index %s up to date: %w", x.cfg.Path, err)
		}
	}
	x.taken.Store(x.revised)
	return nil
}

// indexSome indexes the next batch of the messages up to a number.
func (x *Index) indexSome(ctx context.Context, upTo int64) error {
	messages, err := x.cfg.Source.Messages(ctx, x.indexed, upTo, batch)
	if err != nil {
		return sourceError{err}
	}
	last := upTo
	if len(messages) == batch {
		last = messages[batch-1].Number
	}
	// FTS5 begins a new segment whenever keys do not rise.
	slices.SortFunc(messages, func(a, b Message) int { return cmp.Compare(a.key(), b.key()) })
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	insert, err := tx.PrepareContext(ctx, `INSERT INTO words (rowid, text) VALUES (?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	var words []string
	// With a context that may end, each of the many would cost a goroutine.
	each := context.WithoutCancel(ctx)
	for _, m := range messages {
		words = split(words[:0], m.Text)
		if _, err := insert.ExecContext(each, m.key(), strings.Join(words, " ")); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE state SET indexed = ?`, last); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	x.indexed = last
	return nil
}

// A message's key in the index is the hour of its time and its number: FTS5
// yields matches by key without sorting them, and so by time, to the hour. The
// finer the time, the more space keys take, for FTS5 stores their differences.
const (
	numberBits = 40
	hour       = 3_600_000 // milliseconds
)

func (m Message) key() int64 {
	const most = 1<<(63-numberBits) - 1 // the year 2927
	return min(max(m.Time.UnixMilli(), 0)/hour, most)<<numberBits | m.Number
}

func numberOf(key int64) int64 { return key & (1<<numberBits - 1) }

func numbersOf(keys []int64) []int64 {
	numbers := make([]int64, len(keys))
	for i, k := range keys {
		numbers[i] = numberOf(k)
	}
	return numbers
}

// sourceError is an error of the Source, which says nothing of the index.
type sourceError struct{ error }

func (e sourceError) Unwrap() error { return e.error }
