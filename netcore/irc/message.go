package irc

import (
	"errors"
	"fmt"
	"strings"
)

// The sizes in bytes that a message may have.
const (
	// MaxLine is the size of a message without its tags, the final CR LF included
	// (RFC 1459 section 2.3).
	MaxLine = 512
	// MaxTags is the size of the tags of a message from a server, with their @ and
	// the space after them, and MaxClientTags that of what a client may send between
	// the two (IRCv3 message-tags, "Size limit").
	MaxTags       = 8191
	MaxClientTags = 4094
	// MaxParams is how many parameters a message has at most; what comes after the
	// last but one is one parameter.
	MaxParams = 15
)

// Errors of Parse and AppendMessage, wrapped with what was wrong.
var (
	// ErrEmpty is wrapped when there is no command. RFC 1459 has such lines ignored.
	ErrEmpty = errors.New("message without a command")
	// ErrForbidden is wrapped when CR, LF or NUL stand inside a message.
	ErrForbidden = errors.New("CR, LF or NUL inside a message")
	// ErrTagsTooLong is wrapped when the tags are larger than allowed; a server
	// answers ERR_INPUTTOOLONG.
	ErrTagsTooLong = errors.New("tags too long")
	// ErrTooLong is wrapped when the message without its tags is larger than allowed.
	ErrTooLong = errors.New("message too long")
	// ErrMalformed is wrapped when a part of a message is not what it has to be.
	ErrMalformed = errors.New("malformed message")
)

// Message is one line of IRC.
type Message struct {
	Tags    Tags
	Source  string // who it is from, "" if that is not said; see ParseSource
	Command string // in upper case as parsed: a word or three digits
	Params  []string
	// Trailing says that the last parameter is written with a colon even where it
	// needs none: old clients expect one before texts.
	Trailing bool
}

// New returns a message; its last parameter is written with a colon if it has to be.
func New(source, command string, params ...string) Message {
	return Message{Source: source, Command: command, Params: params}
}

// Text returns a message whose last parameter is a text.
func Text(source, command string, params ...string) Message {
	return Message{Source: source, Command: command, Params: params, Trailing: true}
}

// Param returns the parameter with a number from 0, "" if there are fewer.
func (m *Message) Param(i int) string {
	if i < 0 || i >= len(m.Params) {
		return ""
	}
	return m.Params[i]
}

// Last returns the last parameter, "" if there is none.
func (m *Message) Last() string { return m.Param(len(m.Params) - 1) }

// String returns the line without CR LF, for logs; what cannot be written is told.
func (m Message) String() string {
	line, err := AppendMessage(nil, &m)
	if err != nil {
		return fmt.Sprintf("%s %q (%v)", m.Command, m.Params, err)
	}
	return string(line[:len(line)-2])
}

// Limits are the sizes that Parse allows, in bytes; 0 stands for no limit.
type Limits struct {
	Tags int // between @ and the space
	Line int // the rest, with CR LF, whether they are there or not
}

// The limits of the two directions. A client takes longer lines than there should
// be: some servers cut at 512 bytes before they put the source in front.
var (
	FromClient = Limits{Tags: MaxClientTags, Line: MaxLine}
	FromServer = Limits{Tags: MaxTags - 2, Line: 2 * MaxLine}
)

// Parse reads a line, with or without its CR LF or LF. The message shares the
// line's memory. Commands come back in upper case; spaces too many are passed
// over. With ErrMalformed the message comes as well, for a server has to answer
// any word as a command it does not know.
func Parse(line string, limits Limits) (Message, error) {
	var m Message
	line = strings.TrimSuffix(line, "\n")
	line = strings.TrimSuffix(line, "\r")
	if i := strings.IndexAny(line, "\r\n\x00"); i >= 0 {
		return m, fmt.Errorf("%w: byte %#x at %d", ErrForbidden, line[i], i)
	}
	if strings.HasPrefix(line, "@") {
		tags, rest, _ := strings.Cut(line[1:], " ")
		if limits.Tags > 0 && len(tags) > limits.Tags {
			return m, fmt.Errorf("%w: %d bytes, the most is %d", ErrTagsTooLong, len(tags), limits.Tags)
		}
		m.Tags = parseTags(tags)
		line = rest
	}
	if limits.Line > 0 && len(line)+2 > limits.Line {
		return m, fmt.Errorf("%w: %d bytes with CR LF, the most is %d", ErrTooLong, len(line)+2, limits.Line)
	}
	line = strings.TrimLeft(line, " ")
	if strings.HasPrefix(line, ":") {
		m.Source, line, _ = strings.Cut(line[1:], " ")
		line = strings.TrimLeft(line, " ")
	}
	command, line, _ := strings.Cut(line, " ")
	if command == "" {
		return m, ErrEmpty
	}
	m.Command = strings.ToUpper(command)
	m.parseParams(line)
	if !isCommand(command) {
		return m, fmt.Errorf("%w: command %q is neither letters nor digits", ErrMalformed, command)
	}
	return m, nil
}

func (m *Message) parseParams(line string) {
	if line = strings.TrimLeft(line, " "); line == "" {
		return
	}
	m.Params = make([]string, 0, min(MaxParams, 1+strings.Count(line, " ")))
	for line != "" {
		if line[0] == ':' {
			m.Params, m.Trailing = append(m.Params, line[1:]), true
			return
		}
		if len(m.Params) == MaxParams-1 {
			m.Params = append(m.Params, line)
			return
		}
		var param string
		param, line, _ = strings.Cut(line, " ")
		m.Params = append(m.Params, param)
		line = strings.TrimLeft(line, " ")
	}
}

func isCommand(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
