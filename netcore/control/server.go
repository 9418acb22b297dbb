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

	http    *http.Server
	socket  *socket         // nil within the process
	served  chan struct{}   // closed when the accept loop has ended
	closing context.Context // ends with Close, and streams with it
	stop    context.CancelFunc
	close   sync.Once
	failed  error // what Close returns

	mu      sync.Mutex
	closed  bool           // no call begins any more
	ongoing sync.WaitGroup // calls; grows only while closed is false
}

// Serve makes the profile's socket and answers there.
func Serve(cfg Config) (*Server, error) {
	l, err := listen(cfg.Profile)
	if err != nil {
		return nil, err
	}
	s := newServer(cfg)
	s.socket = l
	s.serve(l)
	return s, nil
}

// serve answers at l.
func (s *Server) serve(l net.Listener) {
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTime,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
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

// Close takes the socket away, lets calls that are being answered finish for a
// moment, ends the streams and waits for all of them. It is idempotent.
func (s *Server) Close() error {
	s.close.Do(func() {
		s.stop()
		if s.socket != nil {
			s.failed = s.socket.drain()
			<-s.served
		}
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		if err := s.http.Shutdown(ctx); err != nil {
			s.log.Warn("control socket closed in the middle of a call", "error", err)
			s.http.Close()
		}
		<-s.served
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		s.ongoing.Wait() // http.Server waits for connections, not for handlers
	})
	return s.failed
}

// begin counts a call that begins, unless it is too late for one.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.ongoing.Add(1)
	return true
}
