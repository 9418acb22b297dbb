package irc

import "slices"

// The kinds of standard replies (IRCv3 standard-replies).
const (
	Fail = "FAIL"
	Warn = "WARN"
	Note = "NOTE"
)

// StandardReply is what a server says about a command, for programs and people.
type StandardReply struct {
	Kind        string   // Fail, Warn or Note
	Command     string   // what it is about; "*" for none
	Code        string   // for programs, such as ACCOUNT_REQUIRED
	Context     []string // what it is about in more detail
	Description string   // for people
}

// Message returns the reply as a message from a server.
func (r StandardReply) Message(server string) Message {
	command := r.Command
	if command == "" {
		command = "*"
	}
	params := append([]string{command, r.Code}, r.Context...)
	return Text(server, r.Kind, append(params, r.Description)...)
}

// ParseStandardReply reads a message as one; false if it is none.
func ParseStandardReply(m *Message) (StandardReply, bool) {
	if m.Command != Fail && m.Command != Warn && m.Command != Note || len(m.Params) < 3 {
		return StandardReply{}, false
	}
	last := len(m.Params) - 1
	r := StandardReply{Kind: m.Command, Command: m.Params[0], Code: m.Params[1], Description: m.Params[last]}
	r.Context = slices.Clone(m.Params[2:last])
	return r, true
}
