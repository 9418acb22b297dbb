package link

import (
	"errors"
	"net"
	"strings"
	"testing"
)

func TestCodesAreWhatTheProtocolSays(t *testing.T) {
	for code, want := range map[Code]string{
		1: "goodbye", 2: "duplicate", 3: "blocked", 4: "protocol", 5: "idle", 6: "busy", 7: "stalled",
		0: "code 0", 99: "code 99",
	} {
		if got := code.String(); got != want {
			t.Errorf("code %d is %q, not %q", uint64(code), got, want)
		}
	}
}

func TestCloseError(t *testing.T) {
	for _, test := range []struct {
		err  CloseError
		text string
		ours bool
	}{
		{CloseError{Code: Goodbye}, "link closed: goodbye", true},
		{CloseError{Code: Idle, Reason: "no news", Peer: true}, "link closed by the other side: idle (no news)", false},
	} {
		if got := test.err.Error(); got != test.text {
			t.Errorf("text is %q, not %q", got, test.text)
		}
		if got := errors.Is(&test.err, net.ErrClosed); got != test.ours {
			t.Errorf("%q is net.ErrClosed: %t", test.text, got)
		}
	}
}

func TestReasons(t *testing.T) {
	long := strings.Repeat("ä", maxReason)
	if got := clipReason(long); got != long[:maxReason] || !strings.HasPrefix(long, got) {
		t.Errorf("clipped to %d bytes", len(got))
	}
	if got := clipReason("x" + long); len(got) != maxReason-1 {
		t.Errorf("clipped to %d bytes, in the middle of a character", len(got))
	}
	if got := cleanReason("a\x1b[31m\xff\u202eb"); got != "a␛[31m\ufffdb" {
		t.Errorf("cleaned to %q", got)
	}
}
