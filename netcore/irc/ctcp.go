package irc

import "strings"

// ctcp stands around a request between clients, in place of a text
// (https://modern.ircdocs.horse/ctcp).
const ctcp = "\x01"

// Action returns the text that is shown as "* nick text".
func Action(text string) string { return FormatCTCP("ACTION", text) }

// ParseAction returns what somebody does; false: the text is no action.
func ParseAction(text string) (string, bool) {
	command, params, ok := ParseCTCP(text)
	return params, ok && command == "ACTION"
}

// FormatCTCP returns a text that is a request or, in a NOTICE, an answer.
func FormatCTCP(command, params string) string {
	if params != "" {
		command += " " + params
	}
	return ctcp + command + ctcp
}

// ParseCTCP reads such a text; the character at the end may be missing, as where a
// server cut it. The command comes back in upper case.
func ParseCTCP(text string) (command, params string, ok bool) {
	text, ok = strings.CutPrefix(text, ctcp)
	if !ok {
		return "", "", false
	}
	text = strings.TrimSuffix(text, ctcp)
	command, params, _ = strings.Cut(text, " ")
	return strings.ToUpper(command), params, command != ""
}
