package plain

import (
	"bytes"
	"errors"
	"io"
	"os"
	"time"
	"unicode/utf8"
)

const (
	// MaxChunk is how many bytes a message has at most: what clients of this
	// kind read at a time.
	MaxChunk = 2048
	// Quiet is how long nothing must come for a message without a newline to be
	// taken as whole.
	Quiet = 50 * time.Millisecond
)

// Conn is the part of a net.Conn that a Framer needs.
type Conn interface {
	io.Reader
	SetReadDeadline(time.Time) error
}

// Framer cuts what a connection brings into messages.
type Framer struct {
	conn Conn
	buf  []byte
	err  error // of the connection, told when buf is used up
}

// NewFramer returns a Framer that is the only reader of conn.
func NewFramer(conn Conn) *Framer { return &Framer{conn: conn} }

// Next returns the next message without its newline; it has at most MaxChunk
// bytes and is never empty. What came before the connection ended is a message
// too; then comes the error, io.EOF at a proper end.
func (f *Framer) Next() (string, error) {
	for {
		if i := bytes.IndexByte(f.buf, '\n'); i >= 0 && i <= MaxChunk {
			if text := f.take(i, i+1); text != "" {
				return text, nil
			}
			continue
		}
		if len(f.buf) >= MaxChunk {
			cut := wholeRunes(f.buf[:MaxChunk])
			return f.take(cut, cut), nil
		}
		if f.err != nil {
			if text := f.take(len(f.buf), len(f.buf)); text != "" {
				return text, nil
			}
			return "", f.err
		}
		quiet, err := f.read()
		if quiet {
			if text := f.take(len(f.buf), len(f.buf)); text != "" {
				return text, nil
			}
			continue
		}
		f.err = err
	}
}

// read waits for more; with something there already only for so long.
func (f *Framer) read() (quiet bool, err error) {
	var until time.Time
	if len(f.buf) > 0 {
		until = time.Now().Add(Quiet)
	}
	if err := f.conn.SetReadDeadline(until); err != nil {
		return false, err
	}
	var chunk [MaxChunk]byte
	n, err := f.conn.Read(chunk[:])
	f.buf = append(f.buf, chunk[:n]...)
	if errors.Is(err, os.ErrDeadlineExceeded) && !until.IsZero() {
		return n == 0, nil
	}
	return false, err
}

// take cuts a message off the front: its end, and where the rest begins.
func (f *Framer) take(end, rest int) string {
	text := string(bytes.Trim(f.buf[:end], "\r\x00"))
	f.buf = append(f.buf[:0], f.buf[rest:]...)
	return text
}

// wholeRunes returns how much of b ends with a whole character.
func wholeRunes(b []byte) int {
	for i := 1; i < utf8.UTFMax && i < len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return len(b) - i
			}
			break
		}
	}
	return len(b)
}
