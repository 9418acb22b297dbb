package roomserver

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
	"github.com/parlance-chat/parlance/netcore/roomserver/journal"
)

// How long the end may take: first for the connections, then for the events that
// say so.
const (
	drainConns  = 3 * time.Second
	drainEvents = 5 * time.Second
)

// ErrOusted says that this server was cut off from the journal for so long that
// the others counted it as gone. A new Server starts over.
var ErrOusted = errors.New("cut off from the journal for too long")

// ErrStuck says that the journal stores nothing any more, and why is not known. A
// new Server starts over.
var ErrStuck = errors.New("the journal is stuck")

// Server is a running room server.
type Server struct {
	cfg    Config // as at the start; what Reload may change stands below
	log    *slog.Logger
	origin core.Origin

	limits      atomic.Pointer[Limits]
	certificate atomic.Pointer[tls.Certificate]

	folder          *folder
	journal         *journal.Journal
	listeners       []listener
	metricsListener net.Listener // nil without Metrics
	conns           conns
	metrics         metrics

	loop    loop
	history [4]worker // by conversation, so that a redaction is seen by the next question
	hashing [2]worker
	ready   chan struct{}
	stop    context.CancelCauseFunc
	workers sync.WaitGroup
}

// New takes the data folder, opens the journal and the listeners. Nobody is
// served before Run.
func New(ctx context.Context, cfg Config) (*Server, error) {
	cfg = cfg.filled()
	s := &Server{cfg: cfg, log: cfg.Log, ready: make(chan struct{})}
	s.limits.Store(&cfg.Limits)
	s.conns.init()
	s.loop.init()
	if err := s.open(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *Server) open(ctx context.Context) error {
	var err error
	if s.folder, err = openFolder(s.cfg.Data); err != nil {
		return err
	}
	cfg, err := s.cfg.core()
	if err != nil {
		return err
	}
	if cfg.Origin, cfg.Created, err = s.folder.origin(time.Now()); err != nil {
		return err
	}
	s.origin = cfg.Origin
	rand.Read(cfg.Seed[:])
	cert, err := loadCertificate(&s.cfg)
	if err != nil {
		return err
	}
	s.certificate.Store(cert)
	if s.journal, err = journal.Open(ctx, journal.Config{
		Dir: s.cfg.Data, URL: s.cfg.NATS, Retention: s.cfg.Retention, MaxBytes: s.cfg.MaxStore, Reserve: s.cfg.Reserve, Log: s.log,
	}); err != nil {
		return err
	}
	// Only now, for a NATS that others run may have to be waited for.
	if err := s.listen(); err != nil {
		return err
	}
	if err := s.listenMetrics(); err != nil {
		return err
	}
	sequence, snapshot, err := s.journal.Load(ctx)
	if err != nil {
		return err
	}
	s.loop.applied, s.loop.saved = sequence, sequence
	if snapshot == nil {
		s.loop.state = core.New(cfg)
		return nil
	}
	s.loop.state, err = core.Restore(cfg, snapshot)
	return err
}

// Ready is closed when clients are served.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// Addresses returns where the server listens, without and with TLS.
func (s *Server) Addresses() (bare, secure []net.Addr) {
	for _, l := range s.listeners {
		switch {
		case l.port != nil:
		case l.tls:
			secure = append(secure, l.Addr())
		default:
			bare = append(bare, l.Addr())
		}
	}
	return bare, secure
}

// Fingerprint returns the SHA-256 of the certificate as people compare it, in pairs
// of hexadecimal digits.
func (s *Server) Fingerprint() string {
	return strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(s.certificate.Load().Certificate[0])), " ", ":")
}

// Run serves until ctx ends; then it says so to the clients, waits until that is
// stored, and closes everything. It can be called once.
func (s *Server) Run(ctx context.Context) error {
	defer s.close()
	ctx, s.stop = context.WithCancelCause(ctx)
	inner, end := context.WithCancel(context.Background()) // of what has to outlive ctx
	defer end()
	var loop sync.WaitGroup
	loop.Go(s.run)
	s.workers.Go(func() { s.read(inner) })
	select {
	case <-s.loop.caughtUp:
		s.sweep() // before anybody comes, who may want a nick that is taken only by the dead
		s.workers.Go(func() { s.watch(ctx) })
		s.serve()
		s.serveMetrics(ctx)
		close(s.ready)
		<-ctx.Done()
	case <-ctx.Done():
	}
	s.drain()
	end()
	s.workers.Wait()
	s.loop.close()
	loop.Wait()
	for i := range s.history {
		s.history[i].wg.Wait()
	}
	for i := range s.hashing {
		s.hashing[i].wg.Wait()
	}
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// read feeds the loop with what is in the journal.
func (s *Server) read(ctx context.Context) {
	from := s.loop.applied + 1
	for complained := false; ; {
		err := s.journal.Read(ctx, from, func() {
			s.loop.call(func() { s.loop.catchUp() })
		}, func(stored journal.Stored) bool {
			from, complained = stored.Sequence+1, false
			return s.loop.post(item{in: core.Applied{Event: stored.Event}, sequence: stored.Sequence})
		})
		if ctx.Err() != nil {
			return
		}
		if !complained {
			s.log.Error("the journal cannot be read", "error", err)
			complained = true
		}
		s.loop.post(item{in: core.Silent{}})
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

// watch sweeps for as long as there are other servers or may be.
func (s *Server) watch(ctx context.Context) {
	every := time.NewTicker(journal.BeatTime)
	defer every.Stop()
	for others := true; others || s.journal.Shared(); {
		others = s.sweep()
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// sweep tells the other servers that this one is there, has the sessions of those
// ended that are not, and says whether there are any but this one.
func (s *Server) sweep() (others bool) {
	silent, err := s.journal.Beat(s.origin)
	if err != nil {
		s.log.Debug("the other servers cannot be told that this one is there", "error", err)
	}
	for _, who := range s.loop.origins() {
		if who == s.origin {
			continue
		}
		others = true
		// Of this server only one run is there, which is this one.
		if who.Server != s.origin.Server && !silent(who) {
			continue
		}
		s.log.Info("a server is gone", "server", who.Server, "start", who.Start)
		s.loop.post(item{in: core.Lost{Origin: who}})
	}
	return others
}

// drain ends all connections and waits until the journal knows.
func (s *Server) drain() {
	for _, l := range s.listeners {
		l.Close()
	}
	s.loop.call(func() {
		for _, c := range s.loop.conns {
			c.end("Server shutting down", "ERROR :Server shutting down\r\n")
		}
	})
	until := time.Now().Add(drainConns)
	for s.conns.count() > 0 {
		if time.Now().After(until) {
			s.conns.closeAll()
			until = time.Now().Add(drainConns)
		}
		time.Sleep(5 * time.Millisecond)
	}
	for until = time.Now().Add(drainEvents); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		left := 0
		s.loop.call(func() {
			if !s.loop.state.Down() {
				left = s.loop.state.Sessions()
			}
		})
		if left == 0 {
			break
		}
	}
	save := make(chan struct{})
	s.loop.call(func() {
		if s.loop.state.Down() {
			close(save)
			return
		}
		s.save(func() { close(save) })
	})
	<-save
}

func (s *Server) close() {
	for _, l := range s.listeners {
		l.Close()
	}
	if s.metricsListener != nil {
		s.metricsListener.Close()
	}
	if s.journal != nil {
		s.journal.Close()
	}
	if s.folder != nil {
		s.folder.close()
	}
}

// Reload reads the configuration again: certificates, message of the day, limits
// and what else can change while clients are served.
func (s *Server) Reload() {
	cfg, err := s.reload()
	if err != nil {
		s.log.Error("the configuration cannot be read again", "error", err)
	} else {
		s.log.Info("the configuration was read again")
	}
	s.loop.post(item{in: core.Reloaded{Config: cfg, Err: err}})
}

func (s *Server) reload() (core.Config, error) {
	cfg := s.cfg
	if s.cfg.Reload != nil {
		var err error
		if cfg, err = s.cfg.Reload(); err != nil {
			return core.Config{}, err
		}
		cfg = cfg.filled()
	}
	// The folder and the name stay, and with them the certificate made for them.
	cfg.Data, cfg.Name = s.cfg.Data, s.cfg.Name
	inner, err := cfg.core()
	if err != nil {
		return inner, err
	}
	cert, err := loadCertificate(&cfg)
	if err != nil {
		return inner, fmt.Errorf("reload: %w", err)
	}
	s.certificate.Store(cert)
	s.limits.Store(&cfg.Limits)
	return inner, nil
}
