package irc

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// AppendMessage appends m as a line with CR LF to dst. If m cannot be written dst
// comes back as it was, with the reason. It allocates nothing but room in dst.
func AppendMessage(dst []byte, m *Message) ([]byte, error) {
	return appendMessage(dst, m, false)
}

// AppendCut is AppendMessage for messages that may be too long: their parameters are
// cut at the end, between two characters, to MaxLine. A source and a command that
// are too long by themselves are not cut: half of them would be another message.
func AppendCut(dst []byte, m *Message) ([]byte, error) {
	return appendMessage(dst, m, true)
}

func appendMessage(dst []byte, m *Message, cut bool) ([]byte, error) {
	start := len(dst)
	dst, err := appendTags(dst, m.Tags)
	if err != nil {
		return dst[:start], err
	}
	if n := len(dst) - start; n > MaxTags {
		return dst[:start], fmt.Errorf("%w: %d bytes with @ and space, the most is %d", ErrTagsTooLong, n, MaxTags)
	}
	line := len(dst)
	if dst, err = appendHead(dst, m); err != nil {
		return dst[:start], err
	}
	head := len(dst)
	if dst, err = appendParams(dst, m); err != nil {
		return dst[:start], err
	}
	if over := len(dst) + 2 - line - MaxLine; over > 0 {
		if !cut || over > len(dst)-head {
			return dst[:start], fmt.Errorf("%w: %s has %d bytes with CR LF, the most is %d", ErrTooLong, m.Command, len(dst)+2-line, MaxLine)
		}
		dst = dst[:len(dst)-over]
		dst = dst[:len(dst)-partial(dst[line:])]
	}
	return append(dst, '\r', '\n'), nil
}

// partial returns how many bytes at the end of b begin a character that is not
// finished.
func partial(b []byte) int {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return i
			}
			return 0
		}
	}
	return 0
}

func appendHead(dst []byte, m *Message) ([]byte, error) {
	if m.Source != "" {
		if err := checkWord("source", m.Source); err != nil {
			return dst, err
		}
		dst = append(dst, ':')
		dst = append(dst, m.Source...)
		dst = append(dst, ' ')
	}
	switch {
	case m.Command == "":
		return dst, ErrEmpty
	case !isCommand(m.Command):
		return dst, fmt.Errorf("%w: command %q is neither letters nor digits", ErrMalformed, m.Command)
	}
	return append(dst, m.Command...), nil
}

func appendParams(dst []byte, m *Message) ([]byte, error) {
	if len(m.Params) > MaxParams {
		return dst, fmt.Errorf("%w: %s has %d parameters, the most is %d", ErrMalformed, m.Command, len(m.Params), MaxParams)
	}
	for i, p := range m.Params {
		dst = append(dst, ' ')
		if i == len(m.Params)-1 {
			if strings.ContainsAny(p, "\r\n\x00") {
				return dst, fmt.Errorf("%w: %s %q", ErrForbidden, m.Command, p)
			}
			if m.Trailing || p == "" || p[0] == ':' || strings.IndexByte(p, ' ') >= 0 {
				dst = append(dst, ':')
			}
		} else {
			if p == "" || p[0] == ':' {
				return dst, fmt.Errorf("%w: only the last parameter may be %q", ErrMalformed, p)
			}
			if err := checkWord("parameter", p); err != nil {
				return dst, err
			}
		}
		dst = append(dst, p...)
	}
	return dst, nil
}

func checkWord(what, s string) error {
	switch i := strings.IndexAny(s, " \r\n\x00"); {
	case i < 0:
		return nil
	case s[i] == ' ':
		return fmt.Errorf("%w: %s %q has a space", ErrMalformed, what, s)
	default:
		return fmt.Errorf("%w: %s %q", ErrForbidden, what, s)
	}
}
