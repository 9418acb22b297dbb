package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/parlance-chat/parlance/netcore/roomserver"
)

// announce says in three lines how to join.
func announce(out io.Writer, s *roomserver.Server, cfg roomserver.Config) {
	bare, secure := s.Addresses()
	host := ""
	var ways []string
	for _, a := range bare {
		ways = append(ways, fmt.Sprintf("%d", a.(*net.TCPAddr).Port))
		host = shown(a, host)
	}
	for _, a := range secure {
		ways = append(ways, fmt.Sprintf("%d with TLS", a.(*net.TCPAddr).Port))
		host = shown(a, host)
	}
	who := "this machine and its private networks"
	if cfg.Public {
		who = "everyone"
	}
	fmt.Fprintf(out, "Rooms are open for %s. In Parlance: Join a room…, %s\n", who, host)
	fmt.Fprintf(out, "With any IRC client: %s, port %s\n", host, strings.Join(ways, ", or "))
	fmt.Fprintf(out, "The certificate's fingerprint (SHA-256): %s. All data are in %s; Ctrl+C ends it.\n", s.Fingerprint(), cfg.Data)
}

// shown returns the address that others would type, or before if it is known.
func shown(a net.Addr, before string) string {
	ip := a.(*net.TCPAddr).IP
	switch {
	case before != "":
		return before
	case !ip.IsUnspecified():
		return ip.String()
	}
	addrs, err := net.InterfaceAddrs()
	if err == nil {
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok && n.IP.IsPrivate() && n.IP.To4() != nil {
				return n.IP.String()
			}
		}
	}
	return "localhost"
}

// hashPassword reads a line and prints its hash.
func hashPassword(in io.Reader, out io.Writer) error {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return errors.New("no password on standard input")
	}
	_, err = fmt.Fprintln(out, roomserver.HashPassword(line))
	return err
}
