package discovery

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func netip4(n *node, port uint16) netip.AddrPort { return netip.AddrPortFrom(n.address.Addr(), port) }

func TestNewRefuses(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no key":                {},
		"too many capabilities": {Key: keyOf(0), Capabilities: []string{strings.Repeat("x", 300)}},
		"beyond a datagram":     {Key: keyOf(0), Capabilities: []string{strings.Repeat("x", 3000)}},
	} {
		if _, err := New(cfg, begin); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestBurstAndInterval(t *testing.T) {
	m, err := New(Config{Key: keyOf(0), Instance: 1, LinkPort: linkPort, Seed: 7}, begin)
	if err != nil {
		t.Fatal(err)
	}
	now := m.Next()
	var at []time.Duration
	for i := range 200 {
		list := announces(m.Step(now, Tick{}))
		if len(list) != 1 {
			t.Fatalf("%d announcements at %v", len(list), now.Sub(begin))
		}
		if list[0].Sequence != uint64(i+1) || list[0].Asks != (i < len(burstAt)) {
			t.Errorf("announcement %d: %+v", i, list[0])
		}
		at = append(at, now.Sub(begin))
		now = m.Next()
	}
	for i, want := range burstAt {
		if at[i] < want || at[i] > want+burstJitter {
			t.Errorf("burst at %v, want about %v", at[i], want)
		}
	}
	shortest, longest := time.Hour, time.Duration(0)
	for i := len(burstAt); i < len(at); i++ {
		shortest, longest = min(shortest, at[i]-at[i-1]), max(longest, at[i]-at[i-1])
	}
	if shortest < 18750*time.Millisecond || shortest > 20*time.Second || longest > 31250*time.Millisecond || longest < 30*time.Second {
		t.Errorf("intervals from %v to %v", shortest, longest)
	}
}

// TestFirstAnnouncement: what a device is told before it runs does not use up its
// first announcement, without which it is found a quarter of a second later.
func TestFirstAnnouncement(t *testing.T) {
	now := time.Unix(1000, 0)
	m, err := New(Config{Key: keyOf(0), Instance: 1, Name: "me", LinkPort: 47475, DiscoveryPort: 47474}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range []Event{Subnets{}, Known{Peer: keyOf(1).ID()}} {
		if effects := announces(m.Step(now, ev)); len(effects) > 0 {
			t.Errorf("%T: %+v", ev, effects)
		}
	}
	if n := len(announces(m.Step(now, Tick{}))); n != 1 {
		t.Errorf("%d announcements at the start", n)
	}
}

func TestQuestionIsAsLongAsAnyAnswer(t *testing.T) {
	long := strings.Repeat("\U0001F600", 100)
	m, err := New(Config{Key: keyOf(0), Instance: 1 << 60, Name: long, Status: long, LinkPort: linkPort, Seed: 7}, begin)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "x", long} {
		m.Step(begin, NameChanged{name})
		question, answer := m.sign(true, false), m.sign(false, false)
		if len(question) < len(answer) || len(question) > questionSize || len(question) < questionSize-2 {
			t.Errorf("a question of %d bytes, an answer of %d", len(question), len(answer))
		}
	}
}

// TestDropped feeds bad datagrams of every kind: dropped, counted, and nothing
// shown.
func TestDropped(t *testing.T) {
	known, stranger := newDevice(1), newDevice(2)
	old := known.says(t, nil)
	held := known.says(t, nil)
	good := stranger.says(t, nil)
	flip := func(datagram []byte, i int) []byte {
		changed := bytes.Clone(datagram)
		changed[i] ^= 1
		return changed
	}
	forged := func() []byte { // signed with another key
		a := known.Announcement
		a.Sequence++
		thief := newDevice(3)
		datagram, err := wire.AppendAnnouncement(nil, thief.key, a)
		if err != nil {
			t.Fatal(err)
		}
		own, of := thief.key.ID(), known.key.ID()
		return bytes.Replace(datagram, own[:], of[:], 1)
	}()
	nobody := func() []byte {
		id := stranger.key.ID()
		return bytes.Replace(good, id[:], make([]byte, len(id)), 1)
	}()
	cases := []struct {
		what     string
		datagram []byte
		reason   Reason
	}{
		{"empty", nil, Malformed},
		{"noise", []byte("GET / HTTP/1.1\r\n\r\n and more and more and more and more and more and more and more"), Malformed},
		{"other magic", flip(good, 0), Malformed},
		{"unknown version", func() []byte { d := bytes.Clone(good); d[4] = 2; return d }(), Version},
		{"oversized", append(bytes.Clone(good), make([]byte, chat.MaxAnnouncement)...), Malformed},
		{"nobody's", nobody, Malformed},
		{"forged", forged, Signature},
		{"wrong signature", flip(good, len(good)-1), Signature},
		{"changed name", bytes.Replace(good, []byte("other 2"), []byte("other 9"), 1), Signature},
		{"replayed", old, Replay},
		{"of a lower instance", known.says(t, func(a *wire.Announcement) { a.Instance-- }), Replay},
	}
	for n := 1; n < len(good); n += 7 {
		cases = append(cases, struct {
			what     string
			datagram []byte
			reason   Reason
		}{fmt.Sprintf("cut off at %d", n), good[:n], Malformed})
	}
	for _, c := range cases {
		m, now := machine(t)
		m.Step(now, heard(held))
		before := m.Peers()
		effects := m.Step(now.Add(repeatWindow+1), heard(c.datagram))
		if len(effects) > 0 {
			t.Errorf("%s: effects %v", c.what, effects)
		}
		if got, want := m.Stats().Dropped, map[Reason]uint64{c.reason: 1}; !maps.Equal(got, want) {
			t.Errorf("%s: dropped %v, want %v", c.what, got, want)
		}
		if after := m.Peers(); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("%s: %v became %v", c.what, before, after)
		}
	}
}

func TestNumberZeroIsNoNews(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1)
	m.Step(now, LinkUp{Peer: d.Device, Remote: somewhere})
	datagram := d.says(t, func(a *wire.Announcement) { a.Instance, a.Sequence = 0, 0 })
	m.Step(now, heard(datagram))
	if got := m.Stats().Dropped[Replay]; got != 1 {
		t.Errorf("%d replays dropped, want 1", got)
	}
}

func TestCopyAddsItsAddressForAWhile(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1)
	datagram := d.says(t, nil)
	m.Step(now, heard(datagram))
	from := func(text string, way Way) Heard {
		return Heard{Datagram: datagram, From: netip.MustParseAddrPort(text), Interface: "eth1", Way: way}
	}
	effects := m.Step(now.Add(time.Second), from("[fe80::9%eth1]:50001", Multicast))
	list := changesOf(effects)
	if len(list) != 1 || fmt.Sprint(list[0].Addresses) != "[10.0.0.9:47475 [fe80::9%eth1]:47475]" {
		t.Errorf("after a copy from elsewhere: %+v", list)
	}
	if want := []string{"broadcast eth0", "multicast eth1"}; len(list) == 1 && !slices.Equal(list[0].Ways, want) {
		t.Errorf("ways %q, want %q", list[0].Ways, want)
	}
	for _, after := range []time.Duration{6 * time.Second, time.Minute} {
		if effects := m.Step(now.Add(after), from("10.66.6.6:1", Broadcast)); len(changesOf(effects)) > 0 {
			t.Errorf("a replay after %v changed %v", after, effects)
		}
	}
	if st := m.Stats(); st.Copies != 1 || st.Dropped[Replay] != 2 {
		t.Errorf("%d copies, dropped %v", st.Copies, st.Dropped)
	}
	news := d.says(t, nil)
	for i := range 100 {
		m.Step(now.Add(time.Hour), Heard{Datagram: news, From: somewhere, Interface: fmt.Sprint("eth", i), Way: Broadcast})
	}
	if p := m.Peers()[0]; len(p.Ways) != maxWays {
		t.Errorf("%d ways, want the last %d", len(p.Ways), maxWays)
	}
}

func TestCopyIsNoSignOfLife(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1)
	datagram := d.says(t, nil)
	m.Step(now, heard(datagram))
	seen := m.Peers()[0].LastSeen
	m.Step(now.Add(time.Second), heard(datagram))
	if p := m.Peers()[0]; !p.LastSeen.Equal(seen) {
		t.Error("a copy counts as a sign of life")
	}
}

// TestRepeatIsNotVerified: what a burst says again costs no signature, is no
// sign of life and is answered all the same; whatever is different is verified.
func TestRepeatIsNotVerified(t *testing.T) {
	m, now := machine(t)
	verified := 0
	m.parse = func(datagram []byte) (wire.Announcement, error) {
		verified++
		return wire.ParseAnnouncement(datagram)
	}
	d := newDevice(1)
	says := func(after time.Duration, change func(*wire.Announcement), want int) []Effect {
		t.Helper()
		verified = 0
		effects := m.Step(now.Add(after), heard(d.says(t, change)))
		if verified != want {
			t.Errorf("after %v: %d signatures verified, want %d", after, verified, want)
		}
		return effects
	}
	says(0, nil, 1)
	before := m.Peers()[0]
	for _, after := range burstAt {
		question := d.says(t, func(a *wire.Announcement) { a.Asks, a.Padding = true, 400 })
		m.Step(now.Add(after), heard(question))
		answers := tells(m.Step(now.Add(after+answerPerDevice), Tick{}))
		m.Step(now.Add(after+2*answerPerDevice), heard(question)) // by another way
		if answers = append(answers, tells(m.Step(now.Add(after+4*answerPerDevice), Tick{}))...); len(answers) != 1 {
			t.Errorf("a question after %v is answered %d times, want once", after, len(answers))
		}
	}
	if verified != 1 {
		t.Errorf("%d signatures of a burst verified, want 1", verified)
	}
	if p := m.Peers()[0]; p.Sequence != before.Sequence || p.LastSeen != before.LastSeen {
		t.Errorf("%+v became %+v", before, p)
	}
	says(repeatWindow+1, nil, 1)
	at := repeatWindow + 1
	for _, change := range []func(*wire.Announcement){
		func(a *wire.Announcement) { a.Name = "new" },
		func(a *wire.Announcement) { a.Status = "new" },
		func(a *wire.Announcement) { a.LinkPort++ },
		func(a *wire.Announcement) { a.Capabilities = []string{"new"} },
		func(a *wire.Announcement) { a.Goodbye = true },
		nil, // back again
		func(a *wire.Announcement) { a.Instance++ },
	} {
		at++
		says(at, change, 1)
	}
}

// TestForgedQuestion: what is not verified leads no answer elsewhere.
func TestForgedQuestion(t *testing.T) {
	m, now := machine(t)
	m.crowd = 500 // so that the answer takes a while
	d := newDevice(1)
	asks := func(a *wire.Announcement) { a.Asks, a.Padding = true, 400 }
	m.Step(now, heard(d.says(t, asks)))
	forged := heard(d.says(t, asks))
	forged.Datagram[len(forged.Datagram)-1] ^= 1
	forged.From = netip.MustParseAddrPort("10.0.0.66:50000")
	for _, way := range []Way{Broadcast, Unicast} {
		forged.Way = way
		if list := tells(m.Step(now.Add(time.Millisecond), forged)); len(list) > 0 {
			t.Errorf("answered at once: %+v", list)
		}
	}
	if list := tells(m.Step(m.peers[d.Device].answer.at, Tick{})); len(list) != 1 || list[0].To != somewhere {
		t.Errorf("answered by %+v", list)
	}
}

// TestDoubtHearsRepeats: who answers when asked is there, also when nothing of it is
// new.
func TestDoubtHearsRepeats(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1)
	m.Step(now, heard(d.says(t, nil)))
	m.Step(now, LinkUp{Peer: d.Device, Remote: somewhere})
	m.Step(now.Add(time.Millisecond), LinkDown{Peer: d.Device, Left: true})
	m.Step(now.Add(2*time.Millisecond), heard(d.says(t, nil)))
	m.Step(now.Add(2*doubtTime), Tick{})
	if p := m.Peers()[0]; p.State != chat.Online {
		t.Errorf("shown as %v", p.State)
	}
}

func TestFloodOfCopiesCostsNoSignature(t *testing.T) {
	m, now := machine(t)
	verified := 0
	m.parse = func(datagram []byte) (wire.Announcement, error) {
		verified++
		return wire.ParseAnnouncement(datagram)
	}
	d := newDevice(1)
	old, datagram := d.says(t, nil), d.says(t, nil)
	for i := range 20_000 {
		m.Step(now.Add(time.Duration(i)*time.Millisecond/100), heard(datagram))
		m.Step(now.Add(time.Duration(i)*time.Millisecond/100), heard(old))
	}
	if verified != 1 {
		t.Errorf("%d signatures verified, want 1", verified)
	}
	// The copies did not use up what the source may say.
	if list := changesOf(m.Step(now.Add(time.Second), heard(d.says(t, func(a *wire.Announcement) { a.Name = "new" })))); len(list) != 1 || list[0].Name != "new" {
		t.Errorf("news after a flood: %+v", list)
	}
}

func TestRates(t *testing.T) {
	d := newDevice(1)
	run := func(from func(i int) netip.AddrPort, count int) (accepted uint64) {
		m, now := machine(t)
		m.parse = wire.PeekAnnouncement // the cost is not the point here
		for i := range count {
			news := d.says(t, func(a *wire.Announcement) { a.Status = fmt.Sprint(i) })
			m.Step(now.Add(time.Duration(i)*time.Second/time.Duration(count)), Heard{Datagram: news, From: from(i), Way: Broadcast})
		}
		if st := m.Stats(); st.Accepted+st.Dropped[Rate] != uint64(count) {
			t.Errorf("%d accepted, %v dropped of %d", st.Accepted, st.Dropped, count)
		}
		return m.Stats().Accepted
	}
	one := func(int) netip.AddrPort { return somewhere }
	many := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 1)
	}
	ports := func(i int) netip.AddrPort { return netip.AddrPortFrom(somewhere.Addr(), uint16(i+1)) }
	local := func(i int) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(i+1)) }
	for _, c := range []struct {
		what      string
		from      func(int) netip.AddrPort
		count     int
		low, high uint64
	}{
		{"an ordinary source", one, 19, 19, 19},
		{"one source", one, 1000, 20, 41},
		{"one source, many ports", ports, 1000, 20, 41},
		{"many processes of this host", local, 1000, 1000, 1000},
		{"many sources", many, 1000, 900, 1000}, // a few share a bucket
		{"very many sources", many, 8000, 4000, 6001},
	} {
		if got := run(c.from, c.count); got < c.low || got > c.high {
			t.Errorf("%s: %d of %d accepted within a second, want %d to %d", c.what, got, c.count, c.low, c.high)
		}
	}
}

func TestAnswer(t *testing.T) {
	asks := func(padding int) func(*wire.Announcement) {
		return func(a *wire.Announcement) { a.Asks, a.Padding = true, padding }
	}
	alone := func(h Heard) Heard { h.Way = Unicast; return h }
	m, now := machine(t)
	d := newDevice(1)

	question := d.says(t, asks(400))
	m.Step(now, heard(question))
	if due := m.Next().Sub(now); due > answerPerDevice {
		t.Errorf("with one device there the answer takes %v", due)
	}
	now = m.Next()
	answers := tells(m.Step(now, Tick{}))
	if len(answers) != 1 || answers[0].To != somewhere {
		t.Fatalf("answered %+v", answers)
	}
	a, err := wire.ParseAnnouncement(answers[0].Datagram)
	if err != nil || a.Asks || a.Padding > 0 || a.Name != "me" || len(answers[0].Datagram) > len(question) {
		t.Errorf("the answer is %+v, %v, %d bytes", a, err, len(answers[0].Datagram))
	}

	now = now.Add(time.Second)
	for _, copied := range []Heard{heard(question), alone(heard(question))} {
		m.Step(now, copied)
		if list := tells(m.Step(now.Add(time.Second), Tick{})); len(list) > 0 {
			t.Errorf("a copy of the question is answered: %+v", list)
		}
	}

	now = now.Add(2 * time.Second)
	if list := tells(m.Step(now, alone(heard(d.says(t, asks(400)))))); len(list) != 1 {
		t.Errorf("a question to this device alone is answered by %+v at once", list)
	}
	if list := tells(m.Step(now, alone(heard(d.says(t, asks(0)))))); len(list) != 1 {
		t.Errorf("a question as long as the answer is answered by %+v", list)
	}
	m.Step(now, NameChanged{strings.Repeat("long ", 12)})
	if list := tells(m.Step(now.Add(time.Second), alone(heard(d.says(t, asks(0)))))); len(list) > 0 || m.Stats().Withheld != 1 {
		t.Errorf("a short question is answered by %+v", list)
	}
}

func TestAnnouncementToAllIsAnswerEnough(t *testing.T) {
	m, now := machine(t)
	m.crowd = 500 // so that the answer takes a while
	m.Step(now, heard(newDevice(1).says(t, func(a *wire.Announcement) { a.Asks, a.Padding = true, 400 })))
	m.Step(now, NameChanged{"other"})
	if n := len(announces(m.Step(now.Add(changeAgain), Tick{}))); n != 1 {
		t.Fatalf("%d announcements", n)
	}
	if list := tells(m.Step(now.Add(11*time.Second), Tick{})); len(list) > 0 {
		t.Errorf("it is answered by unicast still: %+v", list)
	}
}

func TestQuestionsAskedAgainDelayNoAnswer(t *testing.T) {
	m, now := machine(t)
	m.crowd = 500
	d := newDevice(1)
	asks := func(a *wire.Announcement) { a.Asks, a.Padding = true, 400 }
	m.Step(now, heard(d.says(t, asks)))
	due := m.peers[d.Device].answer.at
	for i := range 10 {
		m.Step(now.Add(time.Duration(i)*time.Millisecond), heard(d.says(t, asks)))
	}
	if at := m.peers[d.Device].answer.at; !at.Equal(due) {
		t.Errorf("due after %v, and after more questions %v", due.Sub(now), at.Sub(now))
	}
	if list := tells(m.Step(due, Tick{})); len(list) != 1 {
		t.Errorf("answered by %+v", list)
	}
}

func TestAnswersSpreadInACrowd(t *testing.T) {
	m, now := machine(t)
	m.crowd = 999
	var latest time.Duration
	for i := range 50 {
		d := newDevice(i)
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}), 5)
		m.Step(now, Heard{Datagram: d.says(t, func(a *wire.Announcement) { a.Asks, a.Padding = true, 400 }), From: from, Way: Multicast})
		latest = max(latest, m.peers[d.Device].answer.at.Sub(now))
	}
	if latest < 10*time.Second || latest > 25*time.Second {
		t.Errorf("the latest of 50 answers comes after %v", latest)
	}
}

func TestLinkMeansOnline(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1)
	remote := netip.MustParseAddrPort("10.0.0.9:6000")
	list := changesOf(m.Step(now, LinkUp{Peer: d.Device, Remote: remote}))
	if len(list) != 1 || list[0].State != chat.Online || !list[0].Linked || list[0].Name != d.Device.Short() || !slices.Equal(list[0].Addresses, []netip.AddrPort{remote}) {
		t.Fatalf("a link with somebody unknown: %+v", list)
	}
	now = now.Add(time.Hour)
	if list := changesOf(m.Step(now, Tick{})); len(list) > 0 {
		t.Errorf("a linked peer that is silent became %+v", list)
	}

	t.Run("never heard", func(t *testing.T) { // asked where the link was
		at, asked := now, 0
		for effects := m.Step(at, LinkDown{Peer: d.Device}); at.Before(now.Add(2 * doubtTime)); effects = m.Step(at, Tick{}) {
			for _, tell := range tells(effects) {
				if tell.To == netip.AddrPortFrom(remote.Addr(), defaultPort) {
					asked++
				}
			}
			if p, _ := m.Peer(d.Device); p.State != chat.Online || p.Linked {
				t.Errorf("%v after the link: %+v", at.Sub(now), p)
			}
			at = m.Next()
		}
		if p, _ := m.Peer(d.Device); asked != len(askAt) || p.State != chat.Offline {
			t.Errorf("asked %d times, then %+v", asked, p)
		}
	})
	now = now.Add(time.Hour)
	m.Step(now, heard(d.says(t, nil)))
	m.Step(now, LinkUp{Peer: d.Device, Remote: remote})
	t.Run("just heard", func(t *testing.T) { // a link let go, no reason for doubt
		m.Step(now.Add(time.Second), LinkDown{Peer: d.Device})
		if list := tells(m.Step(now.Add(10*time.Second), Tick{})); len(list) > 0 {
			t.Errorf("asked %+v", list)
		}
		m.Step(now.Add(10*time.Second), LinkUp{Peer: d.Device, Remote: remote})
	})
	now = now.Add(40 * time.Second)
	t.Run("let go when idle", func(t *testing.T) {
		m.Step(now, LinkDown{Peer: d.Device, Idle: true})
		if list := tells(m.Step(now.Add(time.Second), Tick{})); len(list) > 0 {
			t.Errorf("asked %+v", list)
		}
		m.Step(now.Add(time.Second), LinkUp{Peer: d.Device, Remote: remote})
	})
	now = now.Add(40 * time.Second)
	offline := func(t *testing.T, how LinkDown) {
		at := now
		asked := 0
		for effects := m.Step(at, how); at.Before(now.Add(doubtTime)); effects = m.Step(at, Tick{}) {
			for _, tell := range tells(effects) {
				if tell.To == somewhere {
					asked++
				}
			}
			at = m.Next()
		}
		if p, _ := m.Peer(d.Device); asked != len(askAt) || p.State != chat.Offline {
			t.Errorf("asked %d times, then %+v", asked, p)
		}
		m.Step(at, heard(d.says(t, nil)))
		if p, _ := m.Peer(d.Device); p.State != chat.Online {
			t.Errorf("heard again: %+v", p)
		}
		now = at
	}
	t.Run("silent", func(t *testing.T) { offline(t, LinkDown{Peer: d.Device}) })
	t.Run("took leave", func(t *testing.T) { // and what it announced was lost
		m.Step(now, LinkUp{Peer: d.Device, Remote: remote})
		offline(t, LinkDown{Peer: d.Device, Left: true})
	})
	now = now.Add(2 * time.Minute)
	t.Run("goodbye", func(t *testing.T) {
		m.Step(now, LinkUp{Peer: d.Device, Remote: remote})
		list := changesOf(m.Step(now, heard(d.says(t, func(a *wire.Announcement) { a.Goodbye = true }))))
		if len(list) != 1 || list[0].State != chat.Offline {
			t.Errorf("a goodbye with the link still up: %+v", list)
		}
		m.Step(now, LinkDown{Peer: d.Device})
		if p, _ := m.Peer(d.Device); p.State != chat.Offline {
			t.Errorf("after goodbye and link: %+v", p)
		}
	})
	if effects := m.Step(now, LinkUp{Peer: m.id, Remote: remote}); len(effects) > 0 {
		t.Errorf("a link with oneself: %+v", effects)
	}
	if effects := m.Step(now, LinkDown{Peer: newDevice(9).Device}); len(effects) > 0 {
		t.Errorf("the end of a link that never was: %+v", effects)
	}
}

func TestHeardBack(t *testing.T) {
	m, now := machine(t)
	var own []byte
	for _, e := range m.Step(now.Add(time.Minute), Tick{}) {
		if a, ok := e.(Announce); ok {
			own = a.Datagram
		}
	}
	now = now.Add(time.Minute)
	m.Step(now, heard(own))
	m.Step(now, heard(own))
	m.Step(now, Heard{Datagram: own, From: netip.MustParseAddrPort("[fe80::1%eth0]:9"), Interface: "eth0", Way: Multicast})
	want := []HeardBack{
		{Interface: "eth0", Way: Broadcast, Count: 2, Last: now},
		{Interface: "eth0", Way: Multicast, IPv6: true, Count: 1, Last: now},
	}
	if got := m.Stats().HeardBack; !slices.Equal(got, want) {
		t.Errorf("heard back %+v, want %+v", got, want)
	}
	m.Step(now, heard(m.Own()))
	if got := m.Stats().Dropped; !maps.Equal(got, map[Reason]uint64{Own: 1}) {
		t.Errorf("dropped %v", got)
	}
	for i := range 1000 {
		m.Step(now, Heard{Datagram: own, From: somewhere, Interface: fmt.Sprint("eth", i), Way: Broadcast})
	}
	if n := len(m.Stats().HeardBack); n != maxHeardBack {
		t.Errorf("%d ways are counted apart, want %d", n, maxHeardBack)
	}
	if len(m.Peers()) > 0 {
		t.Error("the own device is a peer")
	}
}

func TestKnown(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1)
	held := d.says(t, nil)
	seen := now.Add(-time.Hour)
	list := changesOf(m.Step(now, Known{
		Peer: d.Device, Instance: d.Instance, Sequence: d.Sequence, Name: "An old\tfriend", LastSeen: seen,
		Addresses: []netip.AddrPort{netip.MustParseAddrPort("10.5.0.9:47475"), netip.MustParseAddrPort("[fe80::5]:47475"), {}},
	}))
	if len(list) != 1 || list[0].State != chat.Offline || list[0].Name != "An old friend" || !list[0].LastSeen.Equal(seen) {
		t.Fatalf("shown as %+v", list)
	}
	if m.Step(now, heard(held)); m.Stats().Dropped[Replay] != 1 {
		t.Error("an announcement from before the start is news")
	}
	// It is asked where it once was, on the discovery port.
	effects := m.Step(now, NetworkChanged{})
	asked := false
	for _, tell := range tells(effects) {
		asked = asked || tell.To == netip.MustParseAddrPort("10.5.0.9:47474")
	}
	if !asked || len(tells(effects)) != 1 {
		t.Errorf("asked %+v", tells(effects))
	}
	m.Step(now, heard(d.says(t, nil)))
	p, _ := m.Peer(d.Device)
	if p.State != chat.Online || p.Name != "other 1" || p.Addresses[0].String() != "10.0.0.9:47475" || len(p.Addresses) != 3 {
		t.Errorf("once heard: %+v", p)
	}
	// What disk says later does not undo what was heard.
	m.Step(now, Known{Peer: d.Device, Instance: 1, Sequence: 1, Name: "older"})
	if p, _ := m.Peer(d.Device); p.Name != "other 1" || p.Instance != d.Instance || p.State != chat.Online {
		t.Errorf("disk undid %+v", p)
	}
	if effects := m.Step(now, Known{Peer: m.id}); len(effects) > 0 {
		t.Errorf("knowing oneself: %v", effects)
	}
}

// TestLoadingMissesNothing: peers are loaded between New and the first Tick, and
// the first announcement is for after that.
func TestLoadingMissesNothing(t *testing.T) {
	m, err := New(Config{Key: keyOf(0), Instance: 1, LinkPort: linkPort, Seed: 7}, begin)
	if err != nil {
		t.Fatal(err)
	}
	now := begin.Add(time.Millisecond)
	for i := range 3 {
		if effects := m.Step(now, Known{Peer: newDevice(i).Device}); len(effects) != 1 {
			t.Errorf("loading a peer does %v", effects)
		}
	}
	if list := announces(m.Step(now, Tick{})); len(list) != 1 || list[0].Sequence != 1 {
		t.Errorf("at first it announces %+v", list)
	}
}

func TestIntroduced(t *testing.T) {
	m, now := machine(t)
	go1, far := newDevice(1), newDevice(2)
	m.Step(now, LinkUp{Peer: go1.Device, Remote: somewhere})
	addresses := []netip.AddrPort{
		netip.MustParseAddrPort("10.7.0.2:47475"),
		netip.MustParseAddrPort("127.0.0.1:47475"),
		netip.MustParseAddrPort("[fe80::2]:47475"),
		netip.MustParseAddrPort("0.0.0.0:47475"),
		netip.MustParseAddrPort("10.7.0.2:0"),
		{},
		netip.MustParseAddrPort("[::ffff:10.7.0.3]:47475"),
	}
	datagram := far.says(t, func(a *wire.Announcement) { a.Asks, a.Padding = true, 400 })
	effects := m.Step(now, Introduced{Datagram: datagram, Addresses: addresses, By: go1.Device})
	list := changesOf(effects)
	if len(list) != 1 || list[0].State != chat.Online || fmt.Sprint(list[0].Addresses) != "[10.7.0.2:47475 10.7.0.3:47475]" {
		t.Fatalf("shown as %+v", list)
	}
	if list := tells(m.Step(now.Add(time.Second), Tick{})); len(list) > 0 {
		t.Errorf("a question passed on is answered: %+v", list)
	}
	// The same once more, with another address; and older ones, which are no fault.
	m.Step(now, Introduced{Datagram: datagram, Addresses: []netip.AddrPort{netip.MustParseAddrPort("10.8.0.2:47475")}, By: go1.Device})
	m.Step(now, Introduced{Datagram: far.says(t, func(a *wire.Announcement) { a.Sequence = 1; a.Name = "old" }), By: go1.Device})
	p, _ := m.Peer(far.Device)
	if fmt.Sprint(p.Addresses) != "[10.7.0.2:47475 10.7.0.3:47475 10.8.0.2:47475]" || p.Name != "other 2" || len(m.Stats().Dropped) > 0 {
		t.Errorf("after more introductions %+v, dropped %v", p, m.Stats().Dropped)
	}
	m.Step(now, Introduced{Datagram: far.says(t, nil)[:50], By: go1.Device})
	forged := far.says(t, nil)
	forged[len(forged)-1] ^= 1
	m.Step(now, Introduced{Datagram: forged, By: go1.Device})
	if got := m.Stats().Dropped; got[Malformed] != 1 || got[Signature] != 1 {
		t.Errorf("dropped %v", got)
	}
	m.Step(now, Introduced{Datagram: far.says(t, func(a *wire.Announcement) { a.Goodbye = true }), By: go1.Device})
	if p, _ := m.Peer(far.Device); p.State != chat.Offline {
		t.Errorf("an introduced goodbye: %+v", p)
	}

	// Too many at once.
	m.parse = wire.PeekAnnouncement
	for range 5000 {
		m.Step(now, Introduced{Datagram: far.says(t, nil), By: go1.Device})
	}
	if n := m.Stats().Dropped[Rate]; n < 2900 || n > 3100 {
		t.Errorf("%d of 5000 introductions dropped", n)
	}
}

// TestClockSetBack: a device that lost its memory and its clock has a lower
// instance. Nobody believes that, until it proves its key on a link.
func TestClockSetBack(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1)
	m.Step(now, heard(d.says(t, nil)))
	back := func() []byte { return d.says(t, func(a *wire.Announcement) { a.Instance = 5; a.Name = "back" }) }
	m.Step(now, heard(back()))
	m.Step(now, Introduced{Datagram: back(), By: newDevice(2).Device})
	if p, _ := m.Peer(d.Device); p.Name == "back" {
		t.Fatal("a lower instance is believed without proof")
	}
	m.Step(now, LinkUp{Peer: d.Device, Remote: somewhere})
	m.Step(now, Introduced{Datagram: back(), By: d.Device})
	if p, _ := m.Peer(d.Device); p.Name != "back" || p.Instance != 5 {
		t.Errorf("after a link %+v", p)
	}
	m.Step(now, heard(d.says(t, func(a *wire.Announcement) { a.Instance = 5; a.Name = "and on" })))
	if p, _ := m.Peer(d.Device); p.Name != "and on" {
		t.Errorf("later %+v", p)
	}
}

func TestIntroduction(t *testing.T) {
	m, now := machine(t)
	devices := make([]*device, 6)
	for i := range devices {
		devices[i] = newDevice(i)
	}
	at := func(i int) Heard {
		return Heard{Datagram: devices[i].says(t, nil), From: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 9), Way: Broadcast}
	}
	m.Step(now, at(0)) // too long ago, though linked
	m.Step(now, LinkUp{Peer: devices[0].Device, Remote: somewhere})
	now = now.Add(relayTime + time.Second)
	m.Step(now, at(1))
	m.Step(now.Add(time.Second), at(2))
	local := at(3)
	local.From = netip.MustParseAddrPort("127.0.0.1:9")
	m.Step(now.Add(2*time.Second), local)
	m.Step(now, Introduced{Datagram: devices[4].says(t, nil), By: devices[1].Device}) // hearsay
	m.Step(now, at(5))
	gone := at(5)
	gone.Datagram = devices[5].says(t, func(a *wire.Announcement) { a.Goodbye = true })
	m.Step(now, gone)

	describe := func(list []wire.HeardAnnouncement) string {
		var names []string
		for _, h := range list {
			a, err := wire.ParseAnnouncement(h.Datagram)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, fmt.Sprint(a.Name, h.Addresses))
		}
		return strings.Join(names, " ")
	}
	if got, want := describe(m.Introduction(now.Add(3*time.Second), 10)), "other 3[] other 2[10.0.0.2:47475] other 1[10.0.0.1:47475]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := describe(m.Introduction(now.Add(3*time.Second), 1)), "other 3[]"; got != want {
		t.Errorf("the latest: got %s, want %s", got, want)
	}
}

func TestAddressesLatestFirst(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1)
	at := func(after time.Duration, datagram []byte, from string) string {
		m.Step(now.Add(after), Heard{Datagram: datagram, From: netip.MustParseAddrPort(from + ":9"), Interface: "eth0", Way: Broadcast})
		p, _ := m.Peer(d.Device)
		var list []string
		for _, a := range p.Addresses {
			list = append(list, a.Addr().String())
		}
		return strings.Join(list, " ")
	}
	first, second, third, fourth := d.says(t, nil), d.says(t, nil), d.says(t, nil), d.says(t, nil)
	for _, step := range []struct {
		after    time.Duration
		datagram []byte
		from     string
		want     string
	}{
		{0, first, "10.0.0.1", "10.0.0.1"},
		{1, first, "10.9.0.1", "10.0.0.1 10.9.0.1"}, // a copy is no more than a hint
		{25 * time.Second, second, "10.9.0.1", "10.0.0.1 10.9.0.1"},
		{25*time.Second + 1, second, "10.0.0.1", "10.0.0.1 10.9.0.1"},
		{50 * time.Second, third, "10.9.0.1", "10.0.0.1 10.9.0.1"}, // one is silent, once
		{75 * time.Second, fourth, "10.9.0.1", "10.9.0.1 10.0.0.1"},
		{100 * time.Second, d.says(t, nil), "10.5.0.1", "10.5.0.1 10.9.0.1 10.0.0.1"},
		{125 * time.Second, d.says(t, nil), "10.0.0.1", "10.0.0.1 10.5.0.1 10.9.0.1"},
	} {
		if got := at(step.after, step.datagram, step.from); got != step.want {
			t.Errorf("after %v from %s: %s, want %s", step.after, step.from, got, step.want)
		}
	}

	// A link proves an address: it stays first.
	now = now.Add(150 * time.Second)
	m.Step(now, LinkUp{Peer: d.Device, Remote: netip.MustParseAddrPort("10.9.0.1:47475")})
	if got, want := at(0, d.says(t, nil), "10.0.0.1"), "10.9.0.1 10.0.0.1 10.5.0.1"; got != want {
		t.Errorf("with a link: %s, want %s", got, want)
	}
	if got, want := at(time.Minute, d.says(t, nil), "10.3.0.1"), "10.9.0.1 10.3.0.1 10.0.0.1 10.5.0.1"; got != want {
		t.Errorf("with a link: %s, want %s", got, want)
	}
	m.Step(now, LinkDown{Peer: d.Device})

	// Another port of the links is another port everywhere.
	m.Step(now.Add(2*time.Minute), heard(d.says(t, func(a *wire.Announcement) { a.LinkPort = 50005 })))
	p, _ := m.Peer(d.Device)
	for _, a := range p.Addresses {
		if a.Port() != 50005 {
			t.Errorf("after a change of port: %v", p.Addresses)
			break
		}
	}

	// There are at most eight, and copies push out none that are in use.
	now = now.Add(5 * time.Minute)
	datagram := d.says(t, nil)
	for i := range 100 {
		m.Step(now.Add(time.Duration(i)*time.Millisecond), Heard{Datagram: datagram, From: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 66, 0, byte(i)}), 9), Way: Broadcast})
	}
	p, _ = m.Peer(d.Device)
	if len(p.Addresses) != maxPlaces || p.Addresses[0].Addr().String() != "10.66.0.0" ||
		slices.Contains(p.Addresses, netip.MustParseAddrPort("10.66.0.99:47475")) {
		t.Errorf("after a flood of copies: %v", p.Addresses)
	}
}

func TestToldAddressesMakeWayForHeardOnes(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1)
	told := Known{Peer: d.Device}
	for i := range 20 {
		told.Addresses = append(told.Addresses, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 1, byte(i)}), linkPort))
	}
	m.Step(now, told)
	datagram := d.says(t, nil)
	m.Step(now, heard(datagram))
	copied := heard(datagram)
	copied.From = netip.MustParseAddrPort("10.0.0.10:9")
	m.Step(now, copied)
	p, _ := m.Peer(d.Device)
	if len(p.Addresses) != maxPlaces || p.Addresses[0].Addr() != somewhere.Addr() || p.Addresses[maxPlaces-1].Addr() != copied.From.Addr() {
		t.Errorf("addresses %v", p.Addresses)
	}
}

// TestGrowingCrowdIsGivenTime: a device heard while the LAN looked small may be
// silent for as long as one of a crowd.
func TestGrowingCrowdIsGivenTime(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1)
	m.Step(now, heard(d.says(t, nil)))
	m.crowd = 999
	for at := now; at.Before(now.Add(silenceOf(1000))); at = at.Add(time.Second) {
		m.Step(at, Tick{})
		if p, _ := m.Peer(d.Device); p.State != chat.Online {
			t.Fatalf("offline after %v", at.Sub(now))
		}
	}
	m.Step(now.Add(silenceOf(1000)), Tick{})
	if p, _ := m.Peer(d.Device); p.State != chat.Offline {
		t.Errorf("online still after %v", silenceOf(1000))
	}
}

func TestOddSources(t *testing.T) {
	for _, from := range []string{"0.0.0.0:9", "10.0.0.1:0", "224.0.0.1:9", "[::]:9", "[::ffff:10.0.0.1]:9"} {
		m, now := machine(t)
		d := newDevice(1)
		m.Step(now, Heard{Datagram: d.says(t, func(a *wire.Announcement) { a.Asks, a.Padding = true, 400 }), From: netip.MustParseAddrPort(from), Way: Unicast})
		for _, tell := range tells(m.Step(now.Add(time.Second), Tick{})) {
			t.Errorf("%s is answered at %s", from, tell.To)
		}
		p, ok := m.Peer(d.Device)
		if !ok || p.State != chat.Online {
			t.Errorf("%s: %+v", from, p)
		}
		for _, a := range p.Addresses {
			if !isUsable(a) || a.Addr().Is4In6() {
				t.Errorf("%s leads to the address %s", from, a)
			}
		}
	}
}

func TestPeersAreBounded(t *testing.T) {
	m, now := machine(t)
	m.maxPeers = 4
	hear := func(i int, change func(*wire.Announcement)) []Effect {
		d := newDevice(i)
		now = now.Add(time.Second)
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 2, byte(i)}), 9)
		return m.Step(now, Heard{Datagram: d.says(t, change), From: from, Way: Broadcast})
	}
	forgotten := func(effects []Effect) string {
		var list []string
		for _, e := range effects {
			if f, ok := e.(PeerForgotten); ok {
				for i := range 20 {
					if newDevice(i).Device == f.Peer {
						list = append(list, fmt.Sprint(i))
					}
				}
			}
		}
		return strings.Join(list, " ")
	}
	goodbye := func(a *wire.Announcement) { a.Goodbye = true; a.Sequence = 9 }
	m.Step(now, Known{Peer: newDevice(0).Device})
	for i := 1; i <= 3; i++ {
		hear(i, nil)
	}
	if effects := hear(4, nil); len(changesOf(effects)) > 0 || m.Stats().Dropped[Full] != 1 {
		t.Errorf("one too many, everybody online: %v, dropped %v", effects, m.Stats().Dropped)
	}
	hear(3, goodbye)
	hear(2, goodbye)
	if got := forgotten(hear(5, nil)); got != "3" {
		t.Errorf("%q made way, want the stranger offline the longest", got)
	}
	if got := forgotten(m.Step(now, LinkUp{Peer: newDevice(6).Device, Remote: somewhere})); got != "2" {
		t.Errorf("%q made way, want the last stranger offline", got)
	}
	if got := forgotten(m.Step(now, Known{Peer: newDevice(7).Device})); got != "1" {
		t.Errorf("%q made way for somebody known, want the stranger seen the longest ago", got)
	}
	if n := len(m.Peers()); n != 4 {
		t.Errorf("%d peers", n)
	}
	if st := m.Stats(); st.Online != 2 || st.Crowd != 1 {
		t.Errorf("%d online, a crowd of %d", st.Online, st.Crowd)
	}
	for i := 10; i < 14; i++ {
		m.Step(now, LinkUp{Peer: newDevice(i).Device, Remote: somewhere})
	}
	if effects := m.Step(now, LinkUp{Peer: newDevice(14).Device, Remote: somewhere}); len(effects) > 0 {
		t.Errorf("one linked too many: %v", effects)
	}
	for i := 10; i < 14; i++ {
		m.Step(now, LinkDown{Peer: newDevice(i).Device})
	}
	m.Step(now, Known{Peer: newDevice(0).Device})
	hear(0, nil) // known: has its place
	if p, ok := m.Peer(newDevice(0).Device); !ok || p.State != chat.Online {
		t.Errorf("somebody known has lost its place: %+v", p)
	}
}

func TestAddressesToTellAreBounded(t *testing.T) {
	m, now := machine(t)
	for i := range 2 * maxConfigured {
		a := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 0)
		m.Step(now, AddAddress{a})
		m.Step(now, AddAddress{a}) // again: nothing
	}
	for _, bad := range []string{"0.0.0.0:1", "239.1.1.1:1", "[::]:0"} {
		m.Step(now, AddAddress{netip.MustParseAddrPort(bad)})
	}
	m.Step(now, AddAddress{})
	list := tells(m.Step(now.Add(time.Minute), Tick{}))
	if len(list) != maxConfigured || m.Stats().Dropped[Full] != 2*maxConfigured {
		t.Errorf("%d addresses told, dropped %v", len(list), m.Stats().Dropped)
	}
	for _, tell := range list {
		if tell.To.Port() != defaultPort {
			t.Errorf("told %s", tell.To)
		}
	}
}

// TestOfflineFriendsTakeTurns: not everybody is asked each time, but all are in
// the end.
func TestOfflineFriendsTakeTurns(t *testing.T) {
	m, now := machine(t)
	const friends = 100
	for i := range friends {
		m.Step(now, Known{
			Peer:      newDevice(i).Device,
			Addresses: []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 3, 0, byte(i)}), linkPort)},
		})
	}
	asked := make(map[netip.AddrPort]int)
	for rounds := 0; len(asked) < friends; rounds++ {
		if rounds > friends/tellOffline+2 {
			t.Fatalf("after %d rounds %d of %d were asked", rounds, len(asked), friends)
		}
		now = m.Next()
		list := tells(m.Step(now, Tick{}))
		if len(list) != tellOffline {
			t.Fatalf("%d were asked at once", len(list))
		}
		for _, tell := range list {
			asked[tell.To]++
		}
	}
}

// TestRandomEvents throws events at a Machine and checks what must always hold.
func TestRandomEvents(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 2))
		m, now := machine(t)
		m.maxPeers = 8
		m.parse = wire.PeekAnnouncement
		var devices []*device
		for i := range 14 {
			devices = append(devices, newDevice(i))
		}
		var kept [][]byte
		address := func() netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(r.IntN(20))}), uint16(r.IntN(3)))
		}
		shown := make(map[identity.DeviceID]Peer)
		for range 1000 {
			now = now.Add(time.Duration(r.ExpFloat64() * float64(2*time.Second)))
			d := devices[r.IntN(len(devices))]
			var ev Event
			switch r.IntN(14) {
			case 0, 1, 2, 3:
				datagram := d.says(t, func(a *wire.Announcement) {
					a.Asks, a.Goodbye = r.IntN(3) == 0, r.IntN(4) == 0
					a.LinkPort = uint16(r.IntN(3))
				})
				kept = append(kept, datagram)
				ev = Heard{Datagram: datagram, From: address(), Interface: fmt.Sprint("eth", r.IntN(20)), Way: []Way{Unknown, Broadcast, Multicast, Unicast}[r.IntN(4)]}
			case 4:
				if len(kept) > 0 {
					ev = Heard{Datagram: kept[r.IntN(len(kept))], From: address(), Way: Broadcast}
				}
			case 5:
				ev = Introduced{Datagram: d.says(t, nil), Addresses: []netip.AddrPort{address(), address()}, By: devices[r.IntN(len(devices))].Device}
			case 6:
				ev = LinkUp{Peer: d.Device, Remote: address()}
			case 7:
				ev = LinkDown{Peer: d.Device}
			case 8:
				ev = Known{Peer: d.Device, Instance: uint64(r.IntN(2000)), Sequence: 1, Addresses: []netip.AddrPort{address()}}
			case 9:
				ev = NetworkChanged{}
			case 10:
				ev = AddAddress{address()}
			case 11:
				ev = NameChanged{fmt.Sprint(r.IntN(5))}
			case 12:
				d.Instance++
				ev = Tick{}
			default:
				ev = Tick{}
			}
			if ev == nil {
				continue
			}
			effects := m.Step(now, ev)
			if _, loading := ev.(Known); loading {
				effects = append(effects, m.Step(now, Tick{})...)
			}
			for _, e := range effects {
				switch e := e.(type) {
				case PeerChanged:
					shown[e.Peer.ID] = e.Peer
				case PeerForgotten:
					delete(shown, e.Peer)
				}
			}
			checkInvariants(t, seed, m, now, shown)
			if t.Failed() {
				return
			}
		}
	}
}

func checkInvariants(t *testing.T, seed uint64, m *Machine, now time.Time, shown map[identity.DeviceID]Peer) {
	t.Helper()
	fail := func(format string, args ...any) { t.Errorf("seed %d: %s", seed, fmt.Sprintf(format, args...)) }
	if m.Next().Before(now) {
		fail("next at %v, before now", m.Next())
	}
	if len(m.peers) > m.maxPeers || len(m.byDigest) > 2*len(m.peers) || len(m.planned) > 8 {
		fail("%d peers, %d digests, %d planned", len(m.peers), len(m.byDigest), len(m.planned))
	}
	online, crowd, strangers := 0, 0, 0
	for id, p := range m.peers {
		v := p.view()
		if v.State == chat.Online {
			online++
		}
		if p.inCrowd {
			crowd++
		}
		if p.stranger != nil {
			strangers++
		}
		if p.linked && !p.isGone && v.State != chat.Online {
			fail("linked and not online: %+v", v)
		}
		if v.State == chat.Online && !p.linked && (!p.check.isSet() || now.After(p.until)) {
			fail("online for ever: %+v", v)
		}
		if len(v.Addresses) > maxPlaces || len(v.Ways) > maxWays || v.Name == "" {
			fail("%+v", v)
		}
		last, ok := shown[id]
		if !ok || last.State != v.State || last.Linked != v.Linked || last.Name != v.Name || last.LinkPort != v.LinkPort ||
			last.Instance != v.Instance || !slices.Equal(last.Addresses, v.Addresses) {
			fail("a change was not told: %+v is %+v", last, v)
		}
	}
	if len(shown) != len(m.peers) {
		fail("%d shown of %d", len(shown), len(m.peers))
	}
	if online != m.online || crowd != m.crowd || strangers != m.strangers.Len() {
		fail("counted %d %d %d, are %d %d %d", m.online, m.crowd, m.strangers.Len(), online, crowd, strangers)
	}
}

func BenchmarkHearCopy(b *testing.B) {
	m, now := machine(b)
	h := heard(newDevice(1).says(b, nil))
	for b.Loop() {
		m.Step(now, h)
	}
}

func BenchmarkHearNews(b *testing.B) {
	m, now := machine(b)
	d := newDevice(1)
	var list [][]byte
	for range 1000 {
		list = append(list, d.says(b, nil))
	}
	for i := 0; b.Loop(); i++ {
		if i%len(list) == 0 {
			b.StopTimer()
			m, now = machine(b)
			b.StartTimer()
		}
		now = now.Add(time.Second / 10)
		m.Step(now, heard(list[i%len(list)]))
	}
}
