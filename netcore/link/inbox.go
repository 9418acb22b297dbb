package link

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// inbox is the receiving half of a link. Its buffer holds what QUIC had ready,
// and grows with a frame only as the frame's bytes come in: a peer that
// announces a large one and does not send it costs nothing.
type inbox struct {
	buf        []byte
	start, end int // buf[start:end] has been read and not yet used
	frame      bytes.Reader
}

// frameHead is the length of a frame's length.
const frameHead = 4

// Receive returns the next frame; those of unknown types are skipped. It waits
// for as long as none comes, until the link has ended; then it returns what Err
// returns. What the peer sends is taken from QUIC only as Receive is called:
// while nobody calls it, the peer has to wait.
func (l *Link) Receive() (wire.Frame, error) {
	for {
		data, err := l.next()
		if err != nil {
			return nil, l.breach(err)
		}
		l.in.frame.Reset(data)
		f, err := wire.ReadFrame(&l.in.frame)
		switch {
		case err == nil:
			return f, nil
		case err != io.EOF: // which says that its type is unknown
			return nil, l.breach(err)
		}
	}
}

// next returns the bytes of the next frame; they stay until it is called again.
func (l *Link) next() ([]byte, error) {
	in := &l.in
	if err := l.fill(1); err != nil {
		return nil, err
	}
	if !in.whole() {
		l.stream.SetReadDeadline(time.Now().Add(l.endpoint.bounds.frame))
		defer l.stream.SetReadDeadline(time.Time{})
	}
	if err := l.fill(frameHead); err != nil {
		return nil, err
	}
	size := in.size()
	if size < 1 || size > chat.MaxFrame {
		return nil, fmt.Errorf("frame of %d bytes, the most is %d", size, chat.MaxFrame)
	}
	if err := l.fill(frameHead + size); err != nil {
		return nil, err
	}
	data := in.buf[in.start : in.start+frameHead+size]
	in.start += len(data)
	return data, nil
}

// size returns the length of the frame that begins the inbox, whose head is
// there.
func (in *inbox) size() int { return int(binary.BigEndian.Uint32(in.buf[in.start:])) }

// whole says whether a whole frame is there.
func (in *inbox) whole() bool {
	have := in.end - in.start
	return have >= frameHead && have-frameHead >= in.size()
}

// fill reads until n bytes are there.
func (l *Link) fill(n int) error {
	in := &l.in
	for in.end-in.start < n {
		in.makeRoom(n)
		read, err := l.stream.Read(in.buf[in.end:])
		in.end += read
		if in.end-in.start >= n {
			return nil // an error comes again
		}
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			return fmt.Errorf("frame not finished within %s", l.endpoint.bounds.frame)
		case err == io.EOF:
			return errors.New("stream ended")
		default:
			return err
		}
	}
	return nil
}

// makeRoom makes room for at least one more byte of the n that are wanted.
func (in *inbox) makeRoom(n int) {
	have := in.end - in.start
	switch {
	case have == 0 && (in.buf == nil || len(in.buf) > smallBuffer && n <= smallBuffer):
		in.buf = make([]byte, smallBuffer) // begins, or begins anew after a large frame
	case have == len(in.buf):
		grown := make([]byte, 2*len(in.buf))
		copy(grown, in.buf)
		in.buf = grown
	case have == 0, in.start+n > len(in.buf):
		copy(in.buf, in.buf[in.start:in.end])
	default:
		return
	}
	in.start, in.end = 0, have
}
