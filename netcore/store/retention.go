package store

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// expireStep is how many entries Expire removes in one transaction: some 20 ms
// for which another write may have to wait.
const expireStep = 300

// Expired is what Expire did.
type Expired struct {
	Logs   []HeldLog     // those that begin later now, as they are held
	Gone   int           // how many messages are no longer there
	Before chat.Position // where they stood
}

// Expire removes the entries of a conversation that are older than a time, with
// the messages and amendments they made: of each log the beginning, as far as
// its entries are that old. Entries that say who is in a group stay, and all
// behind them. A log of which nothing is left is held on, its lowest number above its
// highest, so that no number is given twice. Messages without a log go too.
//
// Other writes are let in between; when Expire fails, part of it may be done.
func (s *Store) Expire(ctx context.Context, conversation chat.ConversationID, before wire.HybridTime) (Expired, error) {
	var all Expired
	binary.BigEndian.PutUint64(all.Before[:], uint64(before))
	for step := (&expiry{conversation: conversation, before: before}); !step.done; {
		// What is under way when ctx ends is not looked at any more.
		next := &expiry{conversation: conversation, before: before, log: step.log}
		if err := s.do(ctx, next.run); err != nil {
			return all, fmt.Errorf("remove old entries: %w", err)
		}
		for _, l := range next.logs {
			if n := len(all.Logs); n > 0 && all.Logs[n-1].ID == l.ID {
				all.Logs = all.Logs[:n-1]
			}
			all.Logs = append(all.Logs, l)
		}
		all.Gone += next.gone
		step = next
	}
	known := s.index.Revised()
	if err := s.doLazily(ctx, func(w *writer) error { return w.forgetRevised(known) }); err != nil {
		return all, fmt.Errorf("remove old entries: %w", err)
	}
	return all, nil
}

// expiry is one step of Expire.
type expiry struct {
	conversation chat.ConversationID
	before       wire.HybridTime
	log          int64 // where to go on

	logs []HeldLog
	gone int
	done bool
}

func (x *expiry) run(w *writer) error {
	t, err := w.tally(x.conversation)
	if err != nil {
		return err
	}
	if t == nil {
		return unknownConversation(x.conversation)
	}
	if err := w.begin(); err != nil {
		return err
	}
	count := t.count
	for budget := expireStep; budget > 0; {
		id, found, err := w.nextLog(x, t)
		if err != nil {
			return err
		}
		if !found {
			x.done, err = w.expirePlain(t, x.before, budget)
			if err != nil {
				return err
			}
			break
		}
		head, err := w.logHead(id)
		if err != nil {
			return err
		}
		n, err := w.expireLog(t, head, x.before, budget)
		if err != nil {
			return err
		}
		if n > 0 {
			x.logs = append(x.logs, head.held(id))
		}
		if n < budget {
			x.log = head.id + 1
		}
		budget -= n + 1
	}
	x.gone = int(count - t.count)
	return w.rememberNumbers()
}

// nextLog returns the conversation's next log, from number x.log on.
func (w *writer) nextLog(x *expiry, t *tally) (id wire.LogID, found bool, err error) {
	var author []byte
	var incarnation int64
	found, err = w.findNextLog.row([]any{&author, &incarnation}, t.id, x.log)
	id = wire.LogID{Conversation: x.conversation, Incarnation: uint64(incarnation)}
	copy(id.Author[:], author)
	return id, found, err
}

// expireLog removes the first entries of a log, up to limit, that are older than
// a time, and returns how many.
func (w *writer) expireLog(t *tally, head *logHead, before wire.HybridTime, limit int) (int, error) {
	old, err := w.entriesFrom(head.id, 0, limit, func(e wire.SignedEntry) bool {
		return e.Time < before && !e.Kind.IsMembership()
	})
	if err != nil {
		return 0, err
	}
	for _, e := range old {
		if err := w.removeEntry(t, head, e); err != nil {
			return 0, err
		}
		head.lowest = max(head.lowest, e.Sequence+1)
	}
	if len(old) > 0 {
		w.touchLog(head)
	}
	return len(old), nil
}

// entriesFrom returns the entries held of a log from a number on, at most limit,
// up to the first of which while says no.
func (w *writer) entriesFrom(log int64, from uint64, limit int, while func(wire.SignedEntry) bool) ([]wire.SignedEntry, error) {
	var list []wire.SignedEntry
	var at int64
	var raw []byte
	err := w.findEntries.each([]any{&at, &raw}, func() error {
		e, err := wire.ParseEntry(raw)
		if err != nil {
			return fmt.Errorf("entry %d of a log: %w", at&maxSequence, err)
		}
		if !while(e) {
			return errEnough
		}
		list = append(list, e)
		return nil
	}, place(log, from), place(log, maxSequence), int64(limit))
	return list, err
}

// removeEntry removes an entry and what it made.
func (w *writer) removeEntry(t *tally, head *logHead, e wire.SignedEntry) error {
	at := place(head.id, e.Sequence)
	for _, s := range []*statement{w.deleteEntry, w.deleteMembership, w.deleteAmendment} {
		if err := s.exec(at); err != nil {
			return err
		}
	}
	if _, ok := amends(e.Entry); ok {
		return w.amendTargets(t, e.Entry, head.author)
	}
	if _, ok := Show(e, t.kind); !ok {
		return nil
	}
	numbers, err := w.numbersOf(t, e.ID, head.author)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		m, err := w.row(n)
		if err != nil {
			return err
		}
		if m.log == head.id && m.position == e.Position() {
			return w.removeMessage(t, m)
		}
	}
	return nil // it was a further entry of its message
}

// removeMessage removes a message whose entry is gone, or shows it at the next
// of its entries.
func (w *writer) removeMessage(t *tally, m row) error {
	var at, sent int64
	var position []byte
	found, err := w.findAmendment.row([]any{&at, &position, &sent}, t.id, m.id[:], int64(wire.KindText), m.author)
	if err != nil {
		return err
	}
	if !found {
		return w.deleteRow(t, m)
	}
	if err := w.deleteAmendment.exec(at); err != nil {
		return err
	}
	w.note(m.id)
	return w.move(t, m, at>>sequenceBits, chat.Position(position), fromMilliseconds(sent))
}

func (w *writer) deleteRow(t *tally, m row) error {
	if err := w.deleteMessage.exec(m.number); err != nil {
		return err
	}
	t.count--
	if m.counted != 0 && m.number > t.seen {
		t.unread--
		t.mentioned -= m.mentioned
	}
	w.touchTally(t)
	if err := w.revise(m.number, m.position); err != nil {
		return err
	}
	if t.last == m.number {
		return w.findLast(t)
	}
	return nil
}

// expirePlain removes messages without a log that are older than a time, up to
// limit; done says that none is left.
func (w *writer) expirePlain(t *tally, before wire.HybridTime, limit int) (done bool, err error) {
	var to chat.Position
	binary.BigEndian.PutUint64(to[:], uint64(before))
	var numbers []int64
	var n int64
	err = w.findOldPlain.each([]any{&n}, func() error {
		numbers = append(numbers, n)
		return nil
	}, t.id, to[:], int64(limit))
	if err != nil {
		return false, err
	}
	for _, n := range numbers {
		m, err := w.row(n)
		if err != nil {
			return false, err
		}
		if err := w.deleteRow(t, m); err != nil {
			return false, err
		}
	}
	return len(numbers) < limit, nil
}

// rememberNumbers keeps the numbers of messages that are gone from being given
// again.
func (w *writer) rememberNumbers() error { return w.saveMeta("gone", w.next-1) }

// forgetRevised removes what the search index knows.
func (w *writer) forgetRevised(upTo int64) error {
	if err := w.begin(); err != nil {
		return err
	}
	return w.deleteRevised.exec(upTo)
}

// forgotten returns up to which revision they have been removed.
func (w *writer) forgotten() (int64, error) {
	return w.conn.number(`
		SELECT coalesce((SELECT min(revision) - 1 FROM revised),
			(SELECT seq FROM sqlite_sequence WHERE name = 'revised'), 0)`)
}

// checkDrop says why a Drop cannot be done.
func (w *writer) checkDrop(r *request) error {
	switch {
	case r.Drop.Log.Author != w.self:
		return refuse("entries of %s are not this device's to drop", r.Drop.Log.Author.Short())
	case r.Drop.From == 0:
		return refuse("no entry has number 0")
	case len(r.Entries) > 0 && r.Entries[0].Log == r.Drop.Log:
		return refuse("%w: entries of the log whose numbers are dropped", ErrFork)
	}
	return nil
}

// drop removes the end of an own log.
func (w *writer) drop(d Drop) error {
	head, err := w.logHead(d.Log)
	if head == nil || err != nil || d.From > head.highest {
		return err
	}
	t, err := w.tally(d.Log.Conversation)
	if err != nil {
		return err
	}
	if err := w.begin(); err != nil {
		return err
	}
	all := d.From <= head.lowest
	if all {
		d.From = 0 // what was held before a jump too
	}
	for {
		some, err := w.entriesFrom(head.id, d.From, expireStep, func(wire.SignedEntry) bool { return true })
		if err != nil {
			return err
		}
		for _, e := range some {
			if err := w.removeEntry(t, head, e); err != nil {
				return err
			}
		}
		if len(some) < expireStep {
			break
		}
	}
	if err := w.rememberNumbers(); err != nil {
		return err
	}
	// It may be a clock that was ahead which made the author drop them.
	if t.clock, err = w.highestTime(t); err != nil {
		return err
	}
	w.touchTally(t)
	if all {
		delete(w.logs, d.Log)
		if err := w.deleteTold.exec(head.id); err != nil {
			return err
		}
		return w.deleteLog.exec(head.id)
	}
	last, err := w.entriesFrom(head.id, d.From-1, 1, func(wire.SignedEntry) bool { return true })
	if err != nil {
		return err
	}
	if len(last) == 0 || last[0].Sequence != d.From-1 {
		return fmt.Errorf("entry %d before those to drop is missing", d.From-1)
	}
	head.highest, head.hash = d.From-1, last[0].Hash
	w.touchLog(head)
	return nil
}

// highestTime returns the highest time of what is shown in a conversation, or says
// something about that.
func (w *writer) highestTime(t *tally) (wire.HybridTime, error) {
	var position []byte
	_, err := w.findHighest.row([]any{&position}, t.id)
	var highest chat.Position
	copy(highest[:], position)
	return wire.TimeOf(highest), err
}

func (l *logHead) held(id wire.LogID) HeldLog {
	return HeldLog{ID: id, Range: wire.Range{Lowest: l.lowest, Highest: l.highest}, Hash: l.hash, Read: l.read}
}

// saveFork keeps evidence, if there is not too much of it already.
func (w *writer) saveFork(e wire.SignedEntry) error {
	if err := w.begin(); err != nil {
		return err
	}
	return w.insertFork.exec(e.Log.Conversation[:], e.Log.Author[:], int64(e.Log.Incarnation), int64(e.Sequence), e.Raw, int64(maxForks))
}

// maxForks is how much evidence is kept: one piece speaks for itself, and more
// may be forged as fast as one can sign.
const maxForks = 100

// Forks returns the evidence there is against authors: entries whose numbers
// others have.
func (s *Store) Forks(ctx context.Context) ([]wire.SignedEntry, error) {
	var list []wire.SignedEntry
	err := s.read(ctx, "forks", func(q querier) (err error) {
		list, err = readEntries(ctx, q, `SELECT raw FROM forks ORDER BY conversation, author, incarnation, sequence`)
		return err
	})
	return list, err
}
