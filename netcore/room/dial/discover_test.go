package dial

import "testing"

func TestRecognise(t *testing.T) {
	for _, c := range []struct{ heard, name, want string }{
		{"", "", ""},
		{"", "Ada", ""},
		{"You are connected from:('127.0.0.1', 5000)", "", "tcp+addressed"},
		{"NOTICE * :*** Looking up your hostname...\r\n", "", "irc"},
		{":irc.test 451 * :You have not registered\r\n", "Ada", "irc"},
		{"ERROR :Closing link\r\n", "Ada", "irc"},
		{"\x15\x03\x01\x00\x02\x02\x46", "Ada", "ircs"},
		{"HTTP/1.1 400 Bad Request\r\n", "Ada", ""},
		{"<!DOCTYPE HTML>\n<html>", "Ada", ""},
		{"Welcome!", "", ""},
		{"Ada\r\n", "Ada", "tcp+broadcast"},
		{"('127.0.0.1', 5000): Ada", "Ada", "tcp+broadcast"},
		{"desk-7", "Ada", "tcp+paired"},
	} {
		if got := recognise([]byte(c.heard), c.name); got != c.want {
			t.Errorf("%q after %q: %q, not %q", c.heard, c.name, got, c.want)
		}
	}
}

// TestKindOf: how a server was spoken to tells, else that it was encrypted, else its
// port; and nothing tells of another one.
func TestKindOf(t *testing.T) {
	for name, tc := range map[string]struct {
		settings   map[string]string
		host, want string
	}{
		"as it was":               {map[string]string{kindKey + "h:7000": "tcp+paired"}, "h:7000", "tcp+paired://h:7000"},
		"a certificate is kept":   {map[string]string{trustKey + "h:6667": "AA:BB"}, "h:6667", "ircs://h:6667"},
		"both":                    {map[string]string{kindKey + "h:7000": "irc", trustKey + "h:7000": "AA:BB"}, "h:7000", "irc://h:7000"},
		"on the usual port":       {map[string]string{kindKey + "h:6697": "ircs"}, "h", "ircs://h:6697"},
		"the port says":           {nil, "h:6697", "ircs://h:6697"},
		"nothing does":            {nil, "h:7000", ""},
		"of another port nothing": {map[string]string{kindKey + "h:7001": "irc"}, "h:7000", ""},
	} {
		if got := kindOf(tc.settings, tc.host); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
