package replica

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

func TestMentions(t *testing.T) {
	names := map[identity.DeviceID]string{
		{1}: "Ada", {2}: "Ada Lovelace", {3}: "Bob", {4}: "Zoë", {5}: "Bob", {6}: "李雷",
	}
	for _, tc := range []struct {
		text string
		want []byte // first bytes of IDs
	}{
		{"nobody", nil},
		{"hello @Ada", []byte{1}},
		{"hello @ada, how are you?", []byte{1}},
		{"@Ada Lovelace wrote the first program", []byte{2}},
		{"@Adam is somebody else", nil},
		{"@Ada2 too", nil},
		{"two are called @Bob.", []byte{3, 5}},
		{"@Zoë @Ada @Zoë", []byte{1, 4}},
		{"@李雷：你好", []byte{6}},
		{"mail to x@Ada", []byte{1}},
		{"@", nil},
		{"@@Ada", []byte{1}},
	} {
		var got []byte
		for _, id := range mentionsIn(tc.text, names) {
			got = append(got, id[0])
		}
		slices.Sort(got)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%q calls %v, want %v", tc.text, got, tc.want)
		}
	}
	many := make(map[identity.DeviceID]string)
	for i := range 2 * chat.MaxMentions {
		many[identity.DeviceID{byte(i), byte(i >> 8), 1}] = strings.Repeat("x", i%60+1)
	}
	var text strings.Builder
	for name := range maps.Values(many) {
		text.WriteString("@" + name + " ")
	}
	if n := len(mentionsIn(text.String(), many)); n != chat.MaxMentions {
		t.Errorf("%d people are called, the most is %d", n, chat.MaxMentions)
	}
}
