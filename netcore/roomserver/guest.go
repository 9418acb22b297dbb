package roomserver

import (
	"errors"
	"net"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
	"github.com/parlance-chat/parlance/netcore/roomserver/plain"
)

// toGuest does what a plain-text client's translator wants. The loop calls it.
func (c *conn) toGuest(r plain.Result) {
	if r.Text != "" {
		c.put([]byte(r.Text))
	}
	for _, m := range r.Lines {
		c.s.loop.later = append(c.s.loop.later, core.Line{Client: c.id, Message: m})
	}
	if r.Over {
		c.end("Left", "")
	}
}

// readTexts gives the loop what a plain-text client says, until it ends.
func (c *conn) readTexts() error {
	rate := rate{limits: &c.s.limits}
	framer := plain.NewFramer(c.net)
	for {
		text, err := framer.Next()
		if err != nil {
			return err
		}
		c.s.metrics.linesIn.Add(1)
		c.s.metrics.bytesIn.Add(int64(len(text)))
		c.pass()
		if !c.exempt {
			rate.wait(c.s.loop.over)
		}
		if c.isEnding() || !c.s.loop.post(item{do: func() { c.toGuest(c.guest.Said(text)) }}) {
			return net.ErrClosed
		}
	}
}

func (c *conn) isEnding() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending
}

// number returns the next one for the name of a guest.
func (s *Server) number() int { return int(s.conns.guests.Add(1)) }

var errPublic = errors.New("this server takes connections from private networks only")
