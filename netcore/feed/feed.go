package feed

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Errors of entries that are not taken.
var (
	// ErrNotMember is wrapped when sender or author is not in the conversation.
	ErrNotMember = errors.New("not a member of the conversation")
	// ErrGap is wrapped when entries before these are missing; they come again.
	ErrGap = errors.New("entries before it are missing")
	// ErrFork is wrapped when an author signed two entries with one number.
	ErrFork = errors.New("the author's log forks")
	// ErrAhead is wrapped when an entry's time is too far ahead.
	ErrAhead = errors.New("its time has not come")
)

// FullInterval is how often linked devices exchange full frontiers, the safety
// net under everything else.
const FullInterval = 30 * time.Second

// Config says whose feed it is. All fields are needed.
type Config struct {
	Key *identity.Key
	// Incarnation is the own database's, under which new entries are written.
	Incarnation uint64
	// Random is read for message IDs.
	Random io.Reader
}

// Feed is the replication state of all conversations of one device. It is not
// safe for use by several goroutines.
type Feed struct {
	cfg           Config
	self          identity.DeviceID
	conversations map[chat.ConversationID]*conversation
	shared        map[identity.DeviceID]map[chat.ConversationID]*conversation
	sessions      map[identity.DeviceID]*session
}

type conversation struct {
	id      chat.ConversationID
	members []identity.DeviceID
	clock   wire.HybridTime // the highest seen
	logs    map[wire.LogID]*log
}

// log is one author's log as this device holds it.
type log struct {
	id     wire.LogID
	lowest uint64
	// accepted is the highest entry taken, stored the highest on disk. What lies
	// between is on its way there, or is given up together.
	accepted, stored         uint64
	acceptedHash, storedHash wire.Hash
	// told is what each peer says to have on its disk; kept for own logs only.
	told map[identity.DeviceID]uint64
}

// session is what a link has brought so far.
type session struct {
	has      map[wire.LogID]uint64 // by the peer's frontiers
	sent     map[wire.LogID]uint64 // by this side
	ready    bool                  // the first full frontier has come
	lastFull map[wire.LogID]uint64 // has, as of the last full frontier
	nextFull time.Time             // when to send the own one again
}

// New returns a Feed without conversations.
func New(cfg Config) *Feed {
	return &Feed{
		cfg:           cfg,
		self:          cfg.Key.ID(),
		conversations: make(map[chat.ConversationID]*conversation),
		shared:        make(map[identity.DeviceID]map[chat.ConversationID]*conversation),
		sessions:      make(map[identity.DeviceID]*session),
	}
}

// Open makes a conversation known, with all its members, this device included,
// and the highest time in it, zero if it is empty. Opening it again changes
// nothing.
func (f *Feed) Open(id chat.ConversationID, members []identity.DeviceID, clock wire.HybridTime) {
	c := f.open(id, members)
	c.clock = max(c.clock, clock)
}

func (f *Feed) open(id chat.ConversationID, members []identity.DeviceID) *conversation {
	if c := f.conversations[id]; c != nil {
		return c
	}
	c := &conversation{id: id, members: slices.Clone(members), logs: make(map[wire.LogID]*log)}
	f.conversations[id] = c
	for _, m := range members {
		if m == f.self {
			continue
		}
		if f.shared[m] == nil {
			f.shared[m] = make(map[chat.ConversationID]*conversation)
		}
		f.shared[m][id] = c
	}
	return c
}

// Load restores a log of an open conversation from disk: what is held of it and
// the hash of its highest entry.
func (f *Feed) Load(id wire.LogID, held wire.Range, hash wire.Hash) {
	c := f.conversations[id.Conversation]
	if c == nil {
		return
	}
	c.logs[id] = &log{
		id: id, lowest: held.Lowest,
		accepted: held.Highest, stored: held.Highest,
		acceptedHash: hash, storedHash: hash,
	}
}

// LoadDelivered restores a receipt from disk.
func (f *Feed) LoadDelivered(id wire.LogID, peer identity.DeviceID, highest uint64) {
	if c := f.conversations[id.Conversation]; c != nil && c.logs[id] != nil {
		c.logs[id].tell(peer, highest)
	}
}

// Append writes the next entry of the own log. It becomes part of the log by
// the Commit effect that belongs to it, which is returned beside it.
func (f *Feed) Append(now time.Time, id chat.ConversationID, kind wire.EntryKind, body []byte) (wire.SignedEntry, Commit, error) {
	c := f.conversations[id]
	if c == nil {
		return wire.SignedEntry{}, Commit{}, fmt.Errorf("%w conversation %s", chat.ErrUnknown, id)
	}
	l := c.log(wire.LogID{Conversation: id, Author: f.self, Incarnation: f.cfg.Incarnation})
	messageID, err := newMessageID(now, f.cfg.Random)
	if err != nil {
		return wire.SignedEntry{}, Commit{}, err
	}
	entry, err := wire.SignEntry(f.cfg.Key, wire.Entry{
		Log:      l.id,
		Sequence: l.accepted + 1,
		Previous: l.acceptedHash,
		Time:     max(c.clock+1, wire.HybridAt(now)),
		Wall:     now,
		ID:       messageID,
		Kind:     kind,
		Body:     body,
	})
	if err != nil {
		return wire.SignedEntry{}, Commit{}, err
	}
	l.accept(entry)
	c.clock = entry.Time
	return entry, Commit{Run: []wire.SignedEntry{entry}}, nil
}

// Pending says whether there are own entries that peer has not acknowledged.
func (f *Feed) Pending(peer identity.DeviceID) bool {
	for _, c := range f.shared[peer] {
		for _, l := range c.logs {
			if l.id.Author == f.self && l.told[peer] < l.stored {
				return true
			}
		}
	}
	return false
}

// Next returns when the Feed wants the next Tick; zero if never.
func (f *Feed) Next() time.Time {
	var next time.Time
	for _, s := range f.sessions {
		if next.IsZero() || s.nextFull.Before(next) {
			next = s.nextFull
		}
	}
	return next
}

// Step takes one event and returns what to do about it, in order.
func (f *Feed) Step(now time.Time, event Event) []Effect {
	switch e := event.(type) {
	case LinkUp:
		return f.linkUp(now, e.Peer)
	case LinkDown:
		delete(f.sessions, e.Peer)
	case Heard:
		return f.heard(e.Peer, e.Frontiers)
	case Received:
		return f.received(now, e.Peer, e.Run)
	case Stored:
		return f.stored(e.Run)
	case Failed:
		f.failed(e.Log)
	case Tick:
		return f.tick(now)
	}
	return nil
}

func (f *Feed) linkUp(now time.Time, peer identity.DeviceID) []Effect {
	f.sessions[peer] = &session{
		has:      make(map[wire.LogID]uint64),
		sent:     make(map[wire.LogID]uint64),
		nextFull: now.Add(FullInterval),
	}
	return []Effect{f.fullFrontiers(peer)}
}

func (f *Feed) tick(now time.Time) []Effect {
	var effects []Effect
	for peer, s := range f.sessions {
		if !now.Before(s.nextFull) {
			s.nextFull = now.Add(FullInterval)
			effects = append(effects, f.fullFrontiers(peer))
		}
	}
	return effects
}

func (f *Feed) fullFrontiers(peer identity.DeviceID) SendFrontiers {
	frontiers := wire.Frontiers{Full: true}
	for id, c := range f.shared[peer] {
		frontier := wire.Frontier{Conversation: id}
		for _, l := range c.logs {
			if l.stored > 0 {
				frontier.Logs = append(frontier.Logs, l.line())
			}
		}
		frontiers.List = append(frontiers.List, frontier)
	}
	return SendFrontiers{Peer: peer, Frontiers: frontiers}
}

// heard takes a peer's frontiers: they are receipts for own entries, and show
// what the peer lacks.
func (f *Feed) heard(peer identity.DeviceID, frontiers wire.Frontiers) []Effect {
	s := f.sessions[peer]
	if s == nil {
		return nil
	}
	var effects []Effect
	for _, frontier := range frontiers.List {
		c := f.shared[peer][frontier.Conversation]
		if c == nil {
			continue // not shared, or not known before its first entry comes
		}
		for _, line := range frontier.Logs {
			id := wire.LogID{Conversation: c.id, Author: line.Author, Incarnation: line.Incarnation}
			s.has[id] = max(s.has[id], line.Highest)
			l := c.logs[id]
			if l == nil || l.id.Author != f.self {
				continue
			}
			// A peer can only have what was on this disk before it was sent.
			highest := min(line.Highest, l.stored)
			if before := l.told[peer]; highest > before {
				l.tell(peer, highest)
				effects = append(effects, Delivered{Peer: peer, Log: id, From: before + 1, To: highest})
			}
		}
	}
	if frontiers.Full {
		s.ready = true
		f.rewind(peer, s)
	}
	if s.ready {
		for _, c := range f.shared[peer] {
			for _, l := range c.logs {
				effects = s.offer(effects, peer, l, nil)
			}
		}
	}
	return effects
}

// rewind makes what was sent be sent again where the peer's frontier has stood
// still since its last full one: it took the entries and could not keep them,
// as when its disk was full.
func (f *Feed) rewind(peer identity.DeviceID, s *session) {
	full := make(map[wire.LogID]uint64)
	for _, c := range f.shared[peer] {
		for id := range c.logs {
			full[id] = s.has[id]
			if before, ok := s.lastFull[id]; ok && before == s.has[id] {
				delete(s.sent, id)
			}
		}
	}
	s.lastFull = full
}

// offer adds the sending of what the peer of s lacks of l, if anything. run,
// if any, is what has just been stored.
func (s *session) offer(effects []Effect, peer identity.DeviceID, l *log, run []wire.SignedEntry) []Effect {
	from := max(s.has[l.id], s.sent[l.id], l.lowest-1) + 1
	if l.stored == 0 || from > l.stored {
		return effects
	}
	send := SendEntries{Peer: peer, Log: l.id, From: from, To: l.stored}
	if len(run) > 0 && run[0].Sequence <= from && run[len(run)-1].Sequence == l.stored {
		for _, e := range run[from-run[0].Sequence:] {
			send.Raw = append(send.Raw, e.Raw)
		}
	}
	s.sent[l.id] = l.stored
	return append(effects, send)
}

// received takes a run from a peer: what is new of it, if it fits.
func (f *Feed) received(now time.Time, peer identity.DeviceID, run []wire.SignedEntry) []Effect {
	if len(run) == 0 {
		return nil
	}
	var effects []Effect
	refuse := func(err error) []Effect {
		return append(effects, Refused{Peer: peer, Err: fmt.Errorf("entry %d of %s: %w", run[0].Sequence, run[0].Log.Author.Short(), err)})
	}
	id := run[0].Log
	c := f.conversations[id.Conversation]
	if c == nil {
		if id.Conversation != chat.DirectID(f.self, peer) {
			return refuse(ErrNotMember)
		}
		c = f.open(id.Conversation, []identity.DeviceID{f.self, peer})
		effects = append(effects, Opened{Conversation: c.id, Peer: peer})
	}
	if !slices.Contains(c.members, peer) || !slices.Contains(c.members, id.Author) {
		return refuse(ErrNotMember)
	}
	l := c.log(id)
	if s := f.sessions[peer]; s != nil {
		s.has[id] = max(s.has[id], run[len(run)-1].Sequence)
	}
	for len(run) > 0 && run[0].Sequence <= l.accepted {
		if run[0].Sequence == l.accepted && run[0].Hash != l.acceptedHash {
			return refuse(ErrFork)
		}
		run = run[1:]
	}
	if len(run) == 0 {
		return effects // all known already
	}
	if run[0].Sequence != l.accepted+1 {
		return refuse(fmt.Errorf("%w: entry %d is the highest held", ErrGap, l.accepted))
	}
	if run[0].Previous != l.acceptedHash {
		return refuse(ErrFork)
	}
	limit := wire.HybridAt(now.Add(chat.MaxClockAhead))
	for i, e := range run {
		if e.Time > limit {
			effects = refuse(fmt.Errorf("%w: it claims %s", ErrAhead, e.Time.Wall().UTC().Format(time.RFC3339)))
			run = run[:i]
			break
		}
	}
	if len(run) == 0 {
		return effects
	}
	for _, e := range run {
		c.clock = max(c.clock, e.Time)
	}
	l.accept(run...)
	return append(effects, Commit{Run: run})
}

// stored tells the linked members what is on the disk now, and sends it to
// those who lack it.
func (f *Feed) stored(run []wire.SignedEntry) []Effect {
	if len(run) == 0 {
		return nil
	}
	last := run[len(run)-1]
	c := f.conversations[last.Log.Conversation]
	if c == nil {
		return nil
	}
	l := c.log(last.Log)
	if last.Sequence > l.stored {
		l.stored, l.storedHash = last.Sequence, last.Hash
	}
	if l.stored > l.accepted {
		l.accepted, l.acceptedHash = l.stored, l.storedHash
	}
	var effects []Effect
	for _, m := range c.members {
		s := f.sessions[m]
		if s == nil {
			continue
		}
		if l.id.Author != f.self {
			effects = append(effects, SendFrontiers{Peer: m, Frontiers: wire.Frontiers{
				List: []wire.Frontier{{Conversation: c.id, Logs: []wire.LogRange{l.line()}}},
			}})
		}
		if s.ready {
			effects = s.offer(effects, m, l, run)
		}
	}
	return effects
}

// failed gives up what was accepted and is not on the disk. The author writes
// anew; others send again.
func (f *Feed) failed(id wire.LogID) {
	if c := f.conversations[id.Conversation]; c != nil {
		l := c.log(id)
		l.accepted, l.acceptedHash = l.stored, l.storedHash
	}
}

func (c *conversation) log(id wire.LogID) *log {
	l := c.logs[id]
	if l == nil {
		l = &log{id: id, lowest: 1}
		c.logs[id] = l
	}
	return l
}

func (l *log) accept(run ...wire.SignedEntry) {
	last := run[len(run)-1]
	l.accepted, l.acceptedHash = last.Sequence, last.Hash
}

func (l *log) tell(peer identity.DeviceID, highest uint64) {
	if l.told == nil {
		l.told = make(map[identity.DeviceID]uint64)
	}
	l.told[peer] = highest
}

func (l *log) line() wire.LogRange {
	return wire.LogRange{
		Author:      l.id.Author,
		Incarnation: l.id.Incarnation,
		Range:       wire.Range{Lowest: l.lowest, Highest: l.stored},
	}
}

// newMessageID makes a UUID of version 7 (RFC 9562 section 5.7) for now.
func newMessageID(now time.Time, random io.Reader) (chat.MessageID, error) {
	var id uuid.UUID
	if _, err := io.ReadFull(random, id[6:]); err != nil {
		return id, fmt.Errorf("make message ID: %w", err)
	}
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id, nil
}
