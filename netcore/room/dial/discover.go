package dial

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	// kindKey and a host with its port are the setting under which the scheme is kept
	// by which the server was joined last.
	kindKey = "room/kind/"
	// greetTime is how long a server is listened to before it is spoken to: some
	// begin, and all of those are told apart by how.
	greetTime = 400 * time.Millisecond
	// answerTime is how long it may take to answer each thing that is tried then.
	answerTime = time.Second
)

// ErrKind is wrapped when a server answers, and in no way that is known.
var ErrKind = errors.New("what answers there is no chat server of a known kind")

// Found is a server of which was found out how it is spoken to.
type Found struct {
	Address Address
	// Conn is a connection that is to be gone on with: the server of a pair has one
	// place only, and who finds it takes it. Nil for all others.
	Conn net.Conn
}

// Find finds out how the server at host[:port][/room] is spoken to: as it was
// before, else by trying, for which it is told the user's name. A server that was joined by TLS is never taken for one
// without, and neither is one on a host of which another was.
func (d *Dialer) Find(ctx context.Context, text, name string) (Found, error) {
	host, target, _ := strings.Cut(strings.TrimSpace(text), "/")
	settings, err := d.Store.Settings(ctx)
	if err != nil {
		return Found{}, err
	}
	if known := kindOf(settings, host); known != "" {
		a, err := Parse(known + "/" + target)
		return Found{Address: a}, err
	}
	if hasPort(host) {
		a, err := addressOf("irc", host+"/"+target, text)
		if err != nil {
			return Found{}, err
		}
		scheme, conn, err := try(ctx, a.Host, name)
		a.Scheme = scheme
		if a.Kind() != IRC {
			a.Target = ""
		}
		return Found{a, conn}, err
	}
	// Without a port only those kinds are tried that have a usual one.
	var failed error
	for _, scheme := range []string{"ircs", "irc"} {
		a, err := addressOf(scheme, host+"/"+target, text)
		if err != nil {
			return Found{}, err
		}
		if before := securedOn(settings, a.Host); !a.Secure() && before != "" {
			return Found{}, fmt.Errorf("%w: %s was joined with encryption before, as ircs://%s, and now it does not answer so (%w). Somebody may be keeping you from "+
				"it, so it was not tried without. Try again later, or ask who runs it; to go there unencrypted all the same, join %s",
				chat.ErrRefused, host, before, explain(failed), a)
		}
		conn, err := dialTo(ctx, a.Host)
		if err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		return Found{Address: a}, conn.Close()
	}
	return Found{}, fmt.Errorf("%s cannot be reached: %w", host, explain(failed))
}

func hasPort(host string) bool {
	_, _, err := net.SplitHostPort(host)
	return err == nil
}

// kindOf returns the address of the server at host[:port]: as it was spoken to
// before, or as its port says; "" if neither tells.
func kindOf(settings map[string]string, host string) string {
	tries := []string{"ircs", "irc"}
	for _, scheme := range tries {
		a, err := Parse(scheme + "://" + host) // of which the scheme is of no account if there is a port
		switch {
		case err != nil:
		case settings[kindKey+a.Host] != "":
			a.Scheme = settings[kindKey+a.Host]
			return a.Server()
		case settings[trustKey+a.Host] != "": // nothing was joined there, but it was encrypted
			return "ircs://" + a.Host
		}
	}
	if _, port, err := net.SplitHostPort(host); err == nil {
		for _, scheme := range tries {
			if schemes[scheme].port == port {
				return scheme + "://" + host
			}
		}
	}
	return ""
}

// securedOn returns a server of the same host, whatever its port, that is known to
// be encrypted: its certificate is kept, or that it was joined so. "" if there is
// none.
func securedOn(settings map[string]string, at string) string {
	host, _, _ := net.SplitHostPort(at)
	var known []string
	for key, value := range settings {
		server, kept := strings.CutPrefix(key, trustKey)
		if !kept {
			server, kept = strings.CutPrefix(key, kindKey)
			kept = kept && schemes[value].secure
		}
		if name, _, err := net.SplitHostPort(server); kept && err == nil && name == host {
			known = append(known, server)
		}
	}
	if len(known) == 0 {
		return ""
	}
	return slices.Min(known) // of several always the same
}

// Remember keeps how a server is spoken to, once that has worked.
func (d *Dialer) Remember(ctx context.Context, a Address) error {
	return d.Store.SetSetting(ctx, kindKey+a.Host, a.Scheme)
}

func dialTo(ctx context.Context, host string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", host)
}

// try listens to what a server says, then says the user's name, which all kinds
// answer each in a way of its own: IRC complains, TLS refuses, one dialect says it
// back and another answers with a name. It is what a person there would see.
func try(ctx context.Context, host, name string) (scheme string, conn net.Conn, err error) {
	conn, err = dialTo(ctx, host)
	if err != nil {
		return "", nil, fmt.Errorf("%s cannot be reached: %w", host, explain(err))
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	heard := hear(conn, greetTime)
	greeted := len(heard) > 0
	scheme = recognise(heard, "")
	// No line ends after the name: it may be taken for one as it is. An IRC server
	// waits for that end, and one with TLS may.
	for _, words := range []string{name, "\r\nCAP LS 302\r\n"} {
		if scheme != "" {
			break
		}
		if _, err := conn.Write([]byte(words)); err != nil {
			break
		}
		heard = hear(conn, answerTime)
		scheme = recognise(heard, strings.TrimSpace(words))
		if greeted && scheme == string(Paired) {
			scheme = "" // the other of a pair waits for the name; a mail server does not
		}
	}
	if scheme == string(Paired) && stop() {
		return scheme, &resumed{Conn: conn, heard: heard}, nil
	}
	if err := errors.Join(conn.Close(), ctx.Err()); err != nil && ctx.Err() != nil {
		return "", nil, err
	}
	if scheme == "" && speaksTLS(ctx, host) {
		scheme = "ircs"
	}
	if scheme == "" {
		return "", nil, fmt.Errorf("%w: %s; choose its kind if you know it", ErrKind, host)
	}
	return scheme, nil, nil
}

// hear returns what comes first, and within a time.
func hear(conn net.Conn, within time.Duration) []byte {
	buffer := make([]byte, 2048)
	if conn.SetReadDeadline(time.Now().Add(within)) != nil {
		return nil
	}
	count, _ := conn.Read(buffer) // nothing is an answer too
	if conn.SetReadDeadline(time.Time{}) != nil {
		return nil
	}
	return buffer[:count]
}

// recognise returns the scheme of a server by what it said: at first, or after it
// was told a name. What is not known is "".
func recognise(heard []byte, name string) string {
	text := string(bytes.TrimRight(heard, "\r\n"))
	word, rest, _ := strings.Cut(text, " ")
	switch {
	case len(heard) > 2 && heard[0] == 21 && heard[1] == 3: // an alert, RFC 8446 section 6
		return "ircs"
	case strings.HasPrefix(text, "You are connected from"):
		return string(Addressed)
	case word == "NOTICE", word == "ERROR", word == "PING", len(word) > 1 && word[0] == ':' && rest != "":
		return "irc"
	case name == "", text == "", strings.HasPrefix(text, "HTTP/"), strings.HasPrefix(text, "<"): // a web server's
		return ""
	case strings.HasSuffix(text, name):
		return string(Broadcast)
	}
	return string(Paired)
}

// speaksTLS asks a server that says nothing at all to other words.
func speaksTLS(ctx context.Context, host string) bool {
	conn, err := dialTo(ctx, host)
	if err != nil {
		return false
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	// Nothing is said over it: who is there is judged when it is joined.
	return tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}).HandshakeContext(ctx) == nil
}

// resumed is a connection on which the user's name was said, and answered.
type resumed struct {
	net.Conn
	heard []byte // the answer, still to be read
	said  bool
}

// Read implements net.Conn.
func (r *resumed) Read(p []byte) (int, error) {
	if len(r.heard) > 0 {
		n := copy(p, r.heard)
		r.heard = r.heard[n:]
		return n, nil
	}
	return r.Conn.Read(p)
}

// Write implements net.Conn; the first write is the name.
func (r *resumed) Write(p []byte) (int, error) {
	if !r.said {
		r.said = true
		return len(p), nil
	}
	return r.Conn.Write(p)
}
