package main

import (
	"context"
	"errors"
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
	// beat is how often something is looked at that tells nobody of its changes.
	beat = 50 * time.Millisecond
)

// node is what a session needs of netcore.Node.
type node interface {
	control.Node
	io.Closer
	Notices() []chat.Notice
}

type realNode struct{ *netcore.Node }

func (n realNode) Subscribe() control.Subscription { return n.Node.Subscribe() }

// session is an open profile: another program's, or this one's own.
type session struct {
	*control.Client
	app    *app
	self   control.Self
	node   node            // nil if it is another program's
	server *control.Server // of the own node; nil if there is none
}

// own says whether this program has the profile open, and not another.
func (s *session) own() bool { return s.node != nil }

// Close ends the session, and the own node with it.
func (s *session) Close() error {
	errs := []error{s.Client.Close()}
	if s.server != nil {
		errs = append(errs, s.server.Close())
	}
	if s.node != nil {
		errs = append(errs, s.node.Close())
	}
	return errors.Join(errs...)
}

// profile returns the profile's folder. Nothing is touched when its path is
// too long to be used.
func (a *app) profile() (string, error) {
	profile := a.Profile
	if profile == "" {
		var err error
		if profile, err = netcore.DefaultProfile(); err != nil {
			return "", err
		}
	}
	return profile, control.CheckProfile(profile)
}

// with runs do in a session: that of the program which has the profile open if
// there is one, otherwise an own one. A program that ends between two calls is
// no reason to fail: as long as nothing was printed, all begins again.
func (a *app) with(ctx context.Context, do func(*session) error) error {
	for {
		s, err := a.session(ctx)
		if err != nil {
			return err
		}
		err = do(s)
		err = errors.Join(err, s.Close())
		if s.own() || a.out.begun || !errors.Is(err, control.ErrNotRunning) {
			return err
		}
	}
}

// session opens the profile, or finds the program that has it open.
func (a *app) session(ctx context.Context) (*session, error) {
	profile, err := a.profile()
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(handover); ; {
		s, err := a.visit(ctx, profile)
		if errors.Is(err, control.ErrNotRunning) {
			s, err = a.openOwn(ctx, false)
		}
		if inUse := (*netcore.InUseError)(nil); !errors.As(err, &inUse) || time.Now().After(deadline) {
			return s, err
		}
		if err := pause(ctx, beat); err != nil {
			return nil, err
		}
	}
}

// visit finds the program that has the profile open.
func (a *app) visit(ctx context.Context, profile string) (*session, error) {
	client, err := control.Dial(profile)
	if err != nil {
		return nil, err
	}
	s := &session{Client: client, app: a}
	if s.self, err = client.Self(ctx); err == nil && a.Name != "" && chat.CleanName(a.Name) != s.self.Name {
		s.self, err = client.SetName(ctx, a.Name)
	}
	if err != nil {
		client.Close()
		return nil, err
	}
	return s, nil
}

// openOwn opens the profile in this program and serves its socket, which must
// be: otherwise a folder that cannot hold a socket is a profile all the same.
func (a *app) openOwn(ctx context.Context, mustServe bool) (*session, error) {
	profile, err := a.profile()
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	if a.Verbose {
		log = slog.New(slog.NewTextHandler(a.world.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	n, err := a.open(netcore.Config{
		Profile:       profile,
		Name:          a.Name,
		Program:       "parlance-cli",
		DiscoveryPort: a.DiscoveryPort,
		LinkPort:      a.LinkPort,
		Interfaces:    a.Interfaces,
		Log:           log,
	})
	if err != nil {
		return nil, err
	}
	s := &session{Client: control.Local(n), app: a, node: n}
	// Others may want the profile meanwhile: a second command beside a chat.
	s.server, err = control.Serve(control.Config{Node: n, Profile: profile, Log: log})
	if err != nil && !mustServe {
		log.Warn("no control socket", "error", err)
		err = nil
	}
	if err == nil {
		s.self, err = s.Self(ctx)
	}
	if err == nil && !s.self.Named {
		// Nobody is asked here: the account's name, which the node guessed, stays.
		s.self, err = s.SetName(ctx, s.self.Name)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if !a.JSON {
		for _, notice := range n.Notices() {
			a.notice(notice.Text)
		}
	}
	return s, nil
}

// settle waits until a device that has only just started has heard the others.
func (s *session) settle(ctx context.Context) error {
	return pause(ctx, time.Until(s.self.Since.Add(s.app.discovery)))
}

// resolve finds the conversation that to stands for. Somebody unknown to a
// device that has only just started may yet be heard.
func (s *session) resolve(ctx context.Context, to string) (control.Conversation, error) {
	for {
		c, err := s.Resolve(ctx, to)
		if !errors.Is(err, chat.ErrUnknown) || strings.Contains(to, "://") || time.Since(s.self.Since.Time) > s.app.discovery {
			return c, err
		}
		if err := pause(ctx, beat); err != nil {
			return c, err
		}
	}
}

// follow runs the session's events into a channel, which is closed when they
// end. stop ends them and waits.
func (s *session) follow(ctx context.Context) (events <-chan control.Event, stop func(), err error) {
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

// pause waits for d, or fails when ctx ends.
func pause(ctx context.Context, d time.Duration) error {
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
