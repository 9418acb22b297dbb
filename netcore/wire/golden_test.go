package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

var update = flag.Bool("update", false, "write testdata anew")

// The devices of the examples: the keys of the seeds 01 01 …, 02 02 … and 03 03 ….
var (
	ada = identity.KeyFromSeed([32]byte(bytes.Repeat([]byte{1}, 32)))
	bob = identity.KeyFromSeed([32]byte(bytes.Repeat([]byte{2}, 32)))
	cy  = identity.KeyFromSeed([32]byte(bytes.Repeat([]byte{3}, 32)))
)

var (
	exampleTime         = time.UnixMilli(1_790_000_000_123)
	exampleAnnouncement = Announcement{
		Device: ada.ID(), Instance: 1_790_000_000_000, Sequence: 7, Name: "Ada", Status: "at lunch",
		LinkPort: 47475, Capabilities: []string{"lobby"},
	}
	exampleQuestion = Announcement{
		Device: ada.ID(), Instance: 1_790_000_000_000, Sequence: 1, Name: "Ada", LinkPort: 47475, Asks: true, Padding: 8,
	}
	exampleGoodbye = Announcement{
		Device: ada.ID(), Instance: 1_790_000_000_000, Sequence: 8, Name: "Ada", LinkPort: 47475, Goodbye: true,
	}
)

// exampleID names the example messages; n counts them.
func exampleID(n int) chat.MessageID {
	return chat.MessageID{0x01, 0xa0, 0xc4, 0x1e, 0xdc, 0x7b, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, byte(n)}
}

// exampleLog signs entries as one log: sequence, previous, times and IDs follow
// from the order.
func exampleLog(t testing.TB, key *identity.Key, conversation chat.ConversationID, firstID int, entries ...Entry) []SignedEntry {
	t.Helper()
	var signed []SignedEntry
	var previous Hash
	for i, e := range entries {
		e.Log = LogID{Conversation: conversation, Author: key.ID(), Incarnation: 5}
		e.Sequence, e.Previous = uint64(i+1), previous
		e.Time, e.Wall = HybridAt(exampleTime)+HybridTime(i), exampleTime
		e.ID = exampleID(firstID + i)
		s, err := SignEntry(key, e)
		if err != nil {
			t.Fatal(err)
		}
		signed, previous = append(signed, s), s.Hash
	}
	return signed
}

// exampleEntries are Ada's log in her conversation with Bob: two texts, an edit
// of the first, a retraction of the first with its edit.
func exampleEntries(t testing.TB) []SignedEntry {
	t.Helper()
	return exampleLog(t, ada, chat.DirectID(ada.ID(), bob.ID()), 0,
		Entry{Kind: KindText, Body: TextBody("Hello, Bob.")},
		Entry{Kind: KindText, Body: TextBody("Zweite Zeile: „ü“")},
		Entry{Kind: KindEdit, About: exampleID(0), Body: TextBody("Hello, Bob!")},
		Entry{Kind: KindRetraction, About: exampleID(0), Body: NullBody},
	)
}

// exampleAnswers are Bob's log in the same conversation.
func exampleAnswers(t testing.TB) []SignedEntry {
	t.Helper()
	return exampleLog(t, bob, chat.DirectID(ada.ID(), bob.ID()), 16,
		Entry{Kind: KindReaction, About: exampleID(1), Body: TextBody("👍")},
		Entry{
			Kind: KindText, About: exampleID(1), Mentions: []identity.DeviceID{ada.ID()}, Body: TextBody("Danke, @Ada"),
		},
	)
}

var (
	exampleNonce = [16]byte(bytes.Repeat([]byte{4}, 16))
	exampleGroup = chat.GroupID(ada.ID(), exampleNonce)
)

// exampleView is the mark of the group as she founds it.
func exampleView() Mark {
	members := [2]identity.DeviceID{ada.ID(), bob.ID()}
	return Hash(sha256.Sum256(slices.Concat(members[0][:], members[1][:], []byte("Boat")))).Mark()
}

// exampleChanges are Ada's log in the group that she founds.
func exampleChanges(t testing.TB) []SignedEntry {
	t.Helper()
	known := Hash(bytes.Repeat([]byte{7}, 32))
	return exampleLog(t, ada, exampleGroup, 32,
		Entry{Kind: KindGenesis, Body: GenesisBody(Genesis{
			Name: "Boat", Members: []identity.DeviceID{bob.ID()}, Nonce: exampleNonce,
		})},
		Entry{Kind: KindAdd, Body: DevicesBody([]identity.DeviceID{cy.ID()})},
		Entry{Kind: KindRemove, Body: RemoveBody([]Removal{{Device: cy.ID(), Known: []Hash{known}}})},
		Entry{Kind: KindRename, Called: "Ada", Body: TextBody("Boat house")},
		Entry{Kind: KindLeave, Body: NullBody},
	)
}

// examples are the byte-exact examples of PROTOCOL.md.
func examples(t testing.TB) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	for name, a := range map[string]Announcement{
		"announcement": exampleAnnouncement, "question": exampleQuestion, "goodbye": exampleGoodbye,
	} {
		datagram, err := AppendAnnouncement(nil, ada, a)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = datagram
	}
	entries, answers, changes := exampleEntries(t), exampleAnswers(t), exampleChanges(t)
	for name, e := range map[string]SignedEntry{
		"entry-1": entries[0], "entry-2": entries[1], "edit": entries[2], "retraction": entries[3],
		"erased": entries[0].Erase(), "reaction": answers[0], "reply": answers[1],
		"genesis": changes[0], "add": changes[1], "remove": changes[2], "rename": changes[3], "leave": changes[4],
	} {
		all[name] = e.Raw
	}
	all["typing"] = AppendTyping(nil, Typing{Conversation: exampleGroup, Active: true})
	for name, f := range map[string]Frame{
		"introduction": Introduction{Heard: []HeardAnnouncement{
			{Datagram: all["goodbye"]},
			{Datagram: []byte("another"), Addresses: []netip.AddrPort{
				netip.MustParseAddrPort("10.77.0.2:47475"), netip.MustParseAddrPort("[fd00:77::2]:47475"),
			}},
		}},
		"frontiers": Frontiers{Full: true, List: []Frontier{{
			Conversation: chat.DirectID(ada.ID(), bob.ID()),
			Logs: []LogRange{{
				Author: ada.ID(), Incarnation: 5, Range: Range{Lowest: 1, Highest: 2}, Head: entries[1].Hash.Mark(), Read: 1,
			}},
		}}},
		"entries":        Entries{Raw: [][]byte{entries[0].Raw, entries[1].Raw}},
		"entries-erased": Entries{Raw: [][]byte{entries[0].Erase().Raw}, Retractions: [][]byte{entries[3].Raw}},
		"probe":          Probe{Nonce: 0x0102030405060708},
		"early":          Early{Conversation: chat.DirectID(ada.ID(), bob.ID()), Now: exampleTime},
		"roll":           Roll{Raw: [][]byte{changes[0].Raw}},
		"view":           Frontiers{Full: true, List: []Frontier{{Conversation: exampleGroup, View: exampleView()}}},
		"answer":         Probe{Nonce: 0x0102030405060708, Answer: true},
	} {
		frame, err := AppendFrame(nil, f)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = frame
	}
	return all
}

func TestGolden(t *testing.T) {
	for name, got := range examples(t) {
		file := filepath.Join("testdata", name+".hex")
		if *update {
			if err := os.WriteFile(file, []byte(wrapHex(got)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is encoded as\n%swant\n%s", name, wrapHex(got), text)
		}
	}
}

// wrapHex writes bytes as lines of 32.
func wrapHex(b []byte) string {
	var lines strings.Builder
	for len(b) > 0 {
		n := min(32, len(b))
		lines.WriteString(hex.EncodeToString(b[:n]) + "\n")
		b = b[n:]
	}
	return lines.String()
}

// TestProtocolDocument holds the examples in PROTOCOL.md against the code: a
// fenced block "hex NAME" is what the code makes.
func TestProtocolDocument(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("..", "PROTOCOL.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := examples(t)
	blocks := regexp.MustCompile("(?ms)^```hex ([a-z0-9-]+)\n(.*?)^```$").FindAllStringSubmatch(string(document), -1)
	for _, block := range blocks {
		name := block[1]
		if want := wrapHex(all[name]); block[2] != want {
			t.Errorf("PROTOCOL.md shows %s as\n%swant\n%s", name, block[2], want)
		}
		delete(all, name)
	}
	for name := range all {
		t.Errorf("PROTOCOL.md has no example %s", name)
	}
	for what, text := range map[string]string{
		"Ada's device ID":  ada.ID().String(),
		"Bob's device ID":  bob.ID().String(),
		"Cy's device ID":   cy.ID().String(),
		"conversation":     inHex(chat.DirectID(ada.ID(), bob.ID())),
		"group's ID":       inHex(exampleGroup),
		"lobby's ID":       inHex(chat.LobbyID),
		"hash of entry 1":  inHex(exampleEntries(t)[0].Hash),
		"Ada's public key": ada.ID().Hex(),
	} {
		if !strings.Contains(string(document), text) {
			t.Errorf("PROTOCOL.md does not say that the %s is %s", what, text)
		}
	}
}

func inHex[T ~[32]byte](b T) string { return hex.EncodeToString(b[:]) }

func TestAnnouncementRoundTrip(t *testing.T) {
	for _, want := range []Announcement{exampleAnnouncement, exampleQuestion, exampleGoodbye} {
		datagram, err := AppendAnnouncement([]byte("before"), ada, want)
		if err != nil {
			t.Fatal(err)
		}
		datagram = append(datagram[len("before"):], "trailing bytes"...)
		got, err := ParseAnnouncement(datagram)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
		if peeked, err := PeekAnnouncement(datagram); err != nil || !reflect.DeepEqual(peeked, want) {
			t.Errorf("peeked %+v, %v", peeked, err)
		}
	}
}

func TestFrameRoundTrip(t *testing.T) {
	entries := exampleEntries(t)
	var stream []byte
	frames := []Frame{
		Introduction{Heard: []HeardAnnouncement{{Datagram: []byte{1}, Addresses: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:1")}}}},
		Frontiers{List: []Frontier{{Conversation: chat.ConversationID{1}, Logs: []LogRange{{Author: ada.ID(), Incarnation: 1, Range: Range{3, 9}, Head: Mark{7}, Read: 9}}}}},
		Entries{Raw: [][]byte{entries[0].Raw}},
		Entries{Raw: [][]byte{entries[0].Erase().Raw}, Retractions: [][]byte{entries[3].Raw}},
		Probe{Nonce: 1<<64 - 1, Answer: true},
	}
	for i, f := range frames {
		var err error
		if stream, err = AppendFrame(stream, f); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			stream = append(stream, 0, 0, 0, 3, 200, 0xff, 0xff) // of a type to come
		}
	}
	r := bytes.NewReader(stream)
	for _, want := range frames {
		got, err := ReadFrame(r)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}
