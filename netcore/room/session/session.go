package session

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/history"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/room/outbox"
)

// The times of a connection.
const (
	// registerTime is how long a server may take to let one in: some look up host
	// names and identd first.
	registerTime = time.Minute
	// idleTime is after how much silence a PING is sent, and deadTime how long its
	// answer may take.
	idleTime = time.Minute
	deadTime = 30 * time.Second
	// The time between attempts doubles from the first to the last, each times a
	// random factor of 0.5 to 1.5, so that a server's clients do not come back as one.
	firstRetry = 500 * time.Millisecond
	lastRetry  = 5 * time.Minute
	// steadyTime is after how long on a server its next failure counts as the first.
	steadyTime = 30 * time.Second
	// regainTime is how often a nick that was taken is asked for again.
	regainTime = time.Minute
	// answerTime is how long the answer to a command is waited for.
	answerTime = 20 * time.Second
)

// The bounds.
const (
	maxRooms     = 500    // channels and private conversations together
	maxMembers   = 20_000 // of a channel that are held; the others are counted
	maxPeople    = 60_000 // of all channels
	maxMalformed = 100    // lines of a connection that cannot be read
	maxAnswer    = 100    // lines of an answer to Whois
	maxTargets   = 50     // private conversations found in history at a reconnect
	maxInvites   = 3      // of a connection that are told apart from what the server says
)

// Config holds what a session needs; Nick is needed.
type Config struct {
	Server string // what it is called in texts for people
	Secure bool   // the connection is encrypted
	Nick   string // the wish; a taken one gets underscores
	User   string // "": the nick
	Name   string // for people; "": the nick

	Password        string // of the server
	Account, Secret string // to sign in with
	External        bool   // the connection presents a certificate to sign in with

	// Since is the time of the newest message held of the server: private
	// conversations since then are looked for.
	Since time.Time

	Random *rand.Rand    // nil: the program's
	Nonce  func() string // of SCRAM; nil: random
}

// Session is the machine. One goroutine owns it.
type Session struct {
	cfg Config
	now time.Time
	out []machine.Effect

	state     state
	reason    error // why it is not online
	retryAt   time.Time
	failures  int
	opened    time.Time // the connection
	heard     time.Time // the last line
	pinged    time.Time // a PING for silence is on its way; zero: none
	malformed int

	nick     string // now, or as last tried
	source   string // nick!user@host as others see it, once known
	nicks    map[string]bool
	regainAt time.Time
	lastGone time.Time // when the last connection ended

	caps    map[string]string // what the server offers, with values
	on      map[string]bool   // what is enabled
	reg     registration
	support irc.ISupport
	batches irc.Collector

	rooms  map[string]*room // by folded name
	outbox outbox.Box
	pumpAt time.Time // when it may write more; zero: not before an event
	whois  *whois
	asked  []asked // the oldest first
	warned bool    // that the account's password was not accepted
	// invites counts those of this connection.
	invites int
}

type state int

const (
	waiting state = iota // for retryAt
	dialing
	registering
	online
	stopped // by a final failure or by Stop
)

// New returns a session that dials at its first Tick.
func New(cfg Config) *Session {
	cfg.User = cmp.Or(cfg.User, cfg.Nick)
	cfg.Name = cmp.Or(cfg.Name, cfg.Nick)
	s := &Session{cfg: cfg, nick: cfg.Nick, rooms: make(map[string]*room), nicks: make(map[string]bool), lastGone: cfg.Since, retryAt: time.Unix(0, 0)}
	s.outbox.Begin()
	return s
}

// Step implements machine.Machine.
func (s *Session) Step(now time.Time, event machine.Event) []machine.Effect {
	s.now, s.out = now, nil
	switch e := event.(type) {
	case machine.Opened:
		s.begin()
	case machine.Line:
		s.line(e.Text)
	case machine.Closed:
		s.closed(e)
	case machine.Retry:
		if s.state == waiting || s.state == stopped {
			s.state, s.failures, s.retryAt = waiting, 0, now
		}
	case machine.Join:
		s.join(e)
	case machine.Talk:
		if r := s.talk(e.Nick); r != nil {
			r.history.Hold(history.Mark{At: e.Since})
		}
	case machine.Part:
		s.part(e)
	case machine.Post:
		s.post(e)
	case machine.Withdraw:
		if s.outbox.Withdraw(e.ID) {
			s.do(machine.Withdrawn(e))
		}
	case machine.React:
		s.react(e)
	case machine.Older:
		s.older(e)
	case machine.Typing:
		s.typing(e)
	case machine.Seen:
		if s.state == online && s.on["draft/read-marker"] && s.rooms[s.fold(e.Target)] != nil {
			s.write(irc.New("", "MARKREAD", e.Target, "timestamp="+irc.FormatTime(e.Time)))
		}
	case machine.Command:
		s.command(e.Message)
	case machine.Whois:
		s.askWhois(e.Nick)
	case machine.Stop:
		if s.state == registering || s.state == online {
			s.write(irc.Text("", "QUIT", e.Reason))
			s.do(machine.Hangup{})
		}
		s.state = stopped
	}
	s.tick()
	s.pump()
	return s.out
}

// Next implements machine.Machine.
func (s *Session) Next() time.Time {
	var next time.Time
	at := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	switch s.state {
	case waiting:
		at(s.retryAt)
	case registering:
		at(s.opened.Add(registerTime))
	case online:
		if s.pinged.IsZero() {
			at(s.heard.Add(idleTime))
		} else {
			at(s.pinged.Add(deadTime))
		}
		at(s.regainAt)
		at(s.pumpAt)
		if len(s.asked) > 0 {
			at(s.asked[0].at.Add(answerTime))
		}
		if s.whois != nil {
			at(s.whois.at.Add(answerTime))
		}
		for _, r := range s.rooms {
			at(r.history.Due())
		}
	}
	return next
}

// tick does what time has brought.
func (s *Session) tick() {
	due := func(t time.Time) bool { return !t.IsZero() && !s.now.Before(t) }
	switch s.state {
	case waiting:
		if !s.now.Before(s.retryAt) {
			s.state = dialing
			s.do(machine.Dial{})
			s.do(machine.Changed{})
		}
	case registering:
		if due(s.opened.Add(registerTime)) {
			s.hangup(fmt.Errorf("%s did not let us in within %v", s.cfg.Server, registerTime))
		}
	case online:
		switch {
		case !s.pinged.IsZero() && due(s.pinged.Add(deadTime)):
			s.hangup(fmt.Errorf("%s no longer answers", s.cfg.Server))
			return
		case s.pinged.IsZero() && due(s.heard.Add(idleTime)):
			s.pinged = s.now
			s.write(irc.New("", "PING", "alive"))
		}
		if due(s.regainAt) {
			s.regainAt = time.Time{}
			if s.nick != s.cfg.Nick {
				s.write(irc.New("", "NICK", s.cfg.Nick))
				s.regainAt = s.now.Add(regainTime)
			}
		}
		for len(s.asked) > 0 && due(s.asked[0].at.Add(answerTime)) {
			s.refuses("the server does not answer")
			s.answersCommand()
		}
		if s.whois != nil && due(s.whois.at.Add(answerTime)) {
			s.whois.lines = append(s.whois.lines, "The server does not answer.")
			s.answerWhois()
		}
		for _, r := range s.rooms {
			if due(r.history.Due()) {
				s.unanswered(r, errors.New("the server does not answer"))
			}
		}
	}
}

// begin introduces this client on a new connection.
func (s *Session) begin() {
	if s.state != dialing {
		return
	}
	s.state, s.opened, s.heard, s.pinged, s.malformed = registering, s.now, s.now, time.Time{}, 0
	s.caps, s.on = make(map[string]string), make(map[string]bool)
	s.support, s.batches, s.reg = irc.ISupport{}, irc.Collector{}, registration{}
	s.nick, s.source, s.whois, s.invites = s.cfg.Nick, "", nil, 0
	s.outbox.Begin()
	s.write(irc.New("", "CAP", "LS", "302"))
	if s.cfg.Password != "" {
		s.write(irc.New("", "PASS", s.cfg.Password))
	}
	s.write(irc.New("", "NICK", s.nick))
	s.write(irc.Text("", "USER", s.cfg.User, "0", "*", s.cfg.Name))
	s.do(machine.Changed{})
}

// closed puts everything back to where it is without a connection.
func (s *Session) closed(e machine.Closed) {
	if s.state == stopped || s.state == waiting {
		return
	}
	if s.state == online {
		s.lastGone = s.now
		if s.now.Sub(s.opened) >= steadyTime {
			s.failures = 0
		}
	}
	s.reason = e.Err
	if s.reason == nil {
		s.reason = errors.New("the server closed the connection")
	}
	wait := min(firstRetry<<min(s.failures, 20), lastRetry)
	s.failures++
	s.retryAt = s.now.Add(time.Duration(float64(wait) * (0.5 + s.random())))
	s.state, s.regainAt = waiting, time.Time{}
	if e.Final {
		s.state = stopped
	}
	s.do(s.outbox.Close()...)
	for _, r := range s.rooms {
		r.reset()
		s.abandon(r, s.reason)
		s.changed(r)
	}
	s.answerWhois()
	s.abandonCommands()
	s.do(machine.Changed{})
}

// hangup ends a connection that cannot go on.
func (s *Session) hangup(why error) {
	s.do(machine.Hangup{Lost: true})
	s.closed(machine.Closed{Err: why})
}

func (s *Session) do(effects ...machine.Effect) { s.out = append(s.out, effects...) }

func (s *Session) changed(r *room) { s.do(machine.Changed{Target: r.name}) }

// pump writes what can be written of what waits.
func (s *Session) pump() {
	s.pumpAt = time.Time{}
	if s.state == online && s.reg.ready {
		var effects []machine.Effect
		effects, s.pumpAt = s.outbox.Pump(s.now, s.terms())
		s.do(effects...)
	}
}

func (s *Session) terms() outbox.Terms {
	return outbox.Terms{
		Labels: s.on["labeled-response"], Tags: s.on["message-tags"], Replies: s.passes("draft/reply"),
		Line: s.support.Number("LINELEN", irc.MaxLine), Source: s.source,
	}
}

// write writes at once, past the flood limit, which takes note.
func (s *Session) write(m irc.Message) {
	s.outbox.Spend()
	s.do(machine.Write{Message: m})
}

func (s *Session) random() float64 {
	if s.cfg.Random != nil {
		return s.cfg.Random.Float64()
	}
	return rand.Float64()
}

func (s *Session) fold(name string) string { return s.support.CaseMapping().Fold(name) }

// isMe says whether a nick is this client's now.
func (s *Session) isMe(nick string) bool { return s.fold(nick) == s.fold(s.nick) }

// wasMe says whether a message in the past is one's own: from a nick that this
// client has had, or from its account.
func (s *Session) wasMe(nick, account string) bool {
	return s.nicks[s.fold(nick)] || account != "" && (account == s.cfg.Account || account == s.reg.account)
}
