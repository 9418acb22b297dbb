package core

import (
	"encoding/base32"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// State is a server: what all servers share, and its own clients.
type State struct {
	cfg Config
	lim Limits
	now time.Time
	rng *rand.ChaCha8
	out []Output

	// Shared: these change in Applied only.
	users    map[Session]*user
	nicks    map[string]*user    // by folded nick
	channels map[string]*channel // by folded name
	accounts map[string]*account // by folded name
	entries  int                 // of the lists of all channels
	whowas   []was               // oldest first
	maxUsers int
	counts   counts            // of users, for LUSERS
	runs     map[Origin]uint64 // of servers, that are not over, and the tokens of their last events
	gone     map[string]uint64 // servers, and up to which start their runs are over

	// Of this server alone.
	started    time.Time
	clients    map[ClientID]*client
	locals     map[uint64]*client // by session
	watchers   map[string][]*client
	members    map[string][]*client // logged in, by folded account
	token      uint64
	session    uint64
	query      uint64
	batch      uint64
	marked     uint64               // see peers
	waiting    map[uint64]*job      // by token
	asked      map[uint64]*asked    // by query
	owed       []Event              // that must be stored: the ends of sessions
	paying     map[uint64]Event     // of those, the ones under way, by token
	losing     map[Origin]uint64    // runs whose end is under way, and the token of that
	sent       map[string]time.Time // when the last message of a conversation was sent from here
	down       bool                 // events are not stored, and none are appended
	downAt     uint64               // the last token before
	probing    uint64               // token of the probe under way; 0 for none
	over       bool                 // this run was declared over
	registered int                  // clients with a user
	maxLocal   int
	unsent     int // lines that could not be written: a fault of this package
}

// New returns the state of a network without users.
func New(cfg Config) *State {
	cfg = cfg.cleaned()
	return &State{
		cfg: cfg, lim: cfg.Limits.filled(), rng: rand.NewChaCha8(cfg.Seed),
		users: map[Session]*user{}, nicks: map[string]*user{}, channels: map[string]*channel{}, accounts: map[string]*account{},
		counts: counts{servers: map[string]int{}}, clients: map[ClientID]*client{}, locals: map[uint64]*client{}, watchers: map[string][]*client{}, members: map[string][]*client{},
		runs: map[Origin]uint64{}, gone: map[string]uint64{},
		waiting: map[uint64]*job{}, asked: map[uint64]*asked{}, paying: map[uint64]Event{}, losing: map[Origin]uint64{}, sent: map[string]time.Time{},
	}
}

// cleaned makes what people wrote fit for lines.
func (cfg Config) cleaned() Config {
	cfg.Name = word(cfg.Name)
	cfg.Network, cfg.Version, cfg.Description = oneLine(cfg.Network), oneLine(cfg.Version), oneLine(cfg.Description)
	return cfg
}

// Step takes an input and returns what is to be done, in order.
func (s *State) Step(now time.Time, in Input) []Output {
	s.now = now // whole, for what is quiet and for how long is told by its monotonic clock
	if s.started.IsZero() {
		s.started = s.now
	}
	switch in := in.(type) {
	case Connected:
		s.connected(in)
	case Line:
		if c := s.clients[in.Client]; c != nil {
			s.line(c, in.Message)
		}
	case Malformed:
		s.malformed(in)
	case Disconnected:
		s.disconnected(in)
	case Applied:
		s.applied(in.Event)
	case Refused:
		s.refused(in)
	case Found:
		s.answered(in.Query, in)
	case Hashed:
		s.answered(in.Query, in)
	case Verified:
		s.answered(in.Query, in)
	case Silent:
		s.probe()
	case Lost:
		s.lost(in.Origin)
	case Tick:
		s.tick()
	case Reloaded:
		s.reloaded(in)
	}
	out := s.out
	s.out = nil
	for i := range out {
		if send, ok := out[i].(*Send); ok {
			out[i] = *send
		}
	}
	return out
}

// append sends an event on its way and returns its token.
func (s *State) append(ev Event) uint64 {
	s.token++
	ev.Origin, ev.Token, ev.ID = s.cfg.Origin, s.token, s.msgid()
	if ev.Time.IsZero() {
		ev.Time = stamp(s.now)
	}
	s.out = append(s.out, Append{Token: ev.Token, Event: ev})
	return ev.Token
}

// applied changes what is shared.
func (s *State) applied(ev Event) {
	if !s.admit(&ev) {
		if ev.Talk != "" {
			s.out = append(s.out, Erase{Subject: ev.Subject(), ID: ev.ID})
		}
		return
	}
	mine := ev.Origin == s.cfg.Origin
	if mine {
		s.overtaken(ev.Token)
	}
	x := &call{s: s, at: ev.Time, ev: &ev, applied: true, m: ev.Message, u: s.users[Session{ev.Origin, ev.Session}]}
	if mine {
		x.j = s.waiting[ev.Token]
		x.c = s.locals[ev.Session]
		delete(s.waiting, ev.Token)
		delete(s.paying, ev.Token)
		if x.j != nil {
			x.j.c.doubt = time.Time{}
		}
		if s.down && ev.Token > s.downAt {
			s.down = false
			s.tell("The server stores messages again.")
			defer s.pay()
		}
	}
	if e, ok := events[ev.Message.Command]; ok {
		if (e.anyone || x.u != nil) && len(ev.Message.Params) >= e.params && e.check(x) {
			e.apply(x)
		} else if ev.Talk != "" {
			s.out = append(s.out, Erase{Subject: ev.Subject(), ID: ev.ID})
		}
	}
	if x.j != nil {
		s.release(x.j)
	}
}

// overtaken settles the events of this server before one that was applied: they
// do not count any more.
func (s *State) overtaken(by uint64) {
	late := func(token uint64) bool { return token < by }
	for _, token := range sortedTokens(s.waiting, late) {
		s.undo(token)
	}
	for _, token := range sortedTokens(s.paying, late) {
		s.owed = append(s.owed, s.paying[token])
		delete(s.paying, token)
	}
	maps.DeleteFunc(s.losing, func(_ Origin, token uint64) bool { return late(token) })
	if s.probing <= by {
		s.probing = 0
	}
	if !s.down {
		s.pay()
	}
}

func sortedTokens[T any](under map[uint64]T, which func(uint64) bool) []uint64 {
	var tokens []uint64
	for token := range under {
		if which(token) {
			tokens = append(tokens, token)
		}
	}
	slices.Sort(tokens)
	return tokens
}

// refused takes note that an event was not stored, or perhaps not.
func (s *State) refused(in Refused) {
	s.fall()
	if s.probing == in.Token {
		s.probing = 0
	}
	if ev, ok := s.paying[in.Token]; ok {
		delete(s.paying, in.Token)
		s.owed = append(s.owed, ev)
	}
	maps.DeleteFunc(s.losing, func(_ Origin, token uint64) bool { return token == in.Token })
	j := s.waiting[in.Token]
	switch {
	case j == nil:
	case !in.Unclear:
		s.undo(in.Token)
	case j.c.registering: // should it be taken in after all, the end of the connection ends that
		s.close(j.c, "The server cannot take you in now; try again later")
	case j.c.doubt.IsZero():
		j.c.doubt = s.now
	}
}

// undo tells a client that its command came to nothing.
func (s *State) undo(token uint64) {
	j := s.waiting[token]
	delete(s.waiting, token)
	command := j.m.Command
	if j.c.u == nil && j.c.registering {
		command = eventConnect
	}
	j.c.doubt = time.Time{}
	(&call{s: s, at: s.now, c: j.c, u: j.c.u, j: j, m: j.m}).unavailable(command)
	s.release(j)
}

// fall has the server take nothing more until events are stored again.
func (s *State) fall() {
	if s.down {
		return
	}
	s.down, s.downAt = true, s.token
	s.tell("The server cannot store messages now; nothing that you send is accepted until it can.")
	s.probe()
}

// probe finds out whether events are stored.
func (s *State) probe() {
	if s.probing == 0 && !s.over {
		s.probing = s.append(Event{Message: irc.New("", eventProbe)})
	}
}

// lost ends the sessions of a server that is no more.
func (s *State) lost(o Origin) {
	if _, ok := s.losing[o]; !ok && !s.down {
		s.losing[o] = s.append(Event{Message: irc.New("", eventGone, o.Server, strconv.FormatUint(o.Start, 10))})
	}
}

// owe appends an event, again and again until it is stored.
func (s *State) owe(ev Event) {
	s.owed = append(s.owed, ev)
	s.pay()
}

func (s *State) pay() {
	if s.down {
		return
	}
	owed := s.owed
	s.owed = nil
	for _, ev := range owed {
		s.paying[s.append(ev)] = ev
	}
}

// oust ends what this server does: its run was declared over.
func (s *State) oust() {
	s.down, s.over = true, true
	for _, token := range sortedTokens(s.waiting, func(uint64) bool { return true }) {
		s.undo(token)
	}
	s.owed = nil
	clear(s.paying)
	clear(s.losing)
	s.out = append(s.out, Ousted{})
}

// tell sends a notice to every client of this server.
func (s *State) tell(text string) {
	p := post{at: s.now}
	for _, id := range slices.Sorted(maps.Keys(s.clients)) {
		if c := s.clients[id]; c.u != nil {
			m := irc.Text(s.cfg.Name, "NOTICE", c.u.nick, text)
			p.made, p.msg = nil, m
			s.post(&p, c, nil)
		}
	}
}

func (s *State) reloaded(in Reloaded) {
	if in.Err != nil {
		s.tellOpers("The configuration could not be read: " + in.Err.Error())
		return
	}
	cfg := in.Config.cleaned()
	cfg.Origin, cfg.Name, cfg.Network, cfg.Seed, cfg.Created = s.cfg.Origin, s.cfg.Name, s.cfg.Network, s.cfg.Seed, s.cfg.Created
	s.cfg, s.lim = cfg, cfg.Limits.filled().keepShared(s.lim)
	s.tellOpers("The configuration was read again.")
}

func (s *State) tellOpers(text string) {
	for _, id := range slices.Sorted(maps.Keys(s.clients)) {
		if c := s.clients[id]; c.u != nil && c.u.oper != "" {
			s.send(c, nil, irc.Text(s.cfg.Name, "NOTICE", c.u.nick, oneLine(text)))
		}
	}
}

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// msgid returns a new message's ID: 128 random bits.
func (s *State) msgid() string {
	var b [16]byte
	s.random(b[:])
	return lowerBase32.EncodeToString(b[:])
}

func (s *State) random(b []byte) { s.rng.Read(b) } // never fails

// oneLine makes any text fit for a line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == 0 {
			return ' '
		}
		return r
	}, text)
}

func fold(name string) string { return irc.ASCII.Fold(name) }

func isChannel(target string) bool { return strings.HasPrefix(target, "#") }
