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
	whowas   []was               // oldest first
	maxUsers int
	counts   counts // of users, for LUSERS

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
	marked     uint64            // see peers
	waiting    map[uint64]*job   // by token
	asked      map[uint64]*asked // by query
	owed       map[uint64]*owed  // events that must be stored, by token
	losing     map[string]uint64 // servers whose end is under way, and up to which start
	down       bool              // the last append was refused
	registered int               // clients with a user
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
		waiting: map[uint64]*job{}, asked: map[uint64]*asked{}, owed: map[uint64]*owed{}, losing: map[string]uint64{},
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
	s.now = stamp(now)
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
	case Lost:
		s.losing[in.Origin.Server] = max(s.losing[in.Origin.Server], in.Origin.Start)
		s.owe(Event{Message: irc.New("", eventGone, in.Origin.Server, strconv.FormatUint(in.Origin.Start, 10))})
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

// Origins returns whose sessions there are, in order: a server that starts
// gives a Lost for those of itself that are over.
func (s *State) Origins() []Origin {
	set := map[Origin]bool{}
	for id := range s.users {
		set[id.Origin] = true
	}
	return slices.SortedFunc(maps.Keys(set), func(a, b Origin) int {
		if a.Server != b.Server {
			return strings.Compare(a.Server, b.Server)
		}
		return int(min(max(int64(a.Start-b.Start), -1), 1))
	})
}

// applied changes what is shared.
func (s *State) applied(ev Event) {
	x := &call{s: s, at: ev.Time, ev: &ev, applied: true, m: ev.Message, u: s.users[Session{ev.Origin, ev.Session}]}
	if ev.Origin == s.cfg.Origin {
		x.j = s.waiting[ev.Token]
		x.c = s.locals[ev.Session]
		delete(s.waiting, ev.Token)
		delete(s.owed, ev.Token)
		if s.down {
			s.down = false
			s.tell("The server stores messages again.")
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

// refused tells a client that its command came to nothing.
func (s *State) refused(in Refused) {
	if !s.down {
		s.down = true
		s.tell("The server cannot store messages now; nothing that you send is accepted until it can.")
	}
	if o := s.owed[in.Token]; o != nil {
		o.refused = true // the next Tick tries again
		return
	}
	j := s.waiting[in.Token]
	if j == nil {
		return
	}
	delete(s.waiting, in.Token)
	x := &call{s: s, at: s.now, c: j.c, u: j.c.u, j: j, m: j.m}
	if j.c.u == nil && j.c.registering {
		s.close(j.c, "The server cannot take you in now; try again later")
	} else {
		x.fail(j.m.Command, "TEMPORARILY_UNAVAILABLE", j.context(), "The server cannot store this now; try again later")
	}
	s.release(j)
}

// owed is an event that must be stored: a user or a server that is gone.
type owed struct {
	ev      Event
	refused bool // and not appended again since
}

// owe appends an event again and again until it is stored.
func (s *State) owe(ev Event) {
	s.token++
	ev.Origin, ev.Token, ev.Time, ev.ID = s.cfg.Origin, s.token, s.now, s.msgid()
	s.owed[ev.Token] = &owed{ev: ev}
	s.out = append(s.out, Append{Token: ev.Token, Event: ev})
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
