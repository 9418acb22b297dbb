package core

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// client is a connection to this server.
type client struct {
	id       ClientID
	conn     Connected
	session  uint64
	caps     capSet
	version  int  // of capability negotiation, 0 before
	capping  bool // CAP LS or REQ came and CAP END did not
	pass     string
	nick     string // asked for, before registration
	userName string
	realname string
	account  string // logged in to, before registration
	u        *user  // once registered

	registering bool // its CONNECT is under way
	closed      bool // nothing is taken from it and nothing sent to it
	fails       int  // log-ins
	sasl        *saslTalk
	collecting  *collecting
	watching    map[string]string // by MONITOR: folded nick to nick

	jobs      int       // lines under way
	asides    int       // jobs that no later line waits for
	doubt     time.Time // since when it is not known whether one of them is stored; zero if none
	streaming bool      // all of them are messages
	draining  bool
	paused    bool
	queue     []irc.Message
	queued    int // bytes in queue
	mark      uint64

	since  time.Time
	heard  time.Time
	pinged time.Time // zero unless an answer is awaited
}

// job is a line of a client on its way to its answers.
type job struct {
	c     *client
	m     irc.Message
	label string
	lines []irc.Message // the answers so far, if there is a label
	wait  int           // what is outstanding: events, queries, and the command itself
	aside bool          // later lines do not wait for it
}

// aside returns a call whose answers no later line of the client waits for.
func (x *call) aside() *call {
	x.c.asides++
	y := *x
	y.j = &job{c: x.c, m: x.m, aside: true}
	return &y
}

// context is what a refused command was about, for a standard reply.
func (j *job) context() []string {
	if len(j.m.Params) == 0 || j.m.Params[0] == "" || j.m.Command == "REGISTER" || j.m.Command == "AUTHENTICATE" {
		return nil
	}
	return []string{word(j.m.Params[0])}
}

// asked is a query under way.
type asked struct {
	j    *job
	then func(x *call, in Input)
}

func (s *State) connected(in Connected) {
	if s.clients[in.Client] != nil {
		return
	}
	if in.Host == "" {
		in.Host = in.Address.Addr().Unmap().String()
	}
	in.Host = hostWord(in.Host, s.lim.Host)
	s.session++
	c := &client{id: in.Client, conn: in, session: s.session, since: s.now, heard: s.now}
	s.clients[c.id], s.locals[c.session] = c, c
}

func (s *State) disconnected(in Disconnected) {
	c := s.clients[in.Client]
	if c == nil {
		return
	}
	s.unwatchAll(c)
	delete(s.clients, c.id)
	delete(s.locals, c.session)
	c.closed, c.queue, c.queued = true, nil, 0
	if c.u != nil {
		s.leaveAccount(c)
		c.u.client = nil
		s.registered--
	}
	if c.registering || c.u != nil && s.users[c.u.id] == c.u {
		s.owe(Event{Session: c.session, Message: irc.Text("", "QUIT", clip(oneLine(in.Reason), s.lim.Kick))})
	}
}

// close ends a connection; the glue reports it gone afterwards.
func (s *State) close(c *client, reason string) {
	if c.closed {
		return
	}
	s.send(c, nil, irc.Text("", "ERROR", "Closing Link: "+c.conn.Host+" ("+reason+")"))
	s.out = append(s.out, Close{Client: c.id, Reason: reason})
	c.closed, c.queue, c.queued = true, nil, 0
}

func (s *State) malformed(in Malformed) {
	c := s.clients[in.Client]
	if c == nil || c.closed {
		return
	}
	c.heard, c.pinged = s.now, time.Time{}
	if errors.Is(in.Err, irc.ErrTooLong) || errors.Is(in.Err, irc.ErrTagsTooLong) {
		x := &call{s: s, at: s.now, c: c, u: c.u}
		x.reply(irc.ERR_INPUTTOOLONG)
	}
}

// line takes a line of a client, to be answered now or in its turn.
func (s *State) line(c *client, m irc.Message) {
	if c.closed {
		return
	}
	c.heard, c.pinged = s.now, time.Time{}
	if len(c.queue) == 0 && s.start(c, m) {
		return
	}
	c.queued += size(&m)
	if len(c.queue) >= s.lim.Waiting || c.queued > maxWaiting {
		s.close(c, "Too many lines at once")
		return
	}
	c.queue = append(c.queue, m)
	if !c.paused && len(c.queue) > min(pauseAt, s.lim.Waiting/2) {
		c.paused = true
		s.out = append(s.out, Pause{Client: c.id, On: true})
	}
}

// size is about how many bytes a message that waits holds.
func size(m *irc.Message) int {
	n := 128 + m.Tags.Size()
	for _, p := range m.Params {
		n += 16 + len(p)
	}
	return n
}

// start runs a line unless it has to wait for an earlier one. Messages may
// follow messages that are under way: they keep their order in the stream.
func (s *State) start(c *client, m irc.Message) bool {
	message := m.Command == "PRIVMSG" || m.Command == "NOTICE" || m.Command == "TAGMSG"
	if c.jobs > 0 && (!c.streaming || !message || c.jobs >= maxPipeline || !s.certain(c, m)) {
		return false
	}
	if c.asides >= maxAsides && m.Command == "JOIN" {
		return false
	}
	if c.jobs == 0 {
		c.streaming = message
	}
	j := &job{c: c, m: m, wait: 1}
	if c.caps.has(capLabels | capBatch) {
		if label := m.Tags.Value("label"); len(label) <= maxLabel {
			j.label = label
		}
	}
	c.jobs++
	(&call{s: s, at: s.now, c: c, u: c.u, j: j, m: m}).run()
	s.release(j)
	return true
}

// release notes that one thing a job waited for is there.
func (s *State) release(j *job) {
	if j.wait--; j.wait > 0 {
		return
	}
	c := j.c
	if j.label != "" && !c.closed {
		for _, m := range irc.Labelled(s.cfg.Name, j.label, s.batchRef(), j.lines) {
			s.emit(c.id, m)
		}
	}
	if j.aside {
		c.asides--
	} else {
		c.jobs--
	}
	if c.draining {
		return
	}
	c.draining = true
	for len(c.queue) > 0 && !c.closed && s.start(c, c.queue[0]) {
		if len(c.queue) > 0 {
			c.queued -= size(&c.queue[0])
			c.queue[0] = irc.Message{} // or it is held as long as the others
			c.queue = c.queue[1:]
		}
	}
	c.draining = false
	if len(c.queue) == 0 {
		c.queue, c.queued = nil, 0
	}
	if c.paused && !c.closed && len(c.queue) <= min(pauseAt, s.lim.Waiting/2)/2 {
		c.paused = false
		s.out = append(s.out, Pause{Client: c.id})
	}
}

// answered goes on with a command that waited for a query.
func (s *State) answered(query uint64, in Input) {
	a := s.asked[query]
	if a == nil {
		return
	}
	delete(s.asked, query)
	if !a.j.c.closed {
		a.then(&call{s: s, at: s.now, c: a.j.c, u: a.j.c.u, j: a.j, m: a.j.m}, in)
	}
	s.release(a.j)
}

// Next returns when a Tick is wanted; zero when none is.
func (s *State) Next() time.Time {
	switch {
	case len(s.owed) > 0 || s.down && !s.over:
		return s.now.Add(time.Second)
	case len(s.clients) > 0:
		return s.now.Add(max(min(s.lim.Ping, s.lim.Register)/8, time.Second))
	}
	return time.Time{}
}

func (s *State) tick() {
	if s.down {
		s.probe()
	}
	s.pay()
	s.forgetSent()
	for _, id := range slices.Sorted(maps.Keys(s.clients)) {
		if c := s.clients[id]; !c.closed && !c.conn.NoLimits {
			s.checkAlive(c)
		}
	}
}

func (s *State) checkAlive(c *client) {
	switch {
	case !c.doubt.IsZero() && s.now.Sub(c.doubt) >= maxDoubt:
		s.close(c, "The server is cut off; whether what you sent last is stored is not known")
	case c.u == nil:
		if !c.registering && s.now.Sub(c.since) >= s.lim.Register {
			s.close(c, "Registration timeout")
		}
	case !c.pinged.IsZero():
		if quiet := s.now.Sub(c.heard); s.now.Sub(c.pinged) >= s.lim.Ping {
			s.close(c, fmt.Sprintf("Ping timeout: %d seconds", int(quiet.Seconds())))
		}
	case s.now.Sub(c.heard) >= s.lim.Ping && !c.paused:
		c.pinged = s.now
		s.send(c, nil, irc.Text("", "PING", s.cfg.Name))
	}
}
