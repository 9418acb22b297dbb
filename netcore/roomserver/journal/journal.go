package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What the journal is made of, in NATS.
const (
	stream    = "PARLANCE"
	prefix    = "parlance." // before the subjects of core
	snapshots = "PARLANCE-SNAPSHOTS"
	leases    = "PARLANCE-LEASES"
)

// Defaults of Config.
const (
	DefaultMaxBytes = 8 << 30
	DefaultReserve  = 64 << 20
	// AppendTimeout is how long an append may take until it is refused.
	AppendTimeout = 5 * time.Second
	// LeaseTime is how long a server counts as running after it last said so.
	LeaseTime = 10 * time.Second
)

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
	indexes indexes
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
	var err error
	if j.cfg.URL == "" {
		err = j.embed()
	} else {
		err = j.connect()
	}
	if err != nil {
		return err
	}
	if j.js, err = jetstream.New(j.conn, jetstream.WithPublishAsyncMaxPending(2*maxUnderWay),
		jetstream.WithPublishAsyncTimeout(AppendTimeout)); err != nil {
		return err
	}
	for {
		try, cancel := context.WithTimeout(ctx, AppendTimeout)
		j.stream, err = j.findStream(try)
		cancel()
		if err == nil || j.cfg.URL == "" {
			return err
		}
		j.log.Warn("NATS does not answer yet", "error", err)
		select {
		case <-ctx.Done():
			return fmt.Errorf("no JetStream at %s: %w", j.cfg.URL, err)
		case <-time.After(time.Second):
		}
	}
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
	j.conn, err = nats.Connect("", nats.InProcessServer(s), nats.Name("parlance-room"))
	return err
}

func (j *Journal) connect() error {
	var err error
	j.conn, err = nats.Connect(j.cfg.URL, nats.Name("parlance-room"),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(250*time.Millisecond),
		// What cannot be sent now is refused now, not kept for later.
		nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { j.log.Warn("NATS is gone", "error", err) }),
		nats.ReconnectHandler(func(c *nats.Conn) { j.log.Info("NATS is back", "server", c.ConnectedUrlRedacted()) }))
	if err != nil {
		return fmt.Errorf("NATS at %s: %w", j.cfg.URL, err)
	}
	return nil
}

// findStream opens the stream and makes it first if there is none. In a cluster
// it has three replicas, so that the loss of one server loses nothing.
func (j *Journal) findStream(ctx context.Context) (jetstream.Stream, error) {
	s, err := j.js.Stream(ctx, stream)
	if err == nil {
		cfg := s.CachedInfo().Config
		if cfg.MaxAge == j.cfg.Retention && cfg.MaxBytes == j.cfg.MaxBytes {
			return s, nil
		}
		cfg.MaxAge, cfg.MaxBytes = j.cfg.Retention, j.cfg.MaxBytes
		cfg.Duplicates = duplicates(cfg.MaxAge)
		return j.js.UpdateStream(ctx, cfg)
	}
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, err
	}
	cfg := jetstream.StreamConfig{
		Name:        stream,
		Subjects:    []string{prefix + ">"},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxAge:      j.cfg.Retention,
		MaxBytes:    j.cfg.MaxBytes,
		Duplicates:  duplicates(j.cfg.Retention),
		AllowDirect: true,
		Replicas:    j.replicas(),
	}
	return j.js.CreateStream(ctx, cfg)
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
		return 3
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
