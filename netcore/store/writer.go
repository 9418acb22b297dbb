package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/store/dbfile"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Pages (of 4 KiB) in the write-ahead log at which its content is brought into
// the database: when nothing else is to do, or in any case.
const (
	idlePages = 1000
	busyPages = 4000
)

// writer is the state of the one goroutine that writes.
type writer struct {
	conn *conn
	self identity.DeviceID

	log    *os.File // SQLite's write-ahead log
	sync   func(*os.File) error
	failed error // set when writing on would lose or spoil something

	idlePages, busyPages int64

	// What the database says of the things that writes have touched, ahead of it
	// by what the open transaction has changed.
	logs          map[wire.LogID]*logHead
	conversations map[chat.ConversationID]*tally
	devices       map[identity.DeviceID]int64
	called        map[int64]string // what devices are known to call themselves
	next          int64            // the number of the next message
	open          bool             // a transaction is open
	unsynced      bool             // something has been committed since the last sync
	dirtyLogs     []*logHead
	dirtyTallies  []*tally

	revision int64            // of the latest row of revised
	changed  []chat.MessageID // by the request that is being applied
	erased   bool             // the write-ahead log still has bodies that were erased

	statements
}

// logHead is a row of logs.
type logHead struct {
	id      int64
	author  int64
	highest uint64 // 0 if there is no row yet
	lowest  uint64
	hash    wire.Hash // of the highest
	read    uint64    // this device's user has seen it so far
	dirty   bool
}

// tally is what a row of conversations counts.
type tally struct {
	id        int64
	kind      chat.Kind
	clock     wire.HybridTime
	count     int64
	unread    int64
	mentioned int64
	seen      int64
	last      int64         // number; 0 if there is no message
	lastAt    chat.Position // of the message with that number
	dirty     bool
}

func newWriter(c *conn, path string, self identity.DeviceID) (*writer, error) {
	w := &writer{conn: c, self: self, sync: syncData, idlePages: idlePages, busyPages: busyPages}
	if err := w.prepareAll(c); err != nil {
		return nil, err
	}
	if err := w.forget(); err != nil {
		return nil, err
	}
	// Reading has made SQLite open its log, which stays the same file for as long
	// as a connection is open.
	var err error
	if w.log, err = os.OpenFile(path+"-wal", os.O_RDWR, 0); err != nil {
		return nil, err
	}
	// What a killed process left there is read from now on, and so has to last.
	if err := w.sync(w.log); err != nil {
		return nil, errors.Join(fmt.Errorf("sync %s: %w", w.log.Name(), err), w.log.Close())
	}
	return w, nil
}

func (w *writer) close() error { return errors.Join(w.log.Close(), w.conn.Close()) }

// write is the goroutine that writes. It ends when the queue is closed and
// empty.
func (s *Store) write() {
	defer close(s.written)
	for {
		batch := s.queue.take()
		if len(batch) == 0 {
			return
		}
		s.writeBatch(batch)
		clear(batch)      // its array may live on
		runtime.Gosched() // those who were told go first
		s.checkpoint()
	}
}

// writeBatch writes a batch in one transaction.
//
// In WAL mode with synchronous=NORMAL, a commit appends to the log and syncs
// nothing: what it wrote can be read and survives kill -9. The sync of the log
// that follows is what synchronous=FULL would do inside of the commit; doing it
// here puts the Visible callbacks before it. So a batch costs one sync, seen
// under strace as one fdatasync of the -wal file between Visible and Done, and
// none if all of it is lazy.
// SQLite itself syncs when it begins the log anew (its header, once) and at
// checkpoints (log, database).
func (s *Store) writeBatch(batch []request) {
	w := s.writer
	refused := make([]error, len(batch))
	err := w.failed
	for i := 0; i < len(batch) && err == nil; i++ {
		err = w.apply(&batch[i])
		if r := (refusal{}); errors.As(err, &r) {
			refused[i], err = r.error, nil
		}
	}
	if err == nil {
		err = w.commit()
	}
	if err != nil {
		err = s.giveUp(err)
	} else {
		lazy := true
		for i := range batch {
			if refused[i] != nil {
				continue
			}
			lazy = lazy && batch[i].Lazy
			if batch[i].Incarnation != 0 {
				s.incarnation.Store(batch[i].Incarnation)
			}
			if batch[i].Visible != nil {
				batch[i].Visible(batch[i].changed)
			}
		}
		if w.unsynced && !lazy {
			// Those who were told go first: this goroutine is about to take its
			// processor along into the kernel, with who waits for it.
			runtime.Gosched()
			err = s.makeDurable()
		}
	}
	for i := range batch {
		s.queue.backlog.Add(-int64(batch[i].size))
		if batch[i].Done == nil {
			continue
		}
		if refused[i] != nil {
			batch[i].Done(refused[i])
		} else {
			batch[i].Done(err)
		}
	}
}

// makeDurable syncs the log after a commit.
func (s *Store) makeDurable() error {
	w := s.writer
	if err := w.sync(w.log); err != nil {
		// The system may have dropped what it could not write, and later syncs
		// would succeed without it (Rebello et al., Can Applications Recover from
		// fsync Failures?, 2020). Only opening anew tells what there is.
		w.failed = fmt.Errorf("sync %s: %w", w.log.Name(), err)
		return w.failed
	}
	w.unsynced = false
	s.index.Advance(w.next-1, w.revision)
	return nil
}

// giveUp undoes a transaction that failed with err, and returns the error for
// the callbacks.
func (s *Store) giveUp(err error) error {
	w := s.writer
	if w.failed != nil {
		return w.failed
	}
	if w.open {
		_ = w.conn.exec("ROLLBACK") // fails when SQLite did so itself
		w.open = false
	}
	err = fmt.Errorf("write %s: %w", s.path, s.explain(err))
	if dbfile.IsDamage(err) {
		w.failed = err // each write more could do more harm
	} else if forgetErr := w.forget(); forgetErr != nil {
		w.failed = errors.Join(err, s.explain(forgetErr))
	}
	return err
}

// forget drops what is known of the database and reads the number of the next
// message.
func (w *writer) forget() error {
	w.logs = make(map[wire.LogID]*logHead)
	w.conversations = make(map[chat.ConversationID]*tally)
	w.devices = make(map[identity.DeviceID]int64)
	w.called = make(map[int64]string)
	w.dirtyLogs, w.dirtyTallies = nil, nil
	// Of messages that are gone, meta has the highest number.
	highest, err := w.conn.number(`
		SELECT max(coalesce((SELECT max(number) FROM messages), 0),
			coalesce((SELECT value FROM meta WHERE key = 'gone'), 0))`)
	if err != nil {
		return err
	}
	w.next = highest + 1
	w.revision, err = w.conn.number(`SELECT seq FROM sqlite_sequence WHERE name = 'revised'`)
	return err
}

// begin opens the transaction, if that has not been done, for the first change.
func (w *writer) begin() error {
	if w.open {
		return nil
	}
	err := w.beginTransaction.exec()
	w.open = err == nil
	return err
}

// commit writes the heads and tallies that changed, and commits.
func (w *writer) commit() error {
	if !w.open {
		return nil
	}
	for _, l := range w.dirtyLogs {
		if err := w.updateLog.exec(int64(l.lowest), int64(l.highest), l.hash[:], int64(l.read), l.id); err != nil {
			return err
		}
		l.dirty = false
	}
	for _, t := range w.dirtyTallies {
		if err := w.updateTally.exec(int64(t.clock), t.count, t.unread, t.mentioned, t.seen, nullable(t.last), t.id); err != nil {
			return err
		}
		t.dirty = false
	}
	w.dirtyLogs, w.dirtyTallies = w.dirtyLogs[:0], w.dirtyTallies[:0]
	if err := w.commitTransaction.exec(); err != nil {
		return err
	}
	w.open, w.unsynced = false, true
	return nil
}

// checkpoint brings the content of the write-ahead log into the database before
// the log grows large. It runs between batches, so that nobody waiting for
// Visible or Done waits for it too.
func (s *Store) checkpoint() {
	w := s.writer
	if w.failed != nil {
		return
	}
	var busy, pages, copied int64
	_, err := w.measureLog.row([]any{&busy, &pages, &copied})
	switch {
	case err != nil:
	case w.erased && s.queue.empty():
		// Frames of the log have pages as they were before bodies were erased.
		_, err = w.emptyLog.row([]any{&busy, &pages, &copied})
		w.erased = err != nil || busy != 0
	case pages >= w.busyPages:
		// Waits for readers of the log to finish, so that it begins anew.
		_, err = w.restartLog.row(nil)
	case pages-copied >= w.idlePages && s.queue.empty():
		_, err = w.copyLog.row(nil)
	}
	if dbfile.IsDamage(err) {
		w.failed = s.explain(err)
	}
	// Any other failure, such as a full disk, leaves the log as it was; the next
	// batch tries again.
}

// nullable returns NULL for zero.
func nullable(id int64) driver.Value {
	if id == 0 {
		return nil
	}
	return id
}

// nullableText returns NULL for nothing.
func nullableText(text string) driver.Value {
	if text == "" {
		return nil
	}
	return text
}
