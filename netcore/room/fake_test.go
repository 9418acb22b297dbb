package room

import (
	"bufio"
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// fake is a small IRC server with history. It can be killed and started again with
// what it had stored.
type fake struct {
	t     *testing.T
	caps  string
	greet func(net.Conn) net.Conn // such as TLS; nil: none
	bare  bool                    // messages have no IDs

	mu       sync.Mutex
	listener net.Listener
	clients  map[*fakeClient]bool
	stored   []irc.Message // of all rooms, with time and msgid
	swallow  bool          // store messages and die before the echo
	pinged   func()        // is called before a PING is answered
	refusal  string        // why messages are not taken; "": they are
	handlers sync.WaitGroup
}

type fakeClient struct {
	conn  net.Conn
	nick  string
	caps  map[string]bool
	rooms map[string]bool
}

const fakeCaps = "batch message-tags server-time echo-message labeled-response draft/chathistory extended-join sasl=EXTERNAL"

func newFake(t *testing.T, caps string, greet func(net.Conn) net.Conn) *fake {
	return newFakeAt(t, "127.0.0.1:0", caps, greet)
}

func newFakeAt(t *testing.T, address, caps string, greet func(net.Conn) net.Conn) *fake {
	f := &fake{t: t, caps: caps, greet: greet, clients: make(map[*fakeClient]bool)}
	f.start(address)
	t.Cleanup(f.kill)
	return f
}

func (f *fake) start(address string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		f.t.Fatal(err)
	}
	f.mu.Lock()
	f.listener = listener
	f.mu.Unlock()
	f.handlers.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if f.greet != nil {
				conn = f.greet(conn)
			}
			f.handlers.Go(func() { f.serve(conn) })
		}
	})
}

func (f *fake) address() string { return f.listener.Addr().String() }

// cut ends all connections, while the server lives.
func (f *fake) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.clients {
		c.conn.Close()
	}
}

// kill ends the server without a word.
func (f *fake) kill() {
	f.mu.Lock()
	f.listener.Close()
	for c := range f.clients {
		c.conn.Close()
	}
	f.mu.Unlock()
	f.handlers.Wait()
}

func (f *fake) serve(conn net.Conn) {
	c := &fakeClient{conn: conn, caps: make(map[string]bool), rooms: make(map[string]bool)}
	f.mu.Lock()
	f.clients[c] = true
	f.mu.Unlock()
	defer func() {
		conn.Close()
		f.mu.Lock()
		delete(f.clients, c)
		f.mu.Unlock()
	}()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		m, err := irc.Parse(lines.Text(), irc.FromClient)
		if err != nil {
			continue
		}
		f.mu.Lock()
		alive := f.handle(c, &m)
		f.mu.Unlock()
		if !alive {
			return
		}
	}
}

func (c *fakeClient) say(lines ...string) {
	fmt.Fprintf(c.conn, "%s\r\n", strings.Join(lines, "\r\n"))
}

func (f *fake) handle(c *fakeClient, m *irc.Message) bool {
	switch m.Command {
	case "CAP":
		switch {
		case f.caps == "":
			c.say(":fake 421 * CAP :Unknown command")
		case m.Param(0) == "LS":
			c.say(":fake CAP * LS :" + f.caps)
		case m.Param(0) == "REQ":
			for name := range strings.FieldsSeq(m.Last()) {
				c.caps[name] = true
			}
			c.say(":fake CAP * ACK :" + m.Last())
		case m.Param(0) == "END":
			f.welcome(c)
		}
	case "AUTHENTICATE":
		if m.Param(0) == "+" {
			c.say(":fake 900 * * certified :in", ":fake 903 * :ok")
		} else {
			c.say("AUTHENTICATE +")
		}
	case "NICK":
		c.nick = m.Param(0)
		if c.nick == "Mallory" {
			c.say(":fake 464 Mallory :Password incorrect")
		}
	case "USER":
		if f.caps == "" {
			f.welcome(c)
		}
	case "PING":
		if f.pinged != nil {
			f.pinged()
		}
		c.say(":fake PONG fake :" + m.Last())
	case "QUIT":
		return false
	case "JOIN":
		if strings.HasPrefix(m.Param(0), "#closed") {
			c.say(":fake 473 " + c.nick + " " + m.Param(0) + " :Cannot join channel (+i)")
			break
		}
		for name := range strings.SplitSeq(m.Param(0), ",") {
			c.rooms[name] = true
			c.say(":"+c.nick+"!u@h JOIN "+name, ":fake 332 "+c.nick+" "+name+" :A topic",
				":fake 353 "+c.nick+" = "+name+" :@op +bob "+c.nick, ":fake 366 "+c.nick+" "+name+" :End")
		}
	case "PRIVMSG":
		return f.message(c, m)
	case "TAGMSG":
		out := irc.New(c.nick+"!u@h", "TAGMSG", m.Params...)
		out.Tags = m.Tags.ClientOnly()
		c.say(out.String())
	case "CHATHISTORY":
		f.history(c, m)
	case "AWAY":
		c.say(":fake 306 " + c.nick + " :You are away")
	case "WHOIS":
		c.say(":fake 311 "+c.nick+" "+m.Param(0)+" user host * :Real", ":fake 318 "+c.nick+" "+m.Param(0)+" :End")
	}
	return true
}

func (f *fake) welcome(c *fakeClient) {
	c.say(":fake 001 "+c.nick+" :Hello", ":fake 005 "+c.nick+" CHATHISTORY=50 MSGREFTYPES="+map[bool]string{false: "msgid,timestamp", true: "timestamp"}[f.bare]+" MSGRATE=1000 :are",
		":fake 422 "+c.nick+" :none")
}

// message stores and passes on, to the sender too where that is agreed on.
func (f *fake) message(c *fakeClient, m *irc.Message) bool {
	label := m.Tags.Value("label")
	if f.refusal != "" {
		no := irc.Text("fake", irc.ERR_CANNOTSENDTOCHAN, c.nick, m.Param(0), f.refusal)
		if label != "" {
			no.Tags = irc.Tags{{Key: "label", Value: label}}
		}
		c.say(no.String())
		return true
	}
	out := irc.Text(c.nick+"!u@h", "PRIVMSG", m.Params...)
	out.Tags = append(irc.Tags{{Key: "msgid", Value: fmt.Sprint("m", len(f.stored)+1)}, {Key: "time", Value: irc.FormatTime(time.Now())}},
		m.Tags.ClientOnly()...)
	f.stored = append(f.stored, out)
	if f.swallow {
		return false
	}
	for other := range f.clients {
		if other != c && (other.rooms[m.Param(0)] || other.nick == m.Param(0)) {
			other.say(out.String())
		}
	}
	if c.caps["echo-message"] {
		if label != "" {
			out.Tags = append(irc.Tags{{Key: "label", Value: label}}, out.Tags...)
		}
		c.say(out.String())
	}
	return true
}

// tell says a line to all in a room.
func (f *fake) tell(target, line string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.clients {
		if c.rooms[target] {
			c.say(line)
		}
	}
}

// tags has somebody send tags alone to all in a room.
func (f *fake) tags(nick, target, tags string) {
	f.tell(target, "@"+tags+" :"+nick+"!u@h TAGMSG "+target)
}

// says has somebody say something, stored whether anybody is there or not.
func (f *fake) says(nick, target, text string, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := irc.Text(nick+"!u@h", "PRIVMSG", target, text)
	out.Tags = irc.Tags{{Key: "msgid", Value: fmt.Sprint("m", len(f.stored)+1)}, {Key: "time", Value: irc.FormatTime(at)}}
	if f.bare {
		out.Tags = out.Tags[1:]
	}
	f.stored = append(f.stored, out)
	for c := range f.clients {
		if c.rooms[target] || c.nick == target {
			if f.caps == "" {
				out.Tags = nil
			}
			c.say(out.String())
		}
	}
}

func (f *fake) history(c *fakeClient, m *irc.Message) {
	if m.Param(0) == "TARGETS" {
		c.say("BATCH +t draft/chathistory-targets", "BATCH -t")
		return
	}
	limit, _ := strconv.Atoi(m.Last())
	var all []irc.Message
	for _, s := range f.stored {
		if s.Params[0] == m.Param(1) {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b irc.Message) int { return cmp.Compare(a.Tags.Value("time"), b.Tags.Value("time")) })
	kind, value, _ := strings.Cut(m.Param(2), "=")
	// What has the msgid, or the time, are those from begin to end.
	first := func(is func(irc.Message) bool) int {
		if i := slices.IndexFunc(all, is); i >= 0 {
			return i
		}
		return len(all)
	}
	begin := first(func(s irc.Message) bool { return s.Tags.Value("time") >= value })
	end := first(func(s irc.Message) bool { return s.Tags.Value("time") > value })
	if kind == "msgid" {
		begin = first(func(s irc.Message) bool { return s.Tags.Value("msgid") == value })
		end = begin + 1
	}
	page := all
	switch m.Param(0) {
	case "AFTER":
		page = all[end:]
		page = page[:min(limit, len(page))]
	case "BEFORE":
		page = all[:begin]
	}
	page = page[max(0, len(page)-limit):]
	c.say("BATCH +h chathistory " + m.Param(1))
	for _, s := range page {
		s.Tags = append(irc.Tags{{Key: "batch", Value: "h"}}, s.Tags...)
		c.say(s.String())
	}
	c.say("BATCH -h")
}

// texts returns what is stored of a target, in order.
func (f *fake) texts(target string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []string
	for _, s := range f.stored {
		if s.Params[0] == target {
			list = append(list, s.Params[1])
		}
	}
	return list
}
