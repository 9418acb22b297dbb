package irc

import (
	"strings"
	"testing"
)

func TestMapping(t *testing.T) {
	for _, tc := range []struct {
		name            string
		want            Mapping
		known           bool
		brackets, caret bool // whether [ is {, and ^ is ~
	}{
		{"rfc1459", RFC1459, true, true, true},
		{"rfc1459-strict", RFC1459Strict, true, true, false},
		{"ASCII", ASCII, true, false, false},
		{"rfc8265", ASCII, false, false, false},
	} {
		m, known := ParseMapping(tc.name)
		if m != tc.want || known != tc.known {
			t.Errorf("%s: %v, %v", tc.name, m, known)
		}
		if got := m.Fold("Ab[]\\É1"); got != map[bool]string{true: "ab{}|É1", false: "ab[]\\É1"}[tc.brackets] {
			t.Errorf("%s folds to %q", tc.name, got)
		}
		if m.Equal("[", "{") != tc.brackets || m.Equal("^", "~") != tc.caret || !m.Equal("nIcK", "NiCk") || m.Equal("a", "ab") {
			t.Errorf("%s compares wrongly", tc.name)
		}
		if back, ok := ParseMapping(m.String()); back != m || !ok {
			t.Errorf("%s is written %s", tc.name, m)
		}
	}
	var zero ISupport
	if zero.CaseMapping() != RFC1459 {
		t.Error("a server that says nothing means rfc1459")
	}
}

func TestValid(t *testing.T) {
	for nick, want := range map[string]bool{
		"a": true, "[a]`^_{|}-9": true, "": false, "9a": false, "-a": false, "a b": false, "é": false, "a.b": false,
		"a!b": false, "a@b": false, "#a": false, "abcdefghijk": true, "abcdefghijkl": false, "a\x00": false, "a,b": false, "a*": false,
	} {
		if ValidNick(nick, 11) != want {
			t.Errorf("nick %q valid: %v", nick, !want)
		}
	}
	for name, want := range map[string]bool{
		"#a": true, "&a": true, "#": false, "": false, "a": false, "#a b": false, "#a,b": false, "#a\x07": false,
		"##": true, "#é": true, "#a:b": true, "#123456789": true, "#1234567890": false, "+a": false,
	} {
		if ValidChannel(name, "#&", 10) != want {
			t.Errorf("channel %q valid: %v", name, !want)
		}
	}
	for name, want := range map[string]string{
		"Ada": "Ada", "Ada Lovelace": "Ada_Lovelac", "Zoë": "Zoe", "1st": "st", "José-María": "Jose-Maria",
		"李": "", "  ": "", "😀 x": "_x", "😀 😀": "", "a!b@c": "abc",
	} {
		got := NickFrom(name, 11)
		if got != want || got != "" && !ValidNick(got, 11) {
			t.Errorf("%q becomes the nick %q, want %q", name, got, want)
		}
	}
}

func TestDecode(t *testing.T) {
	for in, want := range map[string]string{
		"café": "café", "caf\xe9": "café", "\x80uro": "€uro", "": "",
		"naïve caf\xc3":        "naïve caf\ufffd",
		"ends in \xe2\x82":     "ends in \ufffd",
		"\x81 is not assigned": "\ufffd is not assigned",
	} {
		if got := Decode(in); got != want {
			t.Errorf("%q is decoded to %q, want %q", in, got, want)
		}
	}
}

func TestMask(t *testing.T) {
	for _, tc := range []struct {
		mask, name string
		want       bool
	}{
		{"*!*@*", "n!u@h", true},
		{"n!u@h", "N!U@H", true},
		{"n?ck!*@*", "nick!u@h", true},
		{"n?ck!*@*", "nck!u@h", false},
		{"*a*b*c", "xaxbxbxc", true},
		{"*a*b*c", "xaxbxbxd", false},
		{"", "", true},
		{"*", "", true},
		{"?", "", false},
		{"a", "ab", false},
		{"ab", "a", false},
		{`\*`, "*", true},
		{`\*`, "a", false},
		{`a\?`, "a?", true},
		{`*\*x`, "a*b*x", true},
		{`a\b`, `a\b`, true},
		{"[a]", "{A}", true},
		{strings.Repeat("*a", 100), strings.Repeat("a", 99), false},
	} {
		if got := MatchMask(RFC1459, tc.mask, tc.name); got != tc.want {
			t.Errorf("%q on %q: %v", tc.mask, tc.name, got)
		}
	}
	for in, want := range map[string]string{
		"nick": "nick!*@*", "u@h": "*!u@h", "n!u": "n!u@*", "n!u@h": "n!u@h", "10.0.0.1": "*!*@10.0.0.1", "a.b": "*!*@a.b",
		"*": "*!*@*", "***!**@**": "*!*@*", "!@": "*!*@*", "n!@h": "n!*@h", "@h": "*!*@h", `a\**`: `a\**!*@*`,
	} {
		if got := FullMask(in); got != want {
			t.Errorf("%q is completed to %q, want %q", in, got, want)
		}
	}
}

// FuzzMask compares with the slow and obvious way.
func FuzzMask(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add(`\*?\\`, `*a\`)
	f.Fuzz(func(t *testing.T, mask, name string) {
		if len(mask) > 12 || len(name) > 12 {
			return
		}
		if got, want := MatchMask(ASCII, mask, name), slowMatch(mask, name); got != want {
			t.Fatalf("%q on %q: %v", mask, name, got)
		}
	})
}

func slowMatch(mask, name string) bool {
	if mask == "" {
		return name == ""
	}
	if mask[0] == '*' {
		return slowMatch(mask[1:], name) || name != "" && slowMatch(mask, name[1:])
	}
	c, rest, any := mask[0], mask[1:], mask[0] == '?'
	if c == '\\' && rest != "" && strings.Contains(`*?\`, rest[:1]) {
		c, rest, any = rest[0], rest[1:], false
	}
	return name != "" && (any || ASCII.lower(c) == ASCII.lower(name[0])) && slowMatch(rest, name[1:])
}

func TestSource(t *testing.T) {
	for text, want := range map[string]Source{
		"n!u@h": {"n", "u", "h"}, "n": {Nick: "n"}, "n@h": {Nick: "n", Host: "h"}, "irc.example.org": {Nick: "irc.example.org"}, "": {},
		"n!u@h!x@y": {"n", "u", "h!x@y"},
	} {
		got := ParseSource(text)
		if got != want || got.String() != text {
			t.Errorf("%q: %+v, written %q", text, got, got)
		}
		if got.IsServer() != (text == "irc.example.org") {
			t.Errorf("%q a server: %v", text, got.IsServer())
		}
	}
}

func TestCTCP(t *testing.T) {
	if text := Action("waves"); text != "\x01ACTION waves\x01" {
		t.Errorf("%q", text)
	}
	for in, want := range map[string][2]string{
		"\x01ACTION waves\x01": {"ACTION", "waves"}, "\x01action a b": {"ACTION", "a b"}, "\x01VERSION\x01": {"VERSION", ""},
		"\x01\x01": {}, "\x01": {}, "hello": {}, "": {},
	} {
		command, params, ok := ParseCTCP(in)
		if command != want[0] || params != want[1] || ok != (want[0] != "") {
			t.Errorf("%q: %q %q %v", in, command, params, ok)
		}
	}
	if what, ok := ParseAction("\x01ACTION waves"); !ok || what != "waves" {
		t.Errorf("%q, %v", what, ok)
	}
	if _, ok := ParseAction("\x01PING 1\x01"); ok {
		t.Error("PING is no action")
	}
}

func TestNumerics(t *testing.T) {
	if len(names) < 150 || NameOf(RPL_WELCOME) != "RPL_WELCOME" || NameOf("PRIVMSG") != "PRIVMSG" || NameOf("999") != "999" {
		t.Error("names")
	}
	for command, want := range map[string]bool{
		ERR_NOSUCHNICK: true, ERR_SASLFAIL: true, ERR_NOPRIVS: true, "499": true, RPL_LOGGEDIN: false, RPL_WELCOME: false, "ERROR": false, "4": false,
	} {
		if IsError(command) != want {
			t.Errorf("%s an error: %v", command, !want)
		}
	}
}
