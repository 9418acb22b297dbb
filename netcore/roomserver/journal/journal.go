package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What the journal is made of, in NATS.
const (
	stream    = "PARLANCE"
	prefix    = "parlance."        // before the subjects of core
	published = "parlance-stored." // before them again, where the stream says what it stored
	snapshots = "PARLANCE-SNAPSHOTS"
)

// Defaults of Config.
const (
	DefaultMaxBytes = 8 << 30
	DefaultReserve  = 64 << 20
	// AppendTimeout is how long an append may take until it is refused.
	AppendTimeout = 5 * time.Second
)

// replicas is how many servers of a cluster keep each event: the loss of one of
// them loses nothing and stops nothing.
const replicas = 3

// How often a NATS that does not answer at the start is tried, and complained of.
const (
	retryTime = time.Second
	sayAgain  = 30 * time.Second
)

// noPeers is what JetStream answers when it has too few servers for the replicas.
const noPeers jetstream.ErrorCode = 10005

// ErrFull says that the disk has no room left for events.
var ErrFull = errors.New("the disk is full")

// ErrClosed says that the journal was closed.
var ErrClosed = errors.New("the journal is closed")

// Config says where events are kept, and for how long.
type Config struct {
	Dir       string        // folder of the data; used when URL is ""
	URL       string        // of NATS servers with JetStream, commas between several; "" starts one in this process
	Retention time.Duration // age at which events go; 0 keeps them
	MaxBytes  int64         // of all events together, the oldest go first; 0 means DefaultMaxBytes
	Reserve   uint64        // bytes that stay free on the disk of Dir; 0 means DefaultReserve
	Log       *slog.Logger  // nil logs nothing
}

// Journal is an open log. All methods may be called at the same time.
type Journal struct {
	cfg    Config
	log    *slog.Logger
	server *server.Server // nil with a URL
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
	disk   *disk

	out     outbox
	onDisk  mark // used without a URL
	indexes indexes
	alive   alive
	stuck   atomic.Bool     // nothing was confirmed for long
	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	workers sync.WaitGroup
}

// Open starts or finds JetStream and the stream in it. With a URL it waits until
// the servers answer or ctx ends.
func Open(ctx context.Context, cfg Config) (*Journal, error) {
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = DefaultMaxBytes
	}
	if cfg.Reserve == 0 {
		cfg.Reserve = DefaultReserve
	}
	j := &Journal{cfg: cfg, log: cfg.Log}
	if j.log == nil {
		j.log = slog.New(slog.DiscardHandler)
	}
	j.ctx, j.stop = context.WithCancel(context.Background())
	j.indexes.init()
	if err := j.open(ctx); err != nil {
		j.Close()
		return nil, err
	}
	j.workers.Go(j.send)
	j.workers.Go(j.confirm)
	return j, nil
}

func (j *Journal) open(ctx context.Context) error {
	j.out.init()
	if j.cfg.URL == "" {
		if err := j.embed(); err != nil {
			return err
		}
		return j.findStream(ctx)
	}
	return j.insist(ctx, j.reach)
}

// insist does what the start needs of NATS, with a NATS that others run again and
// again until it succeeds or ctx ends: a cluster answers nothing while it elects a
// leader, of the stream or of the snapshots.
func (j *Journal) insist(ctx context.Context, do func(context.Context) error) error {
	var said error
	for at := time.Now(); ; {
		err := do(ctx)
		if err == nil || !j.Shared() || errors.Is(err, nats.ErrAuthorization) {
			return err
		}
		if said == nil || err.Error() != said.Error() || time.Since(at) > sayAgain {
			j.log.Warn("waiting for NATS", "error", err)
			said, at = err, time.Now()
		}
		if pause(ctx, retryTime) != nil {
			return err
		}
	}
}

// reach connects to a NATS that others run, and finds the stream there.
func (j *Journal) reach(ctx context.Context) error {
	if j.conn == nil {
		if err := j.connect(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, AppendTimeout)
	defer cancel()
	err := j.findStream(ctx)
	var api *jetstream.APIError
	switch {
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("NATS at %s runs without JetStream; start it with -js: %w", j.conn.ConnectedUrlRedacted(), err)
	case errors.As(err, &api) && api.ErrorCode == noPeers:
		return fmt.Errorf("the NATS cluster at %s needs %d servers with JetStream: %w", j.conn.ConnectedUrlRedacted(), replicas, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("JetStream at %s does not answer; in a cluster most servers have to run: %w", j.conn.ConnectedUrlRedacted(), err)
	}
	return err
}

// embed starts NATS in this process; it opens no port. Its own defaults would
// keep the data in a temporary folder, take three quarters of the memory, and
// sync every two minutes.
func (j *Journal) embed() error {
	dir := filepath.Join(j.cfg.Dir, "journal")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	j.disk = &disk{dir: dir, reserve: j.cfg.Reserve}
	s, err := server.NewServer(&server.Options{
		ServerName:         "parlance-room",
		DontListen:         true,
		NoSigs:             true,
		NoLog:              true,
		JetStream:          true,
		StoreDir:           dir,
		SyncAlways:         true,
		JetStreamMaxMemory: 16 << 20,
		// Snapshots stand beside the stream; the stream's own bound holds for the rest.
		JetStreamMaxStore: 2*j.cfg.MaxBytes + 1<<30,
	})
	if err != nil {
		return fmt.Errorf("start JetStream in %s: %w", dir, err)
	}
	j.server = s
	s.Start()
	if !s.ReadyForConnections(AppendTimeout) {
		return fmt.Errorf("JetStream in %s does not start", dir)
	}
	if j.conn, err = nats.Connect("", nats.InProcessServer(s), nats.Name("parlance-room"), j.errors()); err != nil {
		return err
	}
	return j.use()
}

func (j *Journal) connect() error {
	var err error
	j.conn, err = nats.Connect(j.cfg.URL, nats.Name("parlance-room"), j.errors(),
		nats.MaxReconnects(-1), nats.ReconnectWait(250*time.Millisecond), nats.IgnoreAuthErrorAbort(),
		// A server that stands still is left for another as one that is gone is.
		nats.PingInterval(time.Second), nats.MaxPingsOutstanding(3),
		// What cannot be sent now is refused now, not kept for later.
		nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			j.alive.connected(time.Time{})
			j.log.Warn("NATS is gone", "error", err)
		}),
		nats.ReconnectHandler(func(c *nats.Conn) {
			j.alive.connected(time.Now())
			j.log.Info("NATS is back", "server", c.ConnectedUrlRedacted())
		}))
	switch {
	case errors.Is(err, nats.ErrAuthorization):
		return fmt.Errorf("NATS at %s wants to know who this is; say it as in nats://USER:PASSWORD@HOST: %w", redacted(j.cfg.URL), err)
	case err != nil:
		return fmt.Errorf("no NATS at %s: %w", redacted(j.cfg.URL), err)
	}
	j.alive.connected(time.Now())
	if err := j.listen(); err != nil {
		return err
	}
	return j.use()
}

// errors has what fails beside any call logged; by itself the library prints it to
// standard error. Who calls is told of what matters.
func (j *Journal) errors() nats.Option {
	return nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		j.log.Debug("NATS says", "error", err)
	})
}

// use has JetStream spoken to over the connection.
func (j *Journal) use() (err error) {
	j.js, err = jetstream.New(j.conn, jetstream.WithPublishAsyncMaxPending(2*maxUnderWay), jetstream.WithPublishAsyncTimeout(AppendTimeout))
	return err
}

// redacted hides the passwords in a list of URLs.
func redacted(list string) string {
	var out []string
	for text := range strings.SplitSeq(list, ",") {
		if u, err := url.Parse(strings.TrimSpace(text)); err == nil {
			text = u.Redacted()
		}
		out = append(out, text)
	}
	return strings.Join(out, ",")
}

// findStream opens the stream; it makes it first if there is none, and changes it
// if it is not as it should be.
func (j *Journal) findStream(ctx context.Context) error {
	s, err := j.js.Stream(ctx, stream)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		cfg := jetstream.StreamConfig{
			Name:        stream,
			Subjects:    []string{prefix + ">"},
			Storage:     jetstream.FileStorage,
			Retention:   jetstream.LimitsPolicy,
			Discard:     jetstream.DiscardOld,
			AllowDirect: true,
			Replicas:    j.replicas(),
		}
		j.configure(&cfg)
		s, err = j.js.CreateStream(ctx, cfg)
	case err == nil:
		cfg := s.CachedInfo().Config
		before := cfg
		if j.configure(&cfg); cfg.MaxAge != before.MaxAge || cfg.MaxBytes != before.MaxBytes ||
			before.RePublish == nil || cfg.AllowAtomicPublish != before.AllowAtomicPublish {
			s, err = j.js.UpdateStream(ctx, cfg)
		}
	}
	if err != nil {
		return err
	}
	j.stream = s
	j.onDisk.reach(s.CachedInfo().State.LastSeq)
	return nil
}

// configure sets what may change in the life of a stream.
func (j *Journal) configure(cfg *jetstream.StreamConfig) {
	cfg.MaxAge, cfg.MaxBytes = j.cfg.Retention, j.cfg.MaxBytes
	cfg.Duplicates = duplicates(cfg.MaxAge)
	cfg.RePublish = &jetstream.RePublish{Source: ">", Destination: published + ">"}
	cfg.AllowAtomicPublish = !j.Shared()
}

// duplicates is how long a repeated event is known as such: far longer than an
// append is tried. JetStream wants it no longer than the retention.
func duplicates(retention time.Duration) time.Duration {
	if retention > 0 && retention < 2*time.Minute {
		return retention
	}
	return 2 * time.Minute
}

func (j *Journal) replicas() int {
	if j.conn.ConnectedClusterName() != "" {
		return replicas
	}
	return 1
}

// Close ends the journal. Appends under way are confirmed or refused first.
func (j *Journal) Close() {
	j.out.close()
	j.workers.Wait()
	j.stop()
	if j.conn != nil {
		j.conn.Close()
	}
	if j.server != nil {
		j.server.Shutdown()
		j.server.WaitForShutdown()
	}
}
