package store

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Amendments are kept by the ID of the message they are about, whether it is
// held or not: they come in logs of their own. After each that comes or goes,
// the message's row is made anew of its entry and all of them.
//
// Two rows of messages never have the same author and ID in one conversation. A
// further entry of a message, as when its author signed it anew, is an amendment
// of kind text, and the message is shown at the lowest position of all.

// note says that a held message is not what its own entry alone says.
func (w *writer) note(id chat.MessageID) {
	if !slices.Contains(w.changed, id) {
		w.changed = append(w.changed, id)
	}
}

// isRetracted says whether an author took back the message of its own that
// target names.
func (w *writer) isRetracted(t *tally, target chat.MessageID, author int64) (bool, error) {
	var at int64
	return w.findAmendment.row([]any{&at}, t.id, target[:], int64(wire.KindRetraction), author)
}

// appendAmendment stores what an entry says about another message.
func (w *writer) appendAmendment(t *tally, a arrival, text string) error {
	switch a.Kind {
	case wire.KindReaction:
		if newer, err := w.supersede(t, a); newer || err != nil {
			return err
		}
	case wire.KindRetraction:
		if err := w.eraseBodies(t, a.About, a.author); err != nil {
			return err
		}
	}
	if err := w.insertAmended(t, a, a.About, text); err != nil {
		return err
	}
	return w.amendTargets(t, a.Entry, a.author)
}

func (w *writer) insertAmended(t *tally, a arrival, target chat.MessageID, text string) error {
	position := a.Position()
	var kept any
	if a.Kind == wire.KindEdit || a.Kind == wire.KindReaction {
		kept = text
	}
	kind := a.Kind
	if kind.IsMembership() {
		kind = wire.KindText // a further entry of its message
	}
	return w.insertAmendment.exec(a.place, t.id, target[:], int64(kind), a.author, position[:], a.Wall.UnixMilli(), kept)
}

// supersede removes the author's earlier reaction, unless that is newer than a.
func (w *writer) supersede(t *tally, a arrival) (newer bool, err error) {
	var at int64
	var position []byte
	found, err := w.findAmendment.row([]any{&at, &position}, t.id, a.About[:], int64(wire.KindReaction), a.author)
	if !found || err != nil {
		return false, err
	}
	if own := a.Position(); string(own[:]) < string(position) {
		return true, nil
	}
	return false, w.deleteAmendment.exec(at)
}

// amendTargets makes those messages anew that an amendment is about.
func (w *writer) amendTargets(t *tally, e wire.Entry, author int64) error {
	if e.Kind == wire.KindReaction {
		author = 0 // anyone's
	}
	numbers, err := w.numbersOf(t, e.About, author)
	for i := 0; i < len(numbers) && err == nil; i++ {
		w.note(e.About)
		err = w.amend(t, numbers[i])
	}
	return err
}

// numbersOf returns the messages with an ID, of one author if that is not 0.
func (w *writer) numbersOf(t *tally, id chat.MessageID, author int64) (numbers []int64, err error) {
	var n int64
	err = w.findMessages.each([]any{&n}, func() error {
		numbers = append(numbers, n)
		return nil
	}, id[:], t.id, author, author)
	return numbers, err
}

// eraseBodies removes the bodies of a message and of its edits from the entries.
func (w *writer) eraseBodies(t *tally, target chat.MessageID, author int64) error {
	var places []int64
	numbers, err := w.numbersOf(t, target, author)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		m, err := w.row(n)
		if err != nil {
			return err
		}
		if m.log != 0 {
			places = append(places, m.place())
		}
	}
	for _, kind := range []wire.EntryKind{wire.KindText, wire.KindEdit} {
		var at int64
		if err := w.findAmendment.each([]any{&at}, func() error {
			places = append(places, at)
			return nil
		}, t.id, target[:], int64(kind), author); err != nil {
			return err
		}
	}
	for _, at := range places {
		var raw []byte
		if found, err := w.findRaw.row([]any{&raw}, at); err != nil {
			return err
		} else if !found {
			continue
		}
		e, err := wire.ParseEntry(raw)
		if err != nil || e.Erased() || e.Kind != wire.KindText && e.Kind != wire.KindEdit {
			continue // a change of the group is not taken back
		}
		if err := w.updateRaw.exec(e.Erase().Raw, at); err != nil {
			return err
		}
	}
	w.erased = true
	return w.eraseTexts.exec(t.id, target[:], int64(wire.KindEdit), author)
}

// row is what the writer has to know of a row of messages.
type row struct {
	number, log, author           int64
	counted, mentioned, retracted int64
	id                            chat.MessageID
	position                      chat.Position
	change, text                  string
}

func (m row) place() int64 { return place(m.log, binary.BigEndian.Uint64(m.position[16:])) }

func (w *writer) row(number int64) (row, error) {
	m := row{number: number}
	var id, position []byte
	_, err := w.findMessage.row([]any{&m.log, &m.author, &id, &position, &m.counted, &m.mentioned, &m.retracted,
		&m.change, &m.text}, number)
	copy(m.id[:], id)
	copy(m.position[:], position)
	return m, err
}

// amend makes a message's row anew of its entry and its amendments.
func (w *writer) amend(t *tally, number int64) error {
	m, err := w.row(number)
	if err != nil {
		return err
	}
	var at int64
	reacted, err := w.findReaction.row([]any{&at}, t.id, m.id[:], int64(wire.KindReaction))
	if err != nil {
		return err
	}
	now := amended{text: m.text, retracted: m.retracted != 0}
	if m.change == "" && m.author != 0 {
		if now, err = w.amended(t, m); err != nil {
			return err
		}
	}
	if now.retracted && m.mentioned != 0 {
		if m.counted != 0 && m.number > t.seen {
			t.mentioned--
			w.touchTally(t)
		}
		m.mentioned = 0
	}
	if now.text != m.text {
		if err := w.revise(number, m.position); err != nil {
			return err
		}
	}
	return w.updateMessage.exec(now.text, now.edited, truth(now.retracted), truth(reacted), m.mentioned, number)
}

// amended is what becomes of a message.
type amended struct {
	text      string
	edited    any // milliseconds since 1970; nil: never
	retracted bool
}

func (w *writer) amended(t *tally, m row) (amended, error) {
	retracted, err := w.isRetracted(t, m.id, m.author)
	if retracted || err != nil {
		return amended{retracted: true}, err
	}
	original := amended{text: m.text} // of a message whose entry is not held
	if m.log != 0 {
		var raw []byte
		found, err := w.findRaw.row([]any{&raw}, m.place())
		if err != nil {
			return amended{}, err
		}
		if e, err := wire.ParseEntry(raw); found && err == nil {
			s, _ := Show(e, t.kind)
			original = amended{text: s.Text, retracted: s.Retracted}
		}
	}
	if original.retracted {
		return original, nil
	}
	var text string
	var sent int64
	if found, err := w.findEdit.row([]any{&text, &sent}, t.id, m.id[:], int64(wire.KindEdit), m.author); !found || err != nil {
		return original, err
	}
	return amended{text: text, edited: sent}, nil
}

// appendCopy stores that an entry is one more of a message that is held, which
// moves to it if its position is lower.
func (w *writer) appendCopy(t *tally, a arrival, number int64) error {
	m, err := w.row(number)
	if err != nil {
		return err
	}
	w.note(a.ID)
	if !a.Position().Less(m.position) {
		if err := w.insertAmended(t, a, a.ID, ""); err != nil {
			return err
		}
		return w.amend(t, number)
	}
	if m.log != 0 {
		err := w.insertAmendment.exec(m.place(), t.id, m.id[:], int64(wire.KindText), m.author, m.position[:], int64(0), nil)
		if err != nil {
			return err
		}
	}
	return w.move(t, m, a.place>>sequenceBits, a.Position(), a.Wall)
}

// move gives a message the place of another of its entries.
func (w *writer) move(t *tally, m row, log int64, to chat.Position, sent time.Time) error {
	if err := w.revise(m.number, m.position); err != nil {
		return err
	}
	if err := w.moveMessage.exec(to[:], log, sent.UnixMilli(), m.number); err != nil {
		return err
	}
	if t.last == m.number || !to.Less(t.lastAt) {
		if err := w.findLast(t); err != nil {
			return err
		}
	}
	return w.amend(t, m.number)
}

// revise tells the search index that a message is, or is about to be, another
// than the one it has under this position.
func (w *writer) revise(number int64, position chat.Position) (err error) {
	w.revision, err = w.insertRevised.insert(number, wire.TimeOf(position).Wall().UnixMilli())
	return err
}

// takeBack erases the text of an own message without a log.
func (w *writer) takeBack(conversation chat.ConversationID, id chat.MessageID) error {
	if err := w.begin(); err != nil {
		return err
	}
	t, err := w.tally(conversation)
	if t == nil || err != nil {
		return err
	}
	numbers, err := w.numbersOf(t, id, 0)
	for i := 0; i < len(numbers) && err == nil; i++ {
		var m row
		if m, err = w.row(numbers[i]); err != nil || m.log != 0 {
			continue
		}
		if err = w.revise(m.number, m.position); err == nil {
			err = w.updateMessage.exec("", nil, truth(true), truth(false), truth(false), m.number)
		}
	}
	return err
}

// truth returns 1 for true: SQLite knows no other.
func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
