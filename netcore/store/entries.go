package store

import (
	"bytes"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// An entry's place is its log's number and its sequence in one integer: entries
// of a log lie together, and no index is needed beside the table.
const (
	sequenceBits = 40
	maxSequence  = 1<<sequenceBits - 1
)

func place(log int64, sequence uint64) int64 { return log<<sequenceBits | int64(sequence) }

// entryAt is the inverse of place.
func entryAt(place int64) (log int64, sequence uint64) {
	return place >> sequenceBits, uint64(place) & maxSequence
}

// appendEntries stores entries that follow their log's head.
func (w *writer) appendEntries(entries []wire.SignedEntry, received time.Time, quiet bool) error {
	if err := w.begin(); err != nil {
		return err
	}
	id := entries[0].Log
	head, err := w.logHead(id)
	if err != nil {
		return err
	}
	if head == nil {
		if head, err = w.newLog(id); err != nil {
			return err
		}
	}
	if first := entries[0].Sequence; first != head.highest+1 || head.highest == 0 {
		head.lowest = first
	}
	t, err := w.tally(id.Conversation)
	if err != nil {
		return err
	}
	unknown, err := w.areUnknown(t, entries)
	if err != nil {
		return err
	}
	met := make(map[chat.MessageID]bool) // in this run
	for i := range entries {
		e := entries[i]
		a := arrival{
			SignedEntry: &e, place: place(head.id, e.Sequence), log: head.id, author: head.author,
			own: id.Author == w.self, quiet: quiet, received: received, unknown: unknown && !met[e.ID],
		}
		met[e.ID], met[e.About] = true, true
		if err := w.appendEntry(t, a); err != nil {
			return err
		}
	}
	last := &entries[len(entries)-1]
	head.highest, head.hash = last.Sequence, last.Hash
	w.touchLog(head)
	w.touchTally(t)
	return nil
}

// areUnknown says, by one look for a whole run, whether nothing is held of the
// messages that its entries are, nor about them. IDs begin with their time, so
// that mostly no others lie between those of a run; where some do, each entry is
// looked for by itself.
func (w *writer) areUnknown(t *tally, entries []wire.SignedEntry) (bool, error) {
	if len(entries) == 1 {
		return false, nil // a look for it is as good
	}
	byID := func(a, b wire.SignedEntry) int { return bytes.Compare(a.ID[:], b.ID[:]) }
	lowest, highest := slices.MinFunc(entries, byID), slices.MaxFunc(entries, byID)
	var held int64
	_, err := w.findAmong.row([]any{&held}, lowest.ID[:], highest.ID[:], t.id)
	return held == 0, err
}

// arrival is an entry that is being stored.
type arrival struct {
	*wire.SignedEntry
	place, log, author int64
	own, quiet         bool
	received           time.Time
	unknown            bool // nothing is held of the message that it is, nor about it
}

// appendEntry stores an entry, and makes it part of what is shown. A body that
// cannot be read is the author's fault, and no reason to lack the entries after
// it.
func (w *writer) appendEntry(t *tally, a arrival) error {
	t.clock = max(t.clock, a.Time)
	known, err := w.whatIsKnown(t, a)
	if err != nil {
		return err
	}
	if known.retracted && !a.Erased() {
		*a.SignedEntry = a.Erase()
	}
	if err := w.insertEntry.exec(a.place, a.Raw); err != nil {
		return err
	}
	if a.Called != "" {
		if err := w.call(a.author, chat.CleanName(a.Called)); err != nil {
			return err
		}
	}
	if a.Kind.IsMembership() && t.kind == chat.Group {
		if err := w.insertMembership.exec(a.place); err != nil {
			return err
		}
	}
	if text, ok := amends(a.Entry); ok {
		return w.appendAmendment(t, a, text)
	}
	s, ok := Show(*a.SignedEntry, t.kind)
	switch {
	case !ok:
		return nil
	case known.message != 0:
		return w.appendCopy(t, a, known.message)
	}
	m := shownMessage{
		position: a.Position(), id: a.ID, log: a.log, author: a.author, own: a.own,
		counted: !a.own && !a.quiet && s.Change == "",
		sent:    a.Wall, received: a.received, people: s.People, change: s.Change, text: s.Text,
		mentioned: !a.own && s.Calls(w.self), retracted: s.Retracted,
	}
	if a.Kind == wire.KindText {
		m.about = a.About
	}
	if err := w.insert(t, m); err != nil || !known.amended {
		return err
	}
	w.note(a.ID)
	return w.amend(t, w.next-1)
}

// known is what the store knows of an entry that comes.
type known struct {
	message   int64 // the number of the message that it is another entry of, or 0
	amended   bool  // there are amendments of the message
	retracted bool  // it is a text or an edit whose author took it back
}

func (w *writer) whatIsKnown(t *tally, a arrival) (k known, err error) {
	target := a.ID
	switch {
	case a.Kind == wire.KindEdit:
		target = a.About
	case a.unknown, a.Kind != wire.KindText && !a.Kind.IsMembership():
		return k, nil
	}
	var amended int64
	_, err = w.findKnown.row([]any{&k.message, &amended}, target[:], t.id, a.author, t.id, target[:])
	k.amended = amended != 0
	if err == nil && k.amended && !a.Kind.IsMembership() {
		k.retracted, err = w.isRetracted(t, target, a.author)
	}
	return k, err
}

// shownMessage is a new row of messages.
type shownMessage struct {
	position       chat.Position
	id, about      chat.MessageID
	log, author    int64 // 0: none
	own, counted   bool
	mentioned      bool
	retracted      bool
	sent, received time.Time
	state, address any // nil with a log
	people         []identity.DeviceID
	change         chat.ChangeKind
	text           string
}

// insert inserts a message and counts it.
func (w *writer) insert(t *tally, m shownMessage) error {
	at := w.next
	if err := w.insertMessage.exec(at, t.id, m.position[:], m.id[:], nullable(m.log), nullable(m.author),
		truth(m.own), truth(m.counted), truth(m.mentioned), truth(m.retracted), m.sent.UnixMilli(), m.received.UnixMilli(),
		m.state, m.address, blob(m.about), keys(m.people), nullableText(string(m.change)), m.text); err != nil {
		return err
	}
	w.next++
	t.count++
	if m.counted {
		t.unread++
		t.mentioned += truth(m.mentioned)
	}
	if t.last == 0 || !m.position.Less(t.lastAt) {
		t.last, t.lastAt = at, m.position
	}
	w.touchTally(t)
	return nil
}

// appendPlain stores a message without a log.
func (w *writer) appendPlain(m *chat.Message, received time.Time, quiet bool) error {
	if err := w.begin(); err != nil {
		return err
	}
	t, err := w.tally(m.Conversation)
	if err != nil {
		return err
	}
	t.clock = max(t.clock, wire.TimeOf(m.Position))
	var about chat.MessageID
	if m.Answers != nil {
		about = m.Answers.ID
	}
	return w.insert(t, shownMessage{
		position: m.Position, id: m.ID, about: about, own: m.Own, counted: !m.Own && !quiet, mentioned: m.Mentioned,
		sent: m.Sent, received: received, state: string(m.State), address: m.From.Address, text: chat.CleanText(m.Text),
	})
}

// logHead returns a log's head, nil if nothing of it is held.
func (w *writer) logHead(id wire.LogID) (*logHead, error) {
	if l, ok := w.logs[id]; ok {
		return l, nil
	}
	t, err := w.tally(id.Conversation)
	if t == nil || err != nil {
		return nil, err
	}
	l := &logHead{}
	if found, err := w.findDevice.row([]any{&l.author}, id.Author[:]); !found || err != nil {
		return nil, err
	}
	var lowest, highest, read int64
	var hash []byte
	found, err := w.findLog.row([]any{&l.id, &lowest, &highest, &hash, &read}, t.id, l.author, int64(id.Incarnation))
	if !found || err != nil {
		return nil, err
	}
	l.lowest, l.highest, l.read = uint64(lowest), uint64(highest), uint64(read)
	copy(l.hash[:], hash)
	w.logs[id] = l
	return l, nil
}

// newLog makes the row of a log whose first entry is about to be stored.
func (w *writer) newLog(id wire.LogID) (*logHead, error) {
	t, err := w.tally(id.Conversation)
	if err != nil {
		return nil, err
	}
	l := &logHead{}
	if l.author, err = w.device(id.Author); err != nil {
		return nil, err
	}
	l.id, err = w.insertLog.insert(t.id, l.author, int64(id.Incarnation), int64(0), int64(0), l.hash[:])
	if err != nil {
		return nil, err
	}
	w.logs[id] = l
	return l, nil
}

func (w *writer) touchLog(l *logHead) {
	if !l.dirty {
		l.dirty = true
		w.dirtyLogs = append(w.dirtyLogs, l)
	}
}

// blob returns NULL for no ID.
func blob(id chat.MessageID) any {
	if id == (chat.MessageID{}) {
		return nil
	}
	return id[:]
}

// keys returns the keys of devices one after the other, NULL for none.
func keys(devices []identity.DeviceID) any {
	if len(devices) == 0 {
		return nil
	}
	var b bytes.Buffer
	for i := range devices {
		b.Write(devices[i][:])
	}
	return b.Bytes()
}
