package room

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/dial"
	"github.com/parlance-chat/parlance/netcore/room/dialect"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// changeTime is how long changes are gathered before they are told: a server may
// tell of a thousand people at once.
const changeTime = 100 * time.Millisecond

func dialectCheck(k dial.Kind, text string) error { return dialect.Check(k.Dialect(), text) }

// Status is what there is to say about one conversation of the network.
type Status struct {
	ID      chat.ConversationID
	Address string // such as ircs://host:6697/#room
	Server  string // its address
	Kind    dial.Kind
	Target  string // a channel or a nick; "" is the server itself
	Channel bool

	Connected bool      // to the server
	Joined    bool      // it can be written to now
	Why       string    // why not, a sentence or a part of one
	RetryAt   time.Time // of the next attempt, zero if there is none
	// Blocked says that only the user can say whether it goes on, see Trust.
	Blocked bool

	Secure      bool   // the connection is encrypted
	Vouched     bool   // an authority the system trusts vouches for the server
	Fingerprint string // of its certificate, as last presented
	// Trusted is the fingerprint of the certificate in whose place a blocked server
	// presents that one; "" if an authority vouched for it.
	Trusted string
	Nick    string // this device's user's
	Account string // signed in as
	Network string // what the server calls its network
	Topic   string
	Members int
	// Online says of a person whether it is there, if Known.
	Online, Known bool
	Away          string // why a person is away, as last told; "": it is not
}

// Member is somebody in a room.
type Member struct {
	Nick    string
	Symbol  string // of the highest rank, such as @; "" is none
	Role    string // its name: founder, admin, operator, half-operator, voice; "" is none
	Account string
	Name    string // for people
	Away    bool
	Self    bool
}

var roles = map[byte]string{'~': "founder", '&': "admin", '@': "operator", '%': "half-operator", '+': "voice"}

// Rooms returns all conversations of the network, by address.
func (n *Network) Rooms() []Status {
	var list []Status
	for _, s := range n.all() {
		// Without an end: the goroutine is never busy for long, or has ended.
		_ = s.call(context.Background(), func() { list = append(list, s.statuses()...) })
	}
	slices.SortFunc(list, func(a, b Status) int { return strings.Compare(a.Address, b.Address) })
	return list
}

// Room returns one of them.
func (n *Network) Room(ctx context.Context, id chat.ConversationID) (Status, error) {
	s, target, err := n.find(id)
	if err != nil {
		return Status{}, err
	}
	var st Status
	err = s.call(ctx, func() { st = s.statusOf(target) })
	return st, err
}

func (s *server) statuses() []Status {
	targets := s.names.Targets()
	list := make([]Status, 0, len(targets))
	for _, target := range targets {
		list = append(list, s.statusOf(target))
	}
	return list
}

func (s *server) statusOf(target string) Status {
	now := s.machine.Status()
	a := s.address
	a.Target = target
	st := Status{
		ID: s.names.ID(target), Address: a.String(), Server: a.Server(), Kind: a.Kind(), Target: target, Connected: now.Online,
		RetryAt: now.RetryAt, Blocked: now.Blocked, Secure: a.Secure(), Vouched: s.cert.Vouched, Fingerprint: s.cert.Fingerprint,
		Nick: now.Nick, Account: now.Account, Network: chat.CleanName(now.Network), Joined: now.Online, Trusted: s.cert.Trusted,
	}
	if now.Why != nil {
		st.Why = chat.CleanText(now.Why.Error())
	}
	if s.irc == nil || target == "" {
		return st
	}
	r, _ := s.irc.Room(target)
	st.Channel, st.Joined, st.Topic, st.Members = s.isChannel(target), r.Joined, chat.CleanText(r.Topic), r.Count
	st.Online, st.Known, st.Away = r.Online, r.Known, chat.CleanText(r.Away)
	st.Why = cmp.Or(st.Why, chat.CleanText(r.Why))
	return st
}

// Members returns who is in a room, the highest ranks first.
func (n *Network) Members(ctx context.Context, id chat.ConversationID) ([]Member, error) {
	s, target, err := n.find(id)
	if err != nil {
		return nil, err
	}
	var list []Member
	err = s.call(ctx, func() {
		if s.irc == nil {
			return
		}
		me := s.fold(s.irc.Status().Nick)
		for _, m := range s.irc.Members(target) {
			one := Member{
				Nick: chat.CleanName(m.Nick), Account: chat.CleanName(m.Account), Name: chat.CleanName(m.Name),
				Away: m.Away, Self: s.fold(m.Nick) == me,
			}
			if m.Symbols != "" {
				one.Symbol, one.Role = m.Symbols[:1], roles[m.Symbols[0]]
			}
			list = append(list, one)
		}
	})
	return list, err
}

// changed notes that something is to be told.
func (s *server) changed(target string) {
	if target == "" {
		s.connectionChanged()
		for _, t := range s.names.Targets() {
			s.dirty[t] = true
		}
	} else {
		s.dirty[target] = true
	}
	if s.tellAt.IsZero() {
		s.tellAt = time.Now().Add(changeTime)
	}
}

// connectionChanged tells those who wait, and the user where it matters.
func (s *server) connectionChanged() {
	st := s.machine.Status()
	if st.Online {
		s.warned = ""
		s.answer("", nil)
		return
	}
	if st.Why == nil || st.RetryAt.IsZero() && !st.Blocked { // it is being tried
		return
	}
	why := st.Why
	if !errors.Is(why, chat.ErrRefused) { // by a server that was reached
		why = fmt.Errorf("%s cannot be reached: %w", s.address.Host, why)
	}
	for _, w := range s.waiters {
		w.done <- why
	}
	s.waiters = nil
	if st.Blocked && errors.Is(st.Why, dial.ErrCertificate) && s.warned != st.Why.Error() {
		s.warned = st.Why.Error()
		s.n.cfg.Emit(chat.Notice{
			Text:        fmt.Sprintf("The connection to %s is blocked: %v.", s.address.Host, st.Why),
			Fingerprint: s.cert.Fingerprint,
		})
	}
}

// tell emits what changed.
func (s *server) tell() {
	s.tellAt = time.Time{}
	for target := range s.dirty {
		delete(s.dirty, target)
		s.tellOne(target)
	}
}

func (s *server) tellOne(target string) {
	id := s.names.ID(target)
	if _, known := s.names.Target(id); !known {
		return
	}
	line, err := s.n.cfg.Store.Conversation(context.Background(), id)
	if err != nil {
		s.n.cfg.Log.Warn("a change is not told", "room", target, "error", err)
		return
	}
	if s.irc != nil {
		r, _ := s.irc.Room(target)
		line.Members = r.Count
	}
	s.n.cfg.Emit(chat.ConversationChanged{Conversation: line.Conversation})
}

// answer tells those who wait for a target, and says whether anybody did.
func (s *server) answer(target string, err error) bool {
	folded, before := s.fold(target), len(s.waiters)
	s.waiters = slices.DeleteFunc(s.waiters, func(w waiter) bool {
		if s.fold(w.target) == folded {
			w.done <- err
			return true
		}
		return false
	})
	return len(s.waiters) < before
}

func (s *server) entered(channel string) {
	if _, err := s.open(context.Background(), channel); err != nil {
		s.answer(channel, err)
		return
	}
	s.answer(channel, nil)
}

func (s *server) departed(e machine.Departed) {
	if !s.answer(e.Channel, fmt.Errorf("%w: %s cannot be joined: %s", chat.ErrRefused, e.Channel, e.Why)) && e.Why != "" {
		s.n.cfg.Emit(chat.Notice{
			Conversation: s.names.ID(e.Channel),
			Text:         fmt.Sprintf("You are not in %s: %s. To come back, join again.", e.Channel, strings.TrimSuffix(chat.CleanText(e.Why), ".")),
		})
	}
}

func (s *server) seen(e machine.SeenElsewhere) {
	ctx := context.Background()
	id := s.names.ID(e.Target)
	page, err := s.n.cfg.Store.History(ctx, id, store.Page{Limit: 1})
	if err != nil || len(page) == 0 || wire.TimeOf(page[0].Position).Wall().After(e.Time) {
		return // there is something newer
	}
	if err := s.n.cfg.Store.MarkSeen(ctx, id); err == nil {
		s.changed(e.Target)
	}
}

func (s *server) fetchEnded(e machine.Fetched) {
	key := s.fold(e.Target)
	for _, done := range s.fetches[key] {
		done <- fetched{e.Count, s.fresh, e.Err}
	}
	delete(s.fetches, key)
	s.fresh = 0
}
