//go:build !windows && !linux && !freebsd && !netbsd && !openbsd && !dragonfly

package notify

import "context"

// sender hands notifications to the function in the Config.
type sender struct{ send func(title, body string) }

func newDesktop(cfg Config) desktop { return sender{cfg.Send} }

func (s sender) show(_ context.Context, title, body string) (uint32, error) {
	if s.send != nil {
		s.send(title, body)
	}
	return 0, nil
}

func (sender) clicked() <-chan uint32 { return nil }
func (sender) closed() <-chan uint32  { return nil }
func (sender) close()                 {}
