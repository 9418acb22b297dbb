package chat

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/identity"
)

func TestCleanText(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"", ""},
		{"plain", "plain"},
		{"two\nlines\tand a tab", "two\nlines\tand a tab"},
		{"Windows\r\nand old Mac\r.", "Windows\nand old Mac\n."},
		{"\x00\x07\x1b[31m\x7f", "␀␇␛[31m␡"},
		{"\u0085\u009b", "\ufffd\ufffd"},
		{"bad \xff\xfe bytes", "bad \ufffd\ufffd bytes"},
		{"a\u202eb\u2066c\u2069d\u200ee\u061cf", "abcdef"},
		{"שלום and مرحبا", "שלום and مرحبا"},
		{"👨‍👩‍👧 stays one", "👨‍👩‍👧 stays one"},
	} {
		got := CleanText(tc.text)
		if got != tc.want {
			t.Errorf("%q becomes %q, want %q", tc.text, got, tc.want)
		}
		if again := CleanText(got); again != got {
			t.Errorf("%q is cleaned again to %q", got, again)
		}
	}
}

func TestCleanName(t *testing.T) {
	for _, tc := range []struct{ name, want string }{
		{"Ada", "Ada"},
		{"  Ada \t Lovelace\n", "Ada Lovelace"},
		{"A\u200bda", "A da"},
		{"\u200b\u2060 \u3164", ""},
		{"", ""},
		{"\u202eadA", "adA"},
		{"\u200d\ufe0f", ""}, // nothing to see
		{"\U000e0061", ""},
		{"\u2800\u115f", ""},
		{"\u2764\ufe0f", "\u2764\ufe0f"},
		{"\u0301", "\u0301"},
		{strings.Repeat("é", 100), strings.Repeat("é", MaxName)},
		{strings.Repeat("x", MaxName-1) + " yz", strings.Repeat("x", MaxName-1)},
	} {
		if got := CleanName(tc.name); got != tc.want {
			t.Errorf("%q becomes %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestCheckText(t *testing.T) {
	for _, tc := range []struct {
		text string
		want error
	}{
		{"hello", nil},
		{strings.Repeat("x", MaxText), nil},
		{strings.Repeat("x", MaxText+1), ErrText},
		{" \n\t", ErrText},
		{"", ErrText},
		{"bad \xff", ErrText},
	} {
		if err := CheckText(tc.text); !errors.Is(err, tc.want) {
			t.Errorf("%.20q: %v", tc.text, err)
		}
	}
}

func TestConversationIDs(t *testing.T) {
	a, b := identity.DeviceID{1}, identity.DeviceID{2}
	if DirectID(a, b) != DirectID(b, a) {
		t.Error("the order of the two matters")
	}
	if DirectID(a, b) == DirectID(a, identity.DeviceID{3}) {
		t.Error("two conversations have one ID")
	}
	id := PlainID(netip.MustParseAddrPort("10.0.0.1:12345"))
	var back ConversationID
	if err := back.UnmarshalText([]byte(id.String())); err != nil || back != id {
		t.Errorf("%s is read as %s, %v", id, back, err)
	}
	for _, text := range []string{"", "x", id.String() + "a", strings.Repeat("!", 52)} {
		if err := back.UnmarshalText([]byte(text)); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestPositionText(t *testing.T) {
	p := Position{1, 2, 3, 23: 9}
	text, _ := p.MarshalText()
	var back Position
	if err := back.UnmarshalText(text); err != nil || back != p {
		t.Errorf("%s is read as %v, %v", text, back, err)
	}
	for _, text := range []string{"", "00", strings.Repeat("g", 48)} {
		if err := back.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a position", text)
		}
	}
}
