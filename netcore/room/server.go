package room

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/book"
	"github.com/parlance-chat/parlance/netcore/room/dial"
	"github.com/parlance-chat/parlance/netcore/room/dialect"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/room/session"
)

// settleTime is how long a server is waited for at the end that has not answered for
// own messages.
const settleTime = 2 * time.Second

// server is one server; its goroutine runs it and owns what is not said to be
// guarded.
type server struct {
	n       *Network
	address dial.Address
	stop    context.CancelFunc

	calls       chan func()
	news        chan dial.News
	done        chan struct{} // closed when the goroutine has ended
	connections sync.WaitGroup

	machine    machine.Machine
	irc        *session.Session // the machine, if it is one; else nil
	connection *dial.Connection // nil: none
	found      net.Conn         // to begin with, see dial.Found; else nil
	cert       dial.Certificate
	warned     string // the last failure that a notice was about

	patience float64   // how much more the server itself may say now
	heard    time.Time // when it said something

	kept      kept
	names     *book.Names // which other goroutines use too
	book      *book.Book
	waiters   []waiter
	fetches   map[string][]chan fetched     // by folded target
	fresh     int                           // messages of the page under way that were not here
	whois     map[string][]chan string      // by nick
	asked     []chan machine.Done           // of commands, in their order
	status    map[chat.MessageID]chat.State // while Send waits for what it is to return
	withdrawn chat.MessageID                // the last one
	dirty     map[string]bool               // targets of which something is to be told
	tellAt    time.Time                     // when; zero: there is nothing
}

// waiter waits for a room to be joined.
type waiter struct {
	target string // folded
	done   chan error
}

// fetched is a page of history: how many messages it had, and how many of them were
// not here.
type fetched struct {
	count, fresh int
	err          error
}

// newServer makes a server that knows its conversations and is not connected.
func (n *Network) newServer(k kept) (*server, error) {
	a, err := dial.Parse(k.Address)
	if err != nil {
		return nil, err
	}
	s := &server{
		n: n, address: a, kept: k, calls: make(chan func()), news: make(chan dial.News), done: make(chan struct{}),
		fetches: make(map[string][]chan fetched), whois: make(map[string][]chan string),
		dirty: make(map[string]bool), names: book.NewNames(a), book: book.New(n.cfg.Store, a.Server()),
	}
	return s, nil
}

// begin makes the machine and tells it what is wanted and what waits.
func (s *server) begin(ctx context.Context) error {
	type start struct {
		keptRoom
		since  time.Time
		queued []chat.Message
	}
	var list []start
	var newest time.Time
	for _, r := range s.kept.Rooms {
		s.names.Know(r.Name, cmp.Or(r.As, r.Name))
		since, queued, err := s.held(ctx, r.Name)
		if err != nil {
			return err
		}
		list = append(list, start{r, since, queued})
		if since.After(newest) {
			newest = since
		}
	}
	name := s.n.userName()
	if s.address.Kind() != dial.IRC {
		s.machine = dialect.New(s.address.Kind().Dialect(), s.address.Host, cmp.Or(s.kept.Nick, name), nil)
	} else {
		nick := cmp.Or(s.kept.Nick, irc.NickFrom(name, 16), "p"+s.n.cfg.Key.ID().Short())
		s.irc = session.New(session.Config{
			Server: s.address.Host, Secure: s.address.Secure(), Nick: nick, Name: name, User: irc.NickFrom(nick, 9),
			Password: s.kept.Password, Account: s.kept.Account, Secret: s.kept.Secret, External: true, Since: newest,
		})
		s.machine = s.irc
	}
	for _, r := range list {
		switch {
		case r.Name == "":
		case s.isChannel(r.Name):
			s.step(machine.Join{Channel: r.Name, Key: r.Key, Since: r.since})
		default:
			s.step(machine.Talk{Nick: r.Name, Since: r.since})
		}
		for _, m := range r.queued {
			s.step(machine.Post{ID: m.ID, Target: r.Name, Text: m.Text, Doubtful: true})
		}
	}
	return nil
}

// run is the server's goroutine.
func (s *server) run(ctx context.Context) {
	defer close(s.done)
	if err := s.begin(ctx); err != nil {
		if ctx.Err() == nil {
			s.n.cfg.Log.Error("a server cannot be taken up", "server", s.address, "error", err)
		}
		return
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	ending, late := ctx.Done(), (<-chan time.Time)(nil)
	for {
		if ending == nil && (late == nil || s.irc == nil || !s.irc.Waits()) {
			s.step(machine.Stop{Reason: "Parlance ends"})
			s.giveUp(false)
			s.connections.Wait()
			return
		}
		select {
		case <-ending:
			ending, late = nil, time.After(settleTime)
		case <-late:
			late = nil
		case f := <-s.calls:
			f()
		case in := <-s.news:
			if in.From != s.connection {
				continue
			}
			if in.Certificate != nil {
				s.inspect(*in.Certificate)
			}
			if _, ok := in.Event.(machine.Closed); ok {
				s.giveUp(true)
			}
			s.step(in.Event)
		case <-timer.C:
			if !s.tellAt.IsZero() && !time.Now().Before(s.tellAt) {
				s.tell()
			}
			s.step(machine.Tick{})
		}
		next := s.machine.Next()
		if next.IsZero() || !s.tellAt.IsZero() && s.tellAt.Before(next) {
			next = s.tellAt
		}
		if next.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(max(0, time.Until(next)))
		}
	}
}

// call runs f in the server's goroutine and waits for it.
func (s *server) call(ctx context.Context, f func()) error {
	ran := make(chan struct{})
	select {
	case s.calls <- func() { f(); close(ran) }:
		<-ran
		return nil
	case <-s.done:
		return fmt.Errorf("%w: the server was left", chat.ErrUnknown)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// connect begins an attempt to reach the server; it lasts until giveUp.
func (s *server) connect() {
	s.connection = s.n.dialer.Connect(s.address, s.found, s.news)
	s.found = nil
	s.connections.Go(s.connection.Run)
}

// giveUp ends the connection, if there is one; lost says that nothing is to be had of
// it any more.
func (s *server) giveUp(lost bool) {
	if s.connection != nil {
		s.connection.Leave(lost)
		s.connection = nil
	}
}

func (s *server) retry() { s.step(machine.Retry{}) }

// inspect notes a certificate, and tells of one taken on trust.
func (s *server) inspect(c dial.Certificate) {
	s.cert = c
	if c.First {
		s.n.cfg.Emit(chat.Notice{Text: fmt.Sprintf("No authority vouches for %s. Its certificate %s was trusted because it is the first one seen, "+
			"and is kept: another one would be refused. To be sure, compare it with what the server's owner says.", s.address.Host, c.Fingerprint),
			Fingerprint: c.Fingerprint})
	}
}

// step has the machine decide and carries out what it asks for.
func (s *server) step(event machine.Event) {
	for _, effect := range s.machine.Step(time.Now(), event) {
		s.carryOut(effect)
	}
}

func (s *server) carryOut(effect machine.Effect) {
	switch e := effect.(type) {
	case machine.Dial:
		s.giveUp(true)
		s.connect()
	case machine.Write:
		s.write(e.Message)
	case machine.Raw:
		if s.connection != nil {
			s.connection.Send(e.Data)
		}
	case machine.Hangup:
		s.giveUp(e.Lost)
	case machine.Received:
		s.receive(e)
	case machine.Begun:
		s.begun(e.ID)
	case machine.Withdrawn:
		s.withdrawn = e.ID
	case machine.Advanced:
		s.advance(e)
	case machine.Refused:
		s.refuse(e.ID, e.Why)
	case machine.Entered:
		s.entered(e.Channel)
	case machine.Departed:
		s.departed(e)
	case machine.Renamed:
		s.renamed(e)
	case machine.Changed:
		s.changed(e.Target)
	case machine.Wrote:
		s.n.cfg.Emit(chat.Typing{Conversation: s.names.ID(e.Target), From: author(e.Nick), Active: e.Active})
	case machine.Reacted:
		s.reacted(e)
	case machine.SeenElsewhere:
		s.seen(e)
	case machine.Said:
		s.said(e)
	case machine.Fetched:
		s.fetchEnded(e)
	case machine.Answered:
		for _, done := range s.whois[e.Nick] {
			done <- e.Text
		}
		delete(s.whois, e.Nick)
	case machine.Done:
		s.asked[0] <- e
		s.asked = s.asked[1:]
	case machine.Warned:
		s.n.cfg.Emit(chat.Notice{Text: e.Text})
	}
}

// write writes a line; one that cannot be is what a user typed.
func (s *server) write(m irc.Message) {
	if s.connection == nil {
		return
	}
	line, err := irc.AppendMessage(nil, &m)
	if err != nil {
		s.said(machine.Said{From: s.address.Host, Text: fmt.Sprintf("Not sent: %v", err)})
		return
	}
	s.connection.Send(line)
}
