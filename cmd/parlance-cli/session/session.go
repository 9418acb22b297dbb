package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

const (
	// handover is how long a profile may be taken without a socket that answers:
	// another program is starting or ending.
	handover = 5 * time.Second
	// Beat is how often something is looked at that tells nobody of its changes.
	Beat = 50 * time.Millisecond
)

// Node is what a session needs of netcore.Node.
type Node interface {
	control.Node
	io.Closer
	Notices() []chat.Notice
}

// Open opens a profile.
func Open(cfg netcore.Config) (Node, error) {
	n, err := netcore.Open(cfg)
	if err != nil {
		return nil, err
	}
	return realNode{n}, nil
}

type realNode struct{ *netcore.Node }

func (n realNode) Subscribe() control.Subscription { return n.Node.Subscribe() }

// Door says how a profile is come by.
type Door struct {
	// Config is what the profile is opened with. An empty Profile stands for the
	// account's own; a Name is given to a profile that is open already too.
	Config netcore.Config
	Open   func(netcore.Config) (Node, error)
	// Discovery is how long after its start a device has usually heard everyone.
	Discovery time.Duration
	// Notice is told what happened to a profile that is opened; nil: nobody is.
	Notice func(text string)
}

// Session is an open profile: another program's, or this one's own.
type Session struct {
	*control.Client
	Self   control.Self
	door   *Door
	node   Node            // nil if it is another program's
	server *control.Server // of the own node; nil if there is none
}

// Own says whether this program has the profile open, and not another.
func (s *Session) Own() bool { return s.node != nil }

// Close ends the session, and the own node with it.
func (s *Session) Close() error {
	errs := []error{s.Client.Close()}
	if s.server != nil {
		errs = append(errs, s.server.Close())
	}
	if s.node != nil {
		errs = append(errs, s.node.Close())
	}
	return errors.Join(errs...)
}

// Profile returns the profile's folder. Nothing is touched when its path is
// too long to be used.
func (d *Door) Profile() (string, error) {
	profile := d.Config.Profile
	if profile == "" {
		var err error
		if profile, err = netcore.DefaultProfile(); err != nil {
			return "", err
		}
	}
	return profile, control.CheckProfile(profile)
}

// Enter finds the program that has the profile open, or opens it here.
func (d *Door) Enter(ctx context.Context) (*Session, error) {
	profile, err := d.Profile()
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(handover); ; {
		s, err := d.visit(ctx, profile)
		if errors.Is(err, control.ErrNotRunning) {
			s, err = d.Own(ctx, false)
		}
		if inUse := (*netcore.InUseError)(nil); !errors.As(err, &inUse) || time.Now().After(deadline) {
			return s, err
		}
		if err := Pause(ctx, Beat); err != nil {
			return nil, err
		}
	}
}

// visit finds the program that has the profile open.
func (d *Door) visit(ctx context.Context, profile string) (*Session, error) {
	client, err := control.Dial(profile)
	if err != nil {
		return nil, err
	}
	s := &Session{Client: client, door: d}
	name := d.Config.Name
	if s.Self, err = client.Self(ctx); err == nil && name != "" && chat.CleanName(name) != s.Self.Name {
		s.Self, err = client.SetName(ctx, name)
	}
	if err != nil {
		client.Close()
		return nil, err
	}
	return s, nil
}

// Own opens the profile in this program and serves its socket, which must be if
// mustServe says so: otherwise a folder that cannot hold a socket is a profile
// all the same.
func (d *Door) Own(ctx context.Context, mustServe bool) (*Session, error) {
	profile, err := d.Profile()
	if err != nil {
		return nil, err
	}
	cfg := d.Config
	cfg.Profile = profile
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	n, err := d.Open(cfg)
	if err != nil {
		return nil, err
	}
	s := &Session{Client: control.Local(n), door: d, node: n}
	// Others may want the profile meanwhile: a second command beside a chat.
	s.server, err = control.Serve(control.Config{Node: n, Profile: profile, Log: cfg.Log})
	if err != nil && !mustServe {
		cfg.Log.Warn("no control socket", "error", err)
		err = nil
	}
	if err == nil {
		s.Self, err = s.Client.Self(ctx)
	}
	if err == nil && !s.Self.Named {
		// Nobody is asked here: the account's name, which the node guessed, stays.
		s.Self, err = s.SetName(ctx, s.Self.Name)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if d.Notice != nil {
		for _, notice := range n.Notices() {
			d.Notice(notice.Text)
		}
	}
	return s, nil
}

// Settle waits until a device that has only just started has heard the others.
func (s *Session) Settle(ctx context.Context) error {
	return Pause(ctx, time.Until(s.Self.Since.Add(s.door.Discovery)))
}

// Find finds the conversation that to stands for.
func (s *Session) Find(ctx context.Context, to string) (control.Conversation, error) {
	if strings.TrimSpace(to) == "" {
		return control.Conversation{}, fmt.Errorf("%w conversation %q: say with whom", chat.ErrUnknown, to)
	}
	if strings.Contains(to, "://") { // nobody who may yet be heard
		return s.Resolve(ctx, to)
	}
	return Patiently(ctx, s, func() (control.Conversation, error) { return s.Resolve(ctx, to) })
}

// Patiently does what names people: somebody unknown to a device that has only
// just started may yet be heard.
func Patiently[T any](ctx context.Context, s *Session, do func() (T, error)) (T, error) {
	for {
		v, err := do()
		if !errors.Is(err, chat.ErrUnknown) || time.Since(s.Self.Since.Time) > s.door.Discovery {
			return v, err
		}
		if err := Pause(ctx, Beat); err != nil {
			return v, err
		}
	}
}

// Follow runs the session's events into a channel, which is closed when they
// end. stop ends them and waits.
func (s *Session) Follow(ctx context.Context) (events <-chan control.Event, stop func(), err error) {
	stream, err := s.Events(ctx)
	if err != nil {
		return nil, nil, err
	}
	out, done := make(chan control.Event), make(chan struct{})
	quit, cancel := context.WithCancel(ctx)
	go func() {
		defer close(done)
		defer close(out)
		for {
			e, err := stream.Next()
			if err != nil {
				return
			}
			select {
			case out <- e:
			case <-quit.Done():
				return
			}
		}
	}()
	return out, func() { cancel(); stream.Close(); <-done }, nil
}

// Pause waits for d, or fails when ctx ends.
func Pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
