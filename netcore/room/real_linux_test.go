package room

import (
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/netlab/ircd"
)

// TestRealServers: two devices with the same name talk on servers of others, and
// come back when the server does.
func TestRealServers(t *testing.T) {
	for _, name := range ircd.Names {
		t.Run(name, func(t *testing.T) {
			server := ircd.Start(t, name)
			url := "irc://" + server.Address + "/#room"
			ada, other := newBench(t), newBench(t)
			id := ada.join(url)
			if got := other.join(url); got != id {
				t.Error("not the same conversation")
			}
			nick := other.status(id).Nick
			if ada.status(id).Nick != "Ada" || nick != "Ada_" {
				t.Errorf("nicks %s and %s", ada.status(id).Nick, nick)
			}
			ada.until("both there", func() bool { return ada.status(id).Members == 2 && other.status(id).Members == 2 })
			ada.send(id, "hello, Grüße 😀")
			other.holds(id, "Ada: hello, Grüße 😀")
			ada.holds(id, "own delivered: hello, Grüße 😀")
			if _, err := ada.Command(t.Context(), id, "/topic About tests"); err != nil {
				t.Fatal(err)
			}
			other.until("the topic", func() bool { return other.status(id).Topic == "About tests" })
			if who, err := ada.Command(t.Context(), id, "/whois "+nick); err != nil || !strings.Contains(who, "Ada") {
				t.Errorf("whois: %q, %v", who, err)
			}
			other.send(id, "/me waves")
			ada.holds(id, "own delivered: hello, Grüße 😀", "Ada_: /me waves")
			long := strings.Repeat("long ", 200)
			ada.send(id, long)
			ada.until("a long text delivered", func() bool { h := ada.held(id); return h[len(h)-1] == "own delivered: "+long })
			other.until("its parts", func() bool {
				var all strings.Builder
				for _, line := range other.held(id) {
					if text, ok := strings.CutPrefix(line, "Ada: "); ok && strings.HasPrefix(text, "long") {
						all.WriteString(strings.TrimRight(text, " ") + " ")
					}
				}
				return all.String() == long
			})
			if _, err := ada.Command(t.Context(), id, "/mode +m"); err != nil {
				t.Fatal(err)
			}
			refused := other.send(id, "may I?")
			other.until("refused, with the reason", func() bool {
				m, err := other.store.Message(t.Context(), refused.ID)
				return err == nil && m.State == chat.Refused && strings.Contains(strings.ToLower(m.Refusal), "send")
			})
			if _, err := ada.Command(t.Context(), id, "/msg "+nick+" just you"); err != nil {
				t.Fatal(err)
			}
			other.until("a private text", func() bool {
				for _, room := range other.Rooms() {
					if room.Target == "Ada" {
						return strings.Join(other.held(room.ID), "") == "Ada: just you"
					}
				}
				return false
			})
			server.Kill()
			ada.until("the server gone", func() bool { return !ada.status(id).Connected })
			if m := ada.send(id, "while it is away"); m.State != chat.Queued {
				t.Errorf("state %s", m.State)
			}
			server.Restart()
			ada.until("sent at last", func() bool { h := ada.held(id); return h[len(h)-1] == "own delivered: while it is away" })
			if strings.Contains(strings.Join(ada.held(id), "\n"), "may I?") {
				t.Error("a refused message was sent after all")
			}
		})
	}
}
