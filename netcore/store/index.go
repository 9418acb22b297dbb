package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	// indexFormat changes when what stands in the index does; an index of another
	// format is made afresh. Change it with split.
	indexFormat = 1

	// indexBatch is how many messages are indexed in one transaction: some 20 ms
	// for which a search may have to wait.
	indexBatch = 1000

	// indexDelay is how long the index lets messages come in before it takes them
	// up: each transaction leaves a segment that has to be merged later. A search
	// does not wait for it.
	indexDelay = 500 * time.Millisecond
)

// index is the full-text index. It is a database of its own beside the store's,
// because it is made from it and can be made again: it takes part in no
// transaction, is never waited for by a write, and when it is missing, damaged
// or of another database, it is thrown away.
//
// It holds only messages that survive a loss of power: it never knows of one
// that the store then lacks.
type index struct {
	store *Store
	path  string
	found int64         // the highest number of a message when the store was opened
	wake  chan struct{} // holds one token when messages have come in
	stop  context.CancelFunc
	ended chan struct{} // closed when the goroutine has ended

	// turn holds one token; who takes it may use what follows.
	turn    chan struct{}
	db      *sql.DB // nil until first used
	indexed int64   // the highest number of a message in the index
}

func indexPath(path string) string { return strings.TrimSuffix(path, ".db") + "-search.db" }

// openIndex returns the index of s; its database is opened when first used.
func openIndex(s *Store) *index {
	ctx, stop := context.WithCancel(context.Background())
	x := &index{
		store: s,
		path:  indexPath(s.path),
		found: s.durable.Load(),
		wake:  make(chan struct{}, 1),
		stop:  stop,
		ended: make(chan struct{}),
		turn:  make(chan struct{}, 1),
	}
	x.turn <- struct{}{}
	x.notify() // of what an earlier run left
	go x.run(ctx)
	return x
}

// notify says that messages have come in.
func (x *index) notify() {
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

func (x *index) close() error {
	x.stop()
	<-x.ended
	<-x.turn // for good
	return x.closeDatabase()
}

// run indexes what has come in, until ctx ends.
func (x *index) run(ctx context.Context) {
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
		case <-time.After(indexDelay):
		}
		// A failure is not lost: the next search meets it again and reports it.
		_ = x.use(ctx, func() error { return nil })
	}
}

// use waits for its turn, indexes what is missing, and calls f. If the index
// turns out to be damaged, that is done once more with a new one.
func (x *index) use(ctx context.Context, f func() error) error {
	select {
	case <-x.turn:
	case <-x.ended:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { x.turn <- struct{}{} }()
	err := x.catchUp(ctx)
	if err == nil {
		err = f()
	}
	if isDamage(err) && !errors.Is(err, ErrDamaged) { // that is the store
		if err = x.discard(); err == nil {
			err = x.catchUp(ctx)
		}
		if err == nil {
			err = f()
		}
	}
	return err
}

func (x *index) closeDatabase() error {
	if x.db == nil {
		return nil
	}
	err := x.db.Close()
	x.db, x.indexed = nil, 0
	return err
}

func (x *index) discard() error {
	_ = x.closeDatabase() // it is thrown away
	return removeDatabase(x.path)
}

// open opens the database, or makes one if what is there does not fit.
func (x *index) open(ctx context.Context) error {
	fits, err := x.openFile(ctx)
	if err == nil && !fits || isDamage(err) {
		if err = x.discard(); err == nil {
			_, err = x.openFile(ctx)
		}
	}
	if err != nil {
		err = errors.Join(err, x.closeDatabase())
	}
	return err
}

// openFile opens the database and says whether it is an index of the store.
func (x *index) openFile(ctx context.Context) (fits bool, err error) {
	f, err := os.OpenFile(x.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, err
	}
	if err := errors.Join(f.Chmod(0o600), f.Close()); err != nil {
		return false, err
	}
	x.db, err = sql.Open("sqlite", dataSource(x.path,
		// One connection alone needs no shared memory for its log.
		"_pragma=locking_mode(exclusive)",
		"_pragma=journal_mode(wal)",
		"_pragma=synchronous(normal)",
		"_pragma=temp_store(memory)",
		fmt.Sprintf("_pragma=cache_size(-%d)", indexCache),
		fmt.Sprintf("_pragma=journal_size_limit(%d)", maxLogSize),
	))
	if err != nil {
		return false, err
	}
	x.db.SetMaxOpenConns(1)
	var format int
	if err := x.db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&format); err != nil {
		return false, err
	}
	if format == 0 {
		if err := x.create(ctx); err != nil {
			return false, err
		}
		format = indexFormat
	}
	if format != indexFormat {
		return false, nil
	}
	var incarnation int64
	err = x.db.QueryRowContext(ctx, `SELECT incarnation, indexed FROM state`).Scan(&incarnation, &x.indexed)
	if err != nil {
		return false, err
	}
	// One that was ahead of the store is of a later state, and this a backup.
	return uint64(incarnation) == x.store.incarnation && x.indexed <= x.found, nil
}

func (x *index) create(ctx context.Context) error {
	// split has made the words; the ascii tokenizer takes all that is not ASCII for
	// part of a word and so leaves them as they are. Without content, the text is
	// not kept a second time; rows can be deleted all the same.
	_, err := x.db.ExecContext(ctx, fmt.Sprintf(`
		BEGIN;
		CREATE TABLE state (incarnation INTEGER NOT NULL, indexed INTEGER NOT NULL) STRICT;
		INSERT INTO state VALUES (%d, 0);
		CREATE VIRTUAL TABLE words USING fts5(text, content = '', contentless_delete = 1, tokenize = 'ascii');
		CREATE VIRTUAL TABLE terms USING fts5vocab(words, instance);
		PRAGMA user_version = %d;
		COMMIT`, int64(x.store.incarnation), indexFormat))
	return err
}

// catchUp indexes the messages that are missing.
func (x *index) catchUp(ctx context.Context) error {
	if x.db == nil {
		if err := x.open(ctx); err != nil {
			return fmt.Errorf("open the search index %s: %w", x.path, err)
		}
	}
	for upTo := x.store.durable.Load(); x.indexed < upTo; {
		if err := x.indexSome(ctx, upTo); err != nil {
			return fmt.Errorf("bring the search index %s up to date: %w", x.path, err)
		}
	}
	return nil
}

type indexRow struct {
	key  int64
	text string
}

// indexSome indexes the next indexBatch of the messages up to a number.
func (x *index) indexSome(ctx context.Context, upTo int64) error {
	rows, last, err := x.unindexed(ctx, upTo)
	if err != nil {
		return err
	}
	// FTS5 writes a segment whenever keys do not rise.
	slices.SortFunc(rows, func(a, b indexRow) int { return cmp.Compare(a.key, b.key) })
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
	for _, r := range rows {
		if _, err := insert.ExecContext(ctx, r.key, r.text); err != nil {
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

// unindexed returns the next messages as they go into the index, and the
// highest number that is then indexed.
func (x *index) unindexed(ctx context.Context, upTo int64) (rows []indexRow, last int64, err error) {
	var words []string
	last = upTo // if there are fewer than a batch
	err = x.store.read(ctx, "messages", func(q querier) error {
		return each(ctx, q, func(scan func(...any) error) error {
			var number int64
			var position []byte
			var text string
			if err := scan(&number, &position, &text); err != nil {
				return err
			}
			words = split(words[:0], text)
			rows = append(rows, indexRow{indexKey(number, position), strings.Join(words, " ")})
			if len(rows) == indexBatch {
				last = number
			}
			return nil
		}, `
			SELECT number, position, text FROM messages
			WHERE number > ? AND number <= ? ORDER BY number LIMIT ?`, x.indexed, upTo, indexBatch)
	})
	return rows, last, err
}

// A message's key in the index is the hour of its hybrid time and its number:
// FTS5 yields matches by key without sorting them, and so by time, to the hour.
// The finer the time, the more space keys take, for FTS5 stores their
// differences.
const (
	keyNumberBits = 40
	keyHour       = 3_600_000 << 16 // of hybrid time
)

func indexKey(number int64, position []byte) int64 {
	var p chat.Position
	copy(p[:], position)
	const most = 1<<(63-keyNumberBits) - 1 // the year 2927
	hour := min(binary.BigEndian.Uint64(p[:8])/keyHour, most)
	return int64(hour)<<keyNumberBits | number
}

func keyNumber(key int64) int64 { return key & (1<<keyNumberBits - 1) }
