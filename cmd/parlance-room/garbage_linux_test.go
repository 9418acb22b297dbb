package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var (
	garbageFor   = flag.Duration("garbage", 0, "how long TestGarbage lasts; without it each connection sends some hundred lines")
	garbageLines = 450 // without a duration: fewer than the server takes at once
)

const garblers = 50

// memoryBound is what the server may hold with so many clients of the worst kind:
// the 400 MB that it tries to stay below, and a quarter more, for it notices late
// what JetStream loads. The race detector keeps several times as much.
func memoryBound() int64 {
	info, _ := debug.ReadBuildInfo()
	if info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return 2 << 30
	}
	return 512 << 20
}

// garbler makes lines that look as if a client could send them, and some that
// do not.
type garbler struct{ *rand.Rand }

func (g garbler) pick(list ...string) string { return list[g.IntN(len(list))] }

// vocabulary is what stands for the names in grammar.
var vocabulary = map[string][]string{
	"nick":   {"g0", "g1", "g2", "g3", "g4", "G5", "NickServ", "nobody", "*", "", ":", "g0,g1,g2", "💥"},
	"room":   {"#f", "#f", "#F", "#f1", "#f2", "#f3", "&f", "#", "#f,#f1", "#\x07", "#" + strings.Repeat("f", 63), "@#f", "0"},
	"text":   {"hi", "", "two words", ":", "\x01ACTION waves\x01", "\x01VERSION\x01", strings.Repeat("é", 200), strings.Repeat("x", 480), "\xff\xfe", "a\x00b", "a\rb", "\u202eabc"},
	"number": {"0", "1", "5", "-1", "1000", "99999999999999999999", "x", ""},
	"mask":   {"*", "g*!*@*", "*!*@127.0.0.1", "a?c", "***********************", "", "!", "$a:x", "@@@"},
	"modes":  {"+o", "-o+v", "+b", "b", "+beI", "e", "+k", "-k", "+l", "-l", "+Cimnst", "-Cimnst", "+r", "+iwB", "-oiwB", "+", "+ZZZ", "+bbbbbbbbbbbbbbb"},
	"ref":    {"*", "msgid=x", "msgid=", "timestamp=1970-01-01T00:00:00.000Z", "timestamp=2100-01-01T00:00:00.000Z", "timestamp=x", "x"},
	"order":  {"LATEST", "BEFORE", "AFTER", "AROUND", "BETWEEN", "TARGETS", "x"},
	"caps":   {"batch", "echo-message message-tags", "draft/multiline batch", "-batch", "labeled-response batch", "sasl", "account-notify away-notify", "nothing", ""},
	"sasl":   {"PLAIN", "SCRAM-SHA-256", "EXTERNAL", "+", "*", "AGcwAHNlc2FtZQ==", strings.Repeat("A", 400), "!"},
	"list":   {">0", "<3", "C<5", "T>1", "!#f*", "*f*", ">", "C<x", "#f"},
	"who":    {"", "o", "%", "%tcuihsnfdlaor,999", "%a,x", "o%nf"},
	"tags":   {"label=1", "label=" + strings.Repeat("l", 90), "+typing=active", "+draft/reply=x;+y=\\:\\s\\", "batch=1", "time=x;msgid=y;account=z", strings.Repeat("t;", 300), "", "="},
}

// grammar is what clients can say; what stands more than once comes more often.
var grammar = []string{
	"JOIN $room", "JOIN $room", "JOIN $room $text", "PART $room :$text", "PRIVMSG #f :$text", "PRIVMSG $room :$text", "PRIVMSG $nick :$text", "NOTICE $nick :$text", "TAGMSG $room",
	"MODE $room", "MODE $room $modes $nick $mask $number", "MODE $nick $modes", "KICK $room $nick :$text", "INVITE $nick $room", "TOPIC $room :$text", "NAMES $room", "LIST $list,$list",
	"NICK $nick", "AWAY :$text", "SETNAME :$text", "WHO $mask $who", "WHO $room $who", "WHOIS $nick", "WHOWAS $nick $number", "MONITOR + $nick", "MONITOR - $nick", "MONITOR L", "MONITOR S",
	"CHATHISTORY $order $room $ref $number", "CHATHISTORY $order $room $ref $ref $number", "MARKREAD $room $ref", "REDACT $room $text :$text", "USERHOST $nick $nick", "ISON $nick $nick",
	"BATCH +1 draft/multiline $room", "BATCH +1 draft/multiline #f\r\n@batch=1 PRIVMSG #f :$text\r\n@batch=1;draft/multiline-concat PRIVMSG #f :$text\r\nBATCH -1", "BATCH -1",
	"CAP REQ :$caps", "CAP LS 302", "CAP END", "CAP $text", "AUTHENTICATE $sasl", "AUTHENTICATE $sasl", "PASS $text", "USER $text $text $text :$text", "OPER $nick $text", "KILL $nick :$text",
	"STATS u", "VERSION", "TIME $mask", "INFO", "ADMIN", "MOTD", "LUSERS", "LINKS", "HELP $text", "REHASH", "WALLOPS :$text", "ERROR :$text", "PING :$text", "PONG :$text", "$text", ":$text $text",
}

// line returns one, or a few that belong together.
func (g garbler) line() string {
	if g.IntN(500) == 0 { // these take a password's time
		return g.pick("REGISTER * * $number"+strings.Repeat("s", 6), "PRIVMSG NickServ :IDENTIFY g0 wrong", "QUIT :enough")
	}
	line := g.pick(grammar...)
	if g.IntN(4) == 0 {
		line = "@$tags " + line
	}
	line = os.Expand(line, func(name string) string { return g.pick(vocabulary[name]...) })
	if g.IntN(8) == 0 {
		line = g.damage(line)
	}
	return line + "\r\n"
}

// damage changes some bytes.
func (g garbler) damage(line string) string {
	b := []byte(line)
	for range 1 + g.IntN(4) {
		at := g.IntN(len(b) + 1)
		switch g.IntN(4) {
		case 0:
			b = slices.Insert(b, at, byte(g.IntN(256)))
		case 1:
			b = slices.Insert(b, at, slices.Repeat([]byte(g.pick("x", " ", ":", "@", ";", ",")), g.IntN(1000))...)
		case 2:
			b = b[:at]
		case 3:
			if at < len(b) {
				b[at] ^= 1 << g.IntN(8)
			}
		}
	}
	return string(b)
}

// garble connects again and again and sends lines until they are used up, or
// over is closed. Some clients do not read what they are told.
func (g garbler) garble(address string, deaf bool, lines int, over <-chan struct{}, told *kinds) (sent int, err error) {
	for sent < lines && !isOver(over) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return sent, err
		}
		conn.SetDeadline(time.Now().Add(patience))
		if g.IntN(10) > 0 {
			fmt.Fprintf(conn, "CAP REQ :%s\r\nNICK g%d\r\nUSER g 0 * :garbler\r\nCAP END\r\nJOIN #f\r\n", g.pick(vocabulary["caps"]...), g.IntN(200))
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			if !deaf {
				told.read(conn)
			}
		}()
		for range 1 + g.IntN(1000) {
			if sent >= lines || isOver(over) {
				break
			}
			conn.SetDeadline(time.Now().Add(patience))
			if _, err := io.WriteString(conn, g.line()); err != nil {
				break // it was closed: for its password, for what it does not read, or as it asked
			}
			sent++
		}
		if g.IntN(2) == 0 && !deaf {
			io.WriteString(conn, "QUIT\r\n")
			<-done
		}
		conn.Close()
		<-done
	}
	return sent, nil
}

func isOver(over <-chan struct{}) bool {
	select {
	case <-over:
		return true
	default:
		return false
	}
}

// kinds are the commands and numerics that the server answered with.
type kinds struct {
	mu   sync.Mutex
	seen map[string]int
}

var kindOf = regexp.MustCompile(`^(?:@\S+ )?(?::\S+ )?(\S+)`)

func (k *kinds) read(r io.Reader) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if m := kindOf.FindStringSubmatch(lines.Text()); m != nil {
			k.mu.Lock()
			k.seen[m[1]]++
			k.mu.Unlock()
		}
	}
}

// memory returns what the server holds of the machine's memory, in bytes.
func (r *room) memory() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
	if err != nil {
		r.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kB, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				r.t.Fatal(err)
			}
			return kB << 10
		}
	}
	r.t.Fatalf("no memory in %s", text)
	return 0
}

// TestGarbage: fifty clients that send garbage leave the server up, its memory
// bounded, and others served.
func TestGarbage(t *testing.T) {
	r := up(t, t.TempDir(), "", "--messages-per-second", "50", "--max-clients-per-address", "1000")
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(r.logged())
		}
	})
	ann, bob := r.join("ann"), r.join("bob")
	ann.send("MODE #room +n")
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	lines, over := garbageLines, make(chan struct{})
	if *garbageFor > 0 {
		lines = 1 << 30
		time.AfterFunc(*garbageFor, func() { close(over) })
	}

	var all sync.WaitGroup
	var sent atomic.Int64
	told := kinds{seen: map[string]int{}}
	problems := make(chan error, garblers)
	for n := range garblers {
		all.Go(func() {
			g := garbler{rand.New(rand.NewPCG(uint64(seed), uint64(n)))}
			count, err := g.garble(r.address, n%10 == 9, lines, over, &told)
			sent.Add(int64(count))
			if err != nil {
				problems <- err
			}
		})
	}
	finished := make(chan struct{})
	go func() { all.Wait(); close(finished) }()

	start, bound := r.memory(), memoryBound()
	peak := start
	var took []time.Duration
	refused := 0 // that a message is not stored is told, and it is sent again: on a busy disk that may be
	for n := 0; !isOver(finished) || n < 20; n++ {
		begin := time.Now()
		for _, c := range []*client{ann, bob} {
			c.SetDeadline(begin.Add(patience))
		}
		ann.send(fmt.Sprintf("PRIVMSG #room :m%d", n))
		for _, c := range []*client{ann, bob} {
			for {
				line := c.expect(fmt.Sprint(" PRIVMSG #room :m", n), " FAIL PRIVMSG ", "PING ")
				if strings.Contains(line, " FAIL ") {
					refused++
					ann.send(fmt.Sprintf("PRIVMSG #room :m%d", n))
				} else if strings.Contains(line, "PING ") {
					c.send("PONG :x")
				} else {
					break
				}
			}
		}
		took = append(took, time.Since(begin))
		if peak = max(peak, r.memory()); peak > bound {
			t.Fatalf("the server holds %d MB", peak>>20)
		}
		select {
		case <-finished:
		case <-time.After(50 * time.Millisecond):
		}
	}

	cat := r.join("cat")
	cat.send("PRIVMSG #room :m1000000")
	bob.expect(":m1000000")
	slices.Sort(took)
	t.Logf("%d lines sent, %d kinds of answers; memory %d MB at the start, %d MB at most, %d MB at the end", sent.Load(), len(told.seen), start>>20, peak>>20, r.memory()>>20)
	t.Logf("%d messages of others, %d times refused, came within %v (median), %v (p99), %v (most)", len(took), refused, took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
	if len(problems) > 0 {
		t.Errorf("%d could not connect: %v", len(problems), <-problems)
	}
	if len(told.seen) < 60 {
		t.Errorf("the garbage brought few kinds of answers only: %v", told.seen)
	}
	if err := r.end(syscall.SIGTERM); err != nil {
		t.Errorf("ended with %v", err)
	}
	if strings.Contains(r.logged(), "panic") {
		t.Error("there was a panic")
	}
}
