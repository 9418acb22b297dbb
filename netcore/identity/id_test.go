package identity

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func exampleID(n byte) DeviceID {
	return KeyFromSeed([32]byte(bytes.Repeat([]byte{n}, 32))).ID()
}

func TestTextForm(t *testing.T) {
	for _, tc := range []struct {
		id   DeviceID
		text string
	}{
		{exampleID(1), "rkeohxl-ubhyzlf-7ks3mwt-zos5ol4-fgocn7d-wkbeg73-toseadn-apn5oar"},
		{exampleID(2), "qe4xodv-ipulv67-vvdkrtm-gtd6ztv-fy3curw-txdpiso-56yhvxd-6jwoka3"},
		{DeviceID{}, "aaaaaaa-aaaaaaa-aaaaaaa-aaaaaaa-aaaaaaa-aaaaaaa-aaaaaaa-aaaaaaa"},
	} {
		if got := tc.id.String(); got != tc.text {
			t.Errorf("%x is written %s, want %s", tc.id[:], got, tc.text)
		}
		upper := strings.ToUpper(tc.text)
		for _, text := range []string{
			tc.text, upper, strings.ReplaceAll(tc.text, "-", ""), strings.ReplaceAll(tc.text, "-", " "),
			"  " + strings.ReplaceAll(tc.text, "-", "\u2013") + "\n",
			strings.NewReplacer("o", "0", "l", "1", "b", "8").Replace(tc.text),
		} {
			if got, err := ParseDeviceID(text); err != nil || got != tc.id {
				t.Errorf("%q is read as %s, %v", text, got, err)
			}
		}
	}
}

// TestTypos: every wrong character is found, and so are every two neighbours
// exchanged but a and 7, which Luhn's check takes for each other's doubles.
func TestTypos(t *testing.T) {
	compact := exampleID(1).compact()
	for at := range compact {
		for _, c := range alphabet {
			typo := compact[:at] + string(c) + compact[at+1:]
			if typo == compact {
				continue
			}
			if id, err := ParseDeviceID(typo); !errors.Is(err, ErrBadID) {
				t.Errorf("%c at %d is read as %s", c, at, id)
			}
		}
	}
	for n := byte(1); n <= 50; n++ {
		compact := exampleID(n).compact()
		for at := range len(compact) - 1 {
			pair := compact[at : at+2]
			if pair[0] == pair[1] || pair == "a7" || pair == "7a" {
				continue
			}
			typo := compact[:at] + string(pair[1]) + string(pair[0]) + compact[at+2:]
			if id, err := ParseDeviceID(typo); !errors.Is(err, ErrBadID) {
				t.Errorf("%s exchanged at %d of %s is read as %s", pair, at, compact, id)
			}
		}
	}
}

func TestBadIDs(t *testing.T) {
	good := exampleID(1).String()
	for _, text := range []string{"", "x", "rkeohxl", good + "a", good[:len(good)-1], strings.Repeat("!", 56), strings.Repeat("é", 56), strings.Repeat("a", 1<<16)} {
		if id, err := ParseDeviceID(text); !errors.Is(err, ErrBadID) {
			t.Errorf("%.20q is read as %s, %v", text, id, err)
		}
	}
}

func TestHasPrefix(t *testing.T) {
	id := exampleID(1)
	for _, tc := range []struct {
		prefix string
		want   bool
	}{
		{"rkeo", true}, {"RKE-OHXL-U8", true}, {id.String(), true}, {"", false}, {"-", false}, {"rkeq", false}, {id.String() + "a", false},
	} {
		if got := id.HasPrefix(tc.prefix); got != tc.want {
			t.Errorf("prefix %q: %t", tc.prefix, got)
		}
	}
}

// FuzzDeviceID: what is read is written the way it is read again.
func FuzzDeviceID(f *testing.F) {
	f.Add(exampleID(1).String())
	f.Add(strings.ToUpper(exampleID(2).compact()))
	f.Add("qe4xodv ipulv67")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseDeviceID(text)
		if err != nil {
			if !errors.Is(err, ErrBadID) || !id.IsZero() {
				t.Fatalf("%q: %s, %v", text, id, err)
			}
			return
		}
		again, err := ParseDeviceID(id.String())
		if err != nil || again != id {
			t.Fatalf("%q is %s, read again %s, %v", text, id, again, err)
		}
		if !id.HasPrefix(text) {
			t.Fatalf("%q is %s and no prefix of it", text, id)
		}
	})
}
