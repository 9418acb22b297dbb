package room

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/room/dial"
	"github.com/parlance-chat/parlance/netcore/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what has to come.
const patience = 30 * time.Second

// bench is a network with its store, and what it emitted.
type bench struct {
	*Network
	t     *testing.T
	path  string
	store *store.Store
	end   func()
	// stopped is closed when end has told the network to.
	stopped <-chan struct{}

	mu     sync.Mutex
	events []chat.Event
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, path: filepath.Join(t.TempDir(), "test.db")}
	b.open()
	t.Cleanup(func() { b.end() })
	return b
}

// open starts the network on what the database holds.
func (b *bench) open() {
	b.t.Helper()
	key := identity.KeyFromSeed([32]byte{1})
	s, err := store.Open(b.path, key.ID())
	if err != nil {
		b.t.Fatal(err)
	}
	b.store = s
	b.Network, err = New(Config{Store: s, Key: key, Name: "Ada", Emit: func(e chat.Event) {
		b.mu.Lock()
		b.events = append(b.events, e)
		b.mu.Unlock()
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	b.stopped = ctx.Done()
	ended := make(chan error, 1)
	network := b.Network
	go func() { ended <- network.Run(ctx) }()
	b.end = sync.OnceFunc(func() {
		stop()
		if err := <-ended; err != nil {
			b.t.Error(err)
		}
		if err := s.Close(); err != nil {
			b.t.Error(err)
		}
	})
}

// until waits for something to become true.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	for start := time.Now(); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > patience {
			b.t.Fatalf("not in time: %s; rooms: %+v", what, b.Rooms())
		}
	}
}

func (b *bench) join(url string) chat.ConversationID {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	id, err := b.Join(ctx, url, Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *bench) send(id chat.ConversationID, text string) chat.Message {
	b.t.Helper()
	m, err := b.Send(b.t.Context(), id, text)
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

// held returns a conversation as the store has it, each message as "author: text".
func (b *bench) held(id chat.ConversationID) []string {
	b.t.Helper()
	page, err := b.store.History(b.t.Context(), id, store.Page{Limit: 10_000})
	if err != nil {
		b.t.Fatal(err)
	}
	var list []string
	for _, m := range page {
		who := m.From.Name
		if m.Own {
			who = "own " + string(m.State)
		}
		list = append(list, who+": "+m.Text)
	}
	return list
}

func (b *bench) holds(id chat.ConversationID, want ...string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%q, have %q", want, b.held(id)), func() bool { return slices.Equal(b.held(id), want) })
}

// notices returns what the user was told.
func (b *bench) notices() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []string
	for _, e := range b.events {
		if n, ok := e.(chat.Notice); ok {
			list = append(list, n.Text)
		}
	}
	return strings.Join(list, "\n")
}

func (b *bench) status(id chat.ConversationID) Status {
	b.t.Helper()
	st, err := b.Room(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return st
}

func TestTalk(t *testing.T) {
	for name, caps := range map[string]string{"modern": fakeCaps, "old": ""} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, caps, nil)
			b := newBench(t)
			id := b.join("irc://" + f.address() + "/room")
			if again := b.join("IRC://" + f.address() + "/%23room"); again != id {
				t.Error("another conversation for the same room")
			}
			f.says("bob", "#room", "hello \x1b[31m", time.Now())
			b.holds(id, "bob: hello ␛[31m")
			m := b.send(id, "hello bob")
			if !m.Own || m.Kind != chat.Room || m.State == chat.Delivered {
				t.Errorf("%+v", m)
			}
			b.holds(id, "bob: hello ␛[31m", "own delivered: hello bob")
			b.until("members", func() bool { return b.status(id).Members == 3 })
			members, err := b.Members(t.Context(), id)
			if err != nil || members[0].Role != "operator" || members[1].Symbol != "+" || !members[2].Self {
				t.Errorf("%+v, %v", members, err)
			}
			st := b.status(id)
			if !st.Joined || st.Secure || st.Nick != "Ada" || st.Topic != "A topic" || st.Kind != dial.IRC || st.Address != "irc://"+f.address()+"/#room" {
				t.Errorf("%+v", st)
			}
			b.mu.Lock()
			var seen []chat.State
			for _, e := range b.events {
				if s, ok := e.(chat.StateChanged); ok && s.Messages[0] == m.ID {
					seen = append(seen, s.State)
				}
			}
			b.mu.Unlock()
			if !slices.Equal(seen, []chat.State{chat.Sent, chat.Delivered}) {
				t.Errorf("states %v", seen)
			}
			if _, err := b.Join(t.Context(), "irc://"+f.address()+"/#closed", Options{}); !errors.Is(err, chat.ErrRefused) || !strings.Contains(err.Error(), "invited") {
				t.Errorf("a closed room: %v", err)
			}
			if len(b.Rooms()) != 1 {
				t.Errorf("a room that was not joined stays: %+v", b.Rooms())
			}
			// A person.
			f.says("cat", "Ada", "psst", time.Now())
			b.until("a private conversation", func() bool { return len(b.Rooms()) == 2 })
			private := b.Rooms()[1]
			if private.Target != "cat" || private.Channel {
				t.Errorf("%+v", private)
			}
			b.holds(private.ID, "cat: psst")
			if err := b.Leave(t.Context(), private.ID); err != nil {
				t.Fatal(err)
			}
			if err := b.Leave(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Send(t.Context(), id, "x"); !errors.Is(err, chat.ErrUnknown) || len(b.Rooms()) != 0 {
				t.Errorf("after leaving: %v, %+v", err, b.Rooms())
			}
		})
	}
}

func TestNotThere(t *testing.T) {
	b := newBench(t)
	f := newFake(t, "", nil)
	f.kill()
	if _, err := b.Join(t.Context(), "irc://"+f.address()+"/#room", Options{}); err == nil || !strings.Contains(err.Error(), "nothing listens there") {
		t.Errorf("%v", err)
	}
	if len(b.Rooms()) != 0 {
		t.Errorf("%+v", b.Rooms())
	}
	for _, url := range []string{"", "http://host/#room", "irc:///#room", "tcp+broadcast://host", "irc://host:99999/#r", "irc://h/#a b", "irc://h/#a,b"} {
		if _, err := b.Join(t.Context(), url, Options{}); !errors.Is(err, chat.ErrUnknown) {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// TestTurnedAway: a server that wants a password is told from one that cannot be
// reached.
func TestTurnedAway(t *testing.T) {
	f := newFake(t, fakeCaps, nil)
	b := newBench(t)
	_, err := b.Join(t.Context(), "irc://"+f.address()+"/#room", Options{Nick: "Mallory"})
	if want := f.address() + " wants a password, and none or another one was given"; !errors.Is(err, chat.ErrRefused) || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestRemoved: who is removed from a room finds that in the room, and it is told once,
// as something the room says itself.
func TestRemoved(t *testing.T) {
	f := newFake(t, fakeCaps, nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	f.tell("#room", ":op!u@h KICK #room Ada :enough.")
	b.until("it is said", func() bool { return b.status(id).Why == "you were removed by op: enough." })
	b.mu.Lock()
	defer b.mu.Unlock()
	var told []chat.Notice
	for _, e := range b.events {
		if n, ok := e.(chat.Notice); ok {
			told = append(told, n)
		}
	}
	if len(told) != 1 || told[0].Conversation != id || told[0].Text != "You are not in #room: you were removed by op: enough. To come back, join again." {
		t.Errorf("told %+v", told)
	}
}

// TestRefused: what the server refuses stays with the reason, and is sent again by
// nobody but the user, who may also take it back.
func TestRefused(t *testing.T) {
	for name, caps := range map[string]string{"modern": fakeCaps, "old": ""} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, caps, nil)
			b := newBench(t)
			id := b.join("irc://" + f.address() + "/#room")
			first := b.send(id, "fine")
			b.holds(id, "own delivered: fine")
			refuse := func(why string) {
				f.mu.Lock()
				f.refusal = why
				f.mu.Unlock()
			}
			refuse("No voice\x07.")
			m := b.send(id, "hello")
			b.holds(id, "own delivered: fine", "own refused: hello")
			b.until("it is told", func() bool { return strings.Contains(b.notices(), "did not accept") })
			b.mu.Lock()
			var seen []string
			for _, e := range b.events {
				switch e := e.(type) {
				case chat.StateChanged:
					if e.Messages[0] == m.ID {
						seen = append(seen, string(e.State))
					}
				case chat.MessagesChanged:
					seen = append(seen, e.Messages[0].Refusal)
				case chat.Notice:
					if e.Conversation != id {
						t.Errorf("a notice for itself: %+v", e)
					}
				}
			}
			b.mu.Unlock()
			if !slices.Equal(seen, []string{"sent", "refused", "No voice␇."}) {
				t.Errorf("told %q", seen)
			}

			refuse("")
			f.kill()
			f.start(f.address())
			b.until("the room again", func() bool { return b.status(id).Joined })
			b.end()
			b.open()
			b.until("the room again", func() bool { return len(b.Rooms()) == 1 && b.status(id).Joined })
			b.send(id, "more")
			b.holds(id, "own delivered: fine", "own refused: hello", "own delivered: more")
			if got := f.texts("#room"); !slices.Equal(got, []string{"fine", "more"}) {
				t.Errorf("sent by itself: %q", got)
			}

			for _, c := range []struct {
				message chat.MessageID
				want    error
			}{{first.ID, chat.ErrRefused}, {chat.MessageID{1}, chat.ErrUnknown}, {m.ID, nil}, {m.ID, chat.ErrRefused}} {
				if err := b.TakeBack(t.Context(), id, c.message); !errors.Is(err, c.want) {
					t.Errorf("taken back: %v", err)
				}
			}
			b.holds(id, "own delivered: fine", "own refused: ", "own delivered: more")
			if kept, err := b.store.Message(t.Context(), m.ID); err != nil || !kept.Retracted || kept.Refusal != "No voice␇." {
				t.Errorf("%+v, %v", kept.Message, err)
			}
		})
	}
}

// TestTakeBack: what was not sent yet can be taken back, also after a restart; what the
// server may have cannot.
func TestTakeBack(t *testing.T) {
	f := newFake(t, fakeCaps, nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	f.mu.Lock()
	f.swallow = true
	f.listener.Close() // so that it does not come back
	f.mu.Unlock()
	doubtful := b.send(id, "in doubt")
	b.until("the server gone", func() bool { return !b.status(id).Connected })
	regretted, later, meant := b.send(id, "regretted"), b.send(id, "regretted later"), b.send(id, "meant")
	takeBack := func(m chat.Message, want string) {
		t.Helper()
		err := b.TakeBack(t.Context(), id, m.ID)
		if want == "" && err != nil || want != "" && (!errors.Is(err, chat.ErrRefused) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q is taken back: %v", m.Text, err)
		}
	}
	takeBack(doubtful, "on its way")
	takeBack(regretted, "")
	takeBack(regretted, "nothing of yours")
	b.end()
	b.open()
	b.until("the room", func() bool { return len(b.Rooms()) == 1 })
	takeBack(doubtful, "on its way")
	takeBack(later, "")
	f.mu.Lock()
	f.swallow = false
	f.mu.Unlock()
	f.start(f.address())
	if err := b.Retry(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.holds(id, "own delivered: in doubt", "own queued: ", "own queued: ", "own delivered: meant")
	if got := f.texts("#room"); !slices.Equal(got, []string{"in doubt", "meant"}) {
		t.Errorf("in the room: %q", got)
	}
	takeBack(meant, "the server has it")
}

// TestRenamed: the conversation with somebody goes on under a new nick, also after a
// restart, and whoever takes the old one is not taken for the same person.
func TestRenamed(t *testing.T) {
	f := newFake(t, fakeCaps, nil)
	b := newBench(t)
	room := b.join("irc://" + f.address() + "/#room")
	id, err := b.Talk(t.Context(), room, "bob")
	if err != nil {
		t.Fatal(err)
	}
	f.says("bob", "Ada", "I am bob", time.Now())
	b.holds(id, "bob: I am bob")
	renamed := func(was, is string) {
		t.Helper()
		f.tell("#room", ":"+was+"!u@h NICK "+is)
		b.until("renamed", func() bool { return strings.Contains(b.notices(), was+" is now called "+is+".") })
		line, err := b.store.Conversation(t.Context(), id)
		if st := b.status(id); err != nil || line.Title != is || st.Target != is || st.Address != "irc://"+f.address()+"/"+is {
			t.Errorf("%+v, %+v, %v", line, st, err)
		}
	}
	renamed("bob", "bobby")
	f.says("bobby", "Ada", "and still", time.Now())
	b.holds(id, "bob: I am bob", "bobby: and still")
	b.send(id, "hello")
	b.holds(id, "bob: I am bob", "bobby: and still", "own delivered: hello")
	f.says("bob", "Ada", "another", time.Now())
	b.until("another conversation", func() bool { return len(b.Rooms()) == 3 })
	var other chat.ConversationID
	for _, st := range b.Rooms() {
		if st.Target == "bob" {
			other = st.ID
		}
	}
	b.holds(other, "bob: another")
	if again, err := b.Talk(t.Context(), room, "bob"); err != nil || again != other {
		t.Errorf("bob is somebody else: %v", err)
	}

	b.end()
	b.open()
	b.until("all again", func() bool { return len(b.Rooms()) == 3 && b.status(room).Joined })
	f.says("bobby", "Ada", "again", time.Now())
	f.says("bob", "Ada", "me too", time.Now())
	b.holds(id, "bob: I am bob", "bobby: and still", "own delivered: hello", "bobby: again")
	b.holds(other, "bob: another", "bob: me too")

	// With a nick of which there is a conversation, that one goes on.
	f.tell("#room", ":bobby!u@h NICK bob")
	f.says("bob", "Ada", "swapped", time.Now())
	b.holds(other, "bob: another", "bob: me too", "bob: swapped")
	if st := b.status(id); st.Target != "bobby" {
		t.Errorf("%+v", st)
	}
	if err := b.Leave(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	renamed("bobby", "bob") // back where it began
	f.says("bob", "Ada", "the same", time.Now())
	b.holds(id, "bob: I am bob", "bobby: and still", "own delivered: hello", "bobby: again", "bob: the same")
}

// TestLeftUnsent: what waits for a room that is left waits no longer, also when the
// room is joined again.
func TestLeftUnsent(t *testing.T) {
	f := newFake(t, "", nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	f.kill()
	b.until("the server gone", func() bool { return !b.status(id).Connected })
	b.send(id, "too late")
	if err := b.Leave(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.holds(id, "own refused: too late")
	f.start(f.address())
	b.join("irc://" + f.address() + "/#room")
	b.end()
	b.open()
	b.until("the room again", func() bool { return len(b.Rooms()) == 1 && b.status(id).Joined })
	b.send(id, "now")
	b.holds(id, "own refused: too late", "own delivered: now")
	if got := f.texts("#room"); !slices.Equal(got, []string{"now"}) {
		t.Errorf("in the room: %q", got)
	}
}

// TestJoinAgain: who joins a room does not wait for when the server would be tried
// next, and hears of it if nobody is there.
func TestJoinAgain(t *testing.T) {
	f := newFake(t, "", nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	f.kill()
	b.until("tried every now and then", func() bool { return time.Until(b.status(id).RetryAt) > time.Second })
	other := "irc://" + f.address() + "/#other"
	if _, err := b.Join(t.Context(), other, Options{}); err == nil || !strings.Contains(err.Error(), "nothing listens there") || len(b.Rooms()) != 1 {
		t.Errorf("%v, %+v", err, b.Rooms())
	}
	b.until("tried every now and then", func() bool { return time.Until(b.status(id).RetryAt) > time.Second })
	f.start(f.address())
	if id := b.join(other); !b.status(id).Joined {
		t.Errorf("%+v", b.status(id))
	}
}

// TestKilled: the server is killed under a stream of messages, twice, and once this
// device as well. What was sent is in the room once, in order, and what others said
// meanwhile is here once.
func TestKilled(t *testing.T) {
	f := newFake(t, fakeCaps, nil)
	address := f.address()
	b := newBench(t)
	id := b.join("irc://" + address + "/#room")
	var want []string
	for i := range 120 {
		switch i {
		case 30, 90: // stored, and dead before it says so
			f.mu.Lock()
			f.swallow = true
			f.mu.Unlock()
		case 40, 100:
			f.kill()
			f.says("bob", "#room", fmt.Sprint("missed ", i), time.Now())
		case 50, 110:
			f.swallow = false
			f.start(address)
		case 60:
			b.end()
			b.open()
			b.until("the room again", func() bool { return len(b.Rooms()) == 1 })
		}
		text := fmt.Sprint("message ", i)
		want = append(want, text)
		b.send(id, text)
		time.Sleep(5 * time.Millisecond)
	}
	own := func() (list []string) {
		for _, text := range f.texts("#room") {
			if strings.HasPrefix(text, "message") {
				list = append(list, text)
			}
		}
		return list
	}
	b.until("all in the room", func() bool { return len(own()) >= len(want) })
	if got := own(); !slices.Equal(got, want) {
		t.Errorf("in the room\n%q\nwant\n%q", got, want)
	}
	b.until("all delivered and nothing missed", func() bool {
		held := b.held(id)
		return len(held) == len(want)+2 && !slices.ContainsFunc(held, func(s string) bool { return strings.HasPrefix(s, "own") && !strings.HasPrefix(s, "own delivered") })
	})
	held := slices.DeleteFunc(b.held(id), func(s string) bool { return strings.HasPrefix(s, "bob") })
	for i, s := range held {
		if s != "own delivered: "+want[i] {
			t.Fatalf("message %d is %q", i, s)
		}
	}
}

// TestCut: the connection is cut under a stream of messages, while the server lives and
// others talk. What was sent is in the room once, in order, and nothing is missed.
func TestCut(t *testing.T) {
	f := newFake(t, fakeCaps, nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	var want, others []string
	for i := range 40 {
		for n := range 5 {
			want = append(want, fmt.Sprintf("message %d", 5*i+n))
			b.send(id, want[len(want)-1])
		}
		others = append(others, fmt.Sprint("other ", i))
		f.says("bob", "#room", others[i], time.Now())
		if i%10 == 5 {
			f.cut()
			b.until("it is back", func() bool { return b.status(id).Joined })
		}
	}
	b.until("all delivered", func() bool {
		held := b.held(id)
		return len(held) >= len(want)+len(others) && !slices.ContainsFunc(held, func(s string) bool {
			return strings.HasPrefix(s, "own ") && !strings.HasPrefix(s, "own delivered")
		})
	})
	in := slices.DeleteFunc(f.texts("#room"), func(s string) bool { return strings.HasPrefix(s, "other") })
	if !slices.Equal(in, want) {
		t.Errorf("in the room %q", in)
	}
	heard := slices.DeleteFunc(b.held(id), func(s string) bool { return strings.HasPrefix(s, "own") })
	for i, s := range heard {
		heard[i] = strings.TrimPrefix(s, "bob: ")
	}
	if !slices.Equal(heard, others) || len(b.held(id)) != len(want)+len(others) {
		t.Errorf("heard %q", heard)
	}
}

// TestTalkative: a server that speaks without an end fills no disk.
func TestTalkative(t *testing.T) {
	f := newFake(t, fakeCaps, nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	for i := range 3 * maxSaid {
		f.tell("#room", fmt.Sprint(":irc.fake NOTICE Ada :", i))
	}
	f.says("bob", "#room", "done", time.Now())
	b.holds(id, "bob: done")
	held := b.held(b.Rooms()[0].ID)
	if last := held[len(held)-1]; len(held) < maxSaid || len(held) > maxSaid+20 || !strings.Contains(strings.Join(held[maxSaid-1:], ""), "left out") {
		t.Errorf("%d kept, the last is %q", len(held), last)
	}
}

// TestEndAtOnce: who ends right after a message was sent hears first that the server
// has it, and does not send it again at the next start.
func TestEndAtOnce(t *testing.T) {
	f := newFake(t, "", nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	ended := make(chan struct{})
	stopped := b.stopped
	f.mu.Lock()
	f.pinged = func() {
		go func() {
			defer close(ended)
			b.end()
		}()
		<-stopped // it has been told to end, and waits for this
		f.pinged = nil
	}
	f.mu.Unlock()
	b.send(id, "once")
	<-ended
	b.open()
	b.until("the room again", func() bool { return len(b.Rooms()) == 1 && b.status(id).Joined })
	b.send(id, "twice")
	b.holds(id, "own delivered: once", "own delivered: twice")
	if got := f.texts("#room"); !slices.Equal(got, []string{"once", "twice"}) {
		t.Errorf("in the room: %q", got)
	}
}

// TestOwnPast: own messages in history that bear no mark of this device are found
// again by their text, each once.
func TestOwnPast(t *testing.T) {
	f := newFake(t, "batch server-time echo-message labeled-response draft/chathistory", nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	b.send(id, "twice")
	b.send(id, "twice")
	want := []string{"own delivered: twice", "own delivered: twice"}
	b.holds(id, want...)
	b.end()
	f.says("Ada", "#room", "twice", time.Now()) // on another device
	b.open()
	b.holds(id, append(want, want[0])...)
}

// TestOwnLines: an own message of several lines is one, also when history brings it
// back; so is one that was said under a nick which is this client's no more.
func TestOwnLines(t *testing.T) {
	for name, ghost := range map[string]bool{"own nick": false, "another nick": true} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, fakeCaps, nil)
			b := newBench(t)
			id := b.join("irc://" + f.address() + "/#room")
			f.says("bob", "#room", "hello", time.Now())
			b.holds(id, "bob: hello")
			b.send(id, "one\ntwo\nthree")
			b.send(id, "/me waves\nand goes")
			want := []string{"bob: hello", "own delivered: one\ntwo\nthree", "own delivered: /me waves\nand goes"}
			b.holds(id, want...)
			b.end()
			if ghost {
				f.mu.Lock()
				for i := range f.stored {
					f.stored[i].Source = strings.Replace(f.stored[i].Source, "Ada!", "ghost!", 1)
				}
				f.stored[1].Params[1] = "forged" // by whoever has seen the ID
				f.mu.Unlock()
				want = append(want, "ghost: forged")
			}
			b.open()
			b.until("the room again", func() bool { return len(b.Rooms()) == 1 && b.status(id).Joined })
			f.says("bob", "#room", "bye", time.Now())
			b.until("the last", func() bool { held := b.held(id); return held[len(held)-1] == "bob: bye" })
			got := b.held(id)
			slices.Sort(got) // all in a few milliseconds, by two clocks
			want = append(want, "bob: bye")
			if slices.Sort(want); !slices.Equal(got, want) {
				t.Errorf("%q", got)
			}
		})
	}
}

// TestManyQueued: all that waits is taken up after a restart, however much.
func TestManyQueued(t *testing.T) {
	f := newFake(t, "", nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	f.kill()
	b.until("the server gone", func() bool { return !b.status(id).Connected })
	want := make([]string, heldPage+20)
	for i := range want {
		want[i] = fmt.Sprint("message ", i)
		b.send(id, want[i])
	}
	b.end()
	f.start(f.address())
	b.open()
	b.until("all in the room", func() bool { return len(f.texts("#room")) >= len(want) })
	if got := f.texts("#room"); !slices.Equal(got, want) {
		t.Errorf("in the room: %q", got)
	}
}

// TestPast: history goes back page by page, and comes once.
func TestPast(t *testing.T) {
	f := newFake(t, fakeCaps, nil)
	start := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	for i := range 120 {
		f.says("bob", "#room", fmt.Sprint(i), start.Add(time.Duration(i)*time.Second))
	}
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	b.until("the newest page", func() bool { return len(b.held(id)) == 50 })
	if c, err := b.store.Conversation(t.Context(), id); err != nil || c.Unread != 0 {
		t.Errorf("%d unread at the first look, %v", c.Unread, err)
	}
	for _, want := range []int{100, 120, 120} {
		page, err := b.store.History(t.Context(), id, store.Page{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.History(t.Context(), id, page[0].Position); err != nil {
			t.Fatal(err)
		}
		if got := len(b.held(id)); got != want {
			t.Fatalf("%d messages, want %d", got, want)
		}
	}
	for i, s := range b.held(id) {
		if s != fmt.Sprintf("bob: %d", i) {
			t.Fatalf("message %d is %q", i, s)
		}
	}
	// Everything once more, after the connection was lost and after a restart.
	f.kill()
	f.says("bob", "#room", "new", time.Now())
	f.start(f.address())
	b.until("the gap", func() bool { return len(b.held(id)) == 121 })
	b.end()
	b.open()
	b.until("the room again", func() bool { return len(b.Rooms()) == 1 && b.status(id).Joined })
	f.says("bob", "#room", "last", time.Now())
	b.until("the last", func() bool { held := b.held(id); return held[len(held)-1] == "bob: last" })
	if n := len(b.held(id)); n != 122 {
		t.Errorf("%d messages", n)
	}
}

// TestOneMoment: history of one millisecond comes page by page and whole, in its
// order, also after a restart and from servers without msgids.
func TestOneMoment(t *testing.T) {
	for name, bare := range map[string]bool{"msgids": false, "times": true} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, fakeCaps, nil)
			f.bare = bare
			moment := time.Now().Add(-time.Hour)
			count := 60
			if !bare {
				count = 170 // more than a page
			}
			for i := range count {
				at := moment
				if bare {
					at = at.Add(time.Duration(i/20) * time.Millisecond)
				}
				if i == count-1 {
					at = time.Now() // at a start what came just before the newest is asked for again
				}
				f.says("bob", "#room", fmt.Sprint(i), at)
			}
			b := newBench(t)
			id := b.join("irc://" + f.address() + "/#room")
			b.until("the newest page", func() bool { return len(b.held(id)) == 50 })
			b.end()
			b.open()
			b.until("the room again", func() bool { return len(b.Rooms()) == 1 && b.status(id).Joined })
			for range 5 {
				page, err := b.store.History(t.Context(), id, store.Page{Limit: 1000})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := b.History(t.Context(), id, page[0].Position); err != nil {
					t.Fatal(err)
				}
			}
			var want []string
			for i := range count {
				want = append(want, fmt.Sprintf("bob: %d", i))
			}
			if got := b.held(id); !slices.Equal(got, want) {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestCommands(t *testing.T) {
	f := newFake(t, fakeCaps, nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	do := func(line string) string {
		t.Helper()
		out, err := b.Command(t.Context(), id, line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
		return out
	}
	if help := do("/help"); !strings.Contains(help, "/join #room [key]") || len(strings.Split(help, "\n")) != len(Commands()) {
		t.Errorf("%s", help)
	}
	if text := do("/whois bob"); text != "Real (user@host)" {
		t.Errorf("%q", text)
	}
	if text := do("/topic"); text != "A topic" {
		t.Errorf("%q", text)
	}
	if text := do("/away for lunch"); text != "You are away" || len(b.Rooms()) != 1 {
		t.Errorf("%q, and there are %+v", text, b.Rooms())
	}
	do("/me waves")
	b.holds(id, "own delivered: /me waves")
	do("/msg bob hi  there")
	do("/join #other")
	if rooms := b.Rooms(); len(rooms) != 3 || rooms[0].Target != "#other" || rooms[2].Target != "bob" {
		t.Errorf("%+v", rooms)
	}
	b.until("a private message", func() bool { return slices.Equal(f.texts("bob"), []string{"hi  there"}) })
	do("/leave")
	b.until("left", func() bool { return len(b.Rooms()) == 2 })
	for _, line := range []string{"/nonsense", "/msg", "/kick"} {
		if _, err := b.Command(t.Context(), b.Rooms()[0].ID, line); !errors.Is(err, chat.ErrUnknown) {
			t.Errorf("%s: %v", line, err)
		}
	}
}
