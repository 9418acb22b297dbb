package control

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Bounds of the API beside chat.MaxControlRequest.
const (
	// MaxPage is how many messages one call returns: with texts of the greatest
	// length it stays within memory that any machine has.
	MaxPage = 500

	// headerTime is how long a request's header may take: the other side is on
	// the same machine.
	headerTime = 10 * time.Second

	// closeTime is how long Close waits for calls that are being answered.
	closeTime = 2 * time.Second
)

// Config says what to serve. Only Node is needed everywhere.
type Config struct {
	Node    Node
	Profile string       // the folder that the socket stands in
	Show    func()       // brings the app's window to the front; nil: there is none
	Log     *slog.Logger // nil: discard
}

// Server answers for a Node until Close. It must be closed before the Node, so
// that calls being answered still find it open, and before the profile's lock
// goes, so that the socket is never taken from a successor.
type Server struct {
	node  Node
	show  func()
	log   *slog.Logger
	since time.Time

	http     *http.Server
	listener listener
	served   chan struct{}   // closed when the accept loop has ended
	conns    sync.WaitGroup  // connections, each with its call; the accept loop adds
	closing  context.Context // ends with Close, and streams with it
	stop     context.CancelFunc
	close    sync.Once
	failed   error // what Close returns
}

// listener is one that can go away without turning away who has connected.
type listener interface {
	net.Listener
	// drain ends listening: Accept returns those who have connected, then
	// net.ErrClosed.
	drain() error
}

// Serve makes the profile's socket and answers there.
func Serve(cfg Config) (*Server, error) {
	l, err := listen(cfg.Profile)
	if err != nil {
		return nil, err
	}
	s := newServer(cfg)
	s.serve(l)
	return s, nil
}

// serve answers at l.
func (s *Server) serve(l listener) {
	s.listener = l
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTime,
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				s.conns.Add(1)
			case http.StateClosed:
				s.conns.Done()
			}
		},
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(l); s.closing.Err() == nil {
			s.log.Error("control socket stopped", "error", err)
		}
	}()
}

func newServer(cfg Config) *Server {
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Server{node: cfg.Node, show: cfg.Show, log: log, since: time.Now(), served: make(chan struct{})}
	s.closing, s.stop = context.WithCancel(context.Background())
	return s
}

// Close takes the socket away, answers those who had found it, ends the streams
// and waits for all of them. It is idempotent.
func (s *Server) Close() error {
	s.close.Do(func() {
		s.stop()
		s.http.SetKeepAlivesEnabled(false) // who has nothing more to ask is not waited for
		s.failed = s.listener.drain()
		<-s.served
		answered := make(chan struct{})
		go func() { s.conns.Wait(); close(answered) }()
		// Server.Shutdown would drop what is asked on connections that it waits for.
		select {
		case <-answered:
		case <-time.After(closeTime):
			s.log.Warn("control socket closed in the middle of a call")
		}
		s.http.Close()
		<-answered
	})
	return s.failed
}
