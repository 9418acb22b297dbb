package link

import (
	"errors"
	"os"
	"sync"
	"time"

	"github.com/parlance-chat/parlance/netcore/wire"
)

// outbox is the sending half of a link. The first frame starts a goroutine that
// writes what is queued, as many frames at a time as there are, and ends when
// nothing is left: a lone frame goes out at once, many go out together, and a
// link that does nothing has neither goroutine nor buffer.
type outbox struct {
	mu      sync.Mutex
	queue   []byte // encoded frames that wait
	writing int    // bytes that the goroutine has taken from it and writes
	busy    bool   // there is a goroutine
	full    bool   // Send has returned ErrFull since Ready was called
	ended   bool
	writer  sync.WaitGroup // Go only under mu, before ended
}

// Send queues frames; it never blocks. It queues all of them or, with an error,
// none: ErrFull if there is no room now, the link's end if it has ended, or that
// a frame is longer than chat.MaxFrame. Nil does not say that they arrived.
// The frames may be changed when Send has returned.
func (l *Link) Send(frames ...wire.Frame) error {
	o := &l.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := l.Err(); err != nil {
		return err
	}
	before := len(o.queue)
	queue := o.queue
	for _, f := range frames {
		var err error
		if queue, err = wire.AppendFrame(queue, f); err != nil {
			o.queue = queue[:before]
			return err
		}
	}
	if waiting := before + o.writing; waiting > 0 && o.writing+len(queue) > maxQueue {
		o.queue = queue[:before]
		o.full = true
		return ErrFull
	}
	o.queue = queue
	if !o.busy && len(queue) > 0 {
		o.busy = true
		o.writer.Go(l.write)
	}
	return nil
}

// write writes what is queued until nothing is left or the link has ended.
func (l *Link) write() {
	for {
		batch, ready := l.out.next()
		if ready {
			l.ready()
		}
		if batch == nil {
			return
		}
		if err := l.writeAll(batch); err != nil {
			l.abandon(err)
			return
		}
	}
}

// next returns what to write, or nil if the goroutine is to end, and whether
// Ready is to be called.
func (o *outbox) next() (batch []byte, ready bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.full && len(o.queue) <= maxQueue/2 {
		o.full, ready = false, true
	}
	if len(o.queue) == 0 || o.ended {
		o.busy, o.writing = false, 0
		return nil, ready
	}
	batch, o.queue = o.queue, nil
	o.writing = len(batch)
	return batch, ready
}

// writeAll writes in pieces, each of which may take bounds.stall.
func (l *Link) writeAll(batch []byte) error {
	for len(batch) > 0 {
		n := min(len(batch), maxPiece)
		l.stream.SetWriteDeadline(time.Now().Add(l.endpoint.bounds.stall))
		if _, err := l.stream.Write(batch[:n]); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

// abandon ends the link after a failed write.
func (l *Link) abandon(err error) {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		l.Close(Stalled, "no bytes taken for "+l.endpoint.bounds.stall.String())
	default: // the link has ended, or the peer refuses the stream
		l.breach(err)
	}
}

// endOutbox waits until nothing is written any more. The link has ended.
func (l *Link) endOutbox() {
	o := &l.out
	o.mu.Lock()
	ready := o.full
	o.ended, o.full, o.queue = true, false, nil
	o.mu.Unlock()
	o.writer.Wait()
	if ready {
		l.ready()
	}
}

func (l *Link) ready() {
	if l.endpoint.cfg.Ready != nil {
		l.endpoint.cfg.Ready(l)
	}
}
