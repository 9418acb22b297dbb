package dial

import (
	"errors"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Address{
		"ircs://irc.libera.chat/#room":    {"ircs", "irc.libera.chat:6697", "#room"},
		"IRC://Host/room":                 {"irc", "host:6667", "#room"},
		"irc://host:7000":                 {"irc", "host:7000", ""},
		" ircs://host/%23a%2Fb ":          {"ircs", "host:6697", "#a/b"},
		"ircs://[fe80::1]/#room":          {"ircs", "[fe80::1]:6697", "#room"},
		"ircs://[fe80::1]:7000/#room":     {"ircs", "[fe80::1]:7000", "#room"},
		"irc://host/&local":               {"irc", "host:6667", "&local"},
		"tcp+broadcast://host:12345/room": {"tcp+broadcast", "host:12345", ""},
		"tcp+paired://host:8080":          {"tcp+paired", "host:8080", ""},
	} {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%q: read again it is %+v, %v", got, again, err)
		}
	}
	for _, text := range []string{
		"", "host/#room", "http://host/#room", "irc://", "irc://no such/#room", "irc://user@host", "irc://host:0", "irc://host:99999",
		"tcp+broadcast://host", "irc://host/#a,#b", "irc://host/%23a%0D%0AQUIT", "irc://host/#a b",
	} {
		if got, err := Parse(text); !errors.Is(err, chat.ErrUnknown) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}
