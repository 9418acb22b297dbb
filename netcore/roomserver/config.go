package roomserver

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/roomserver/core"
	"github.com/parlance-chat/parlance/netcore/roomserver/plain"
)

// Defaults of Config.
const (
	DefaultName      = "parlance.local"
	DefaultNetwork   = "Parlance"
	DefaultRoom      = "#lobby"
	DefaultClients   = 20_000
	DefaultAddress   = 64 // clients of one
	DefaultSendQueue = 1 << 20
	DefaultRate      = 50 // messages a second
)

// burst is how many seconds' worth of messages a client may send at once: a
// message of several lines, or what a program says when it has joined.
const burst = 10

// Config says what a server serves. Zero values mean what the field says.
type Config struct {
	Listen    []string // addresses without TLS
	TLSListen []string // addresses with TLS
	TLSSpare  bool     // goes on without those of TLSListen that cannot be had, if there is another listener
	TLSCert   string   // PEM files; "" for both means a certificate made at the first start
	TLSKey    string
	Public    bool // serves addresses that are neither loopback nor private, too

	Name     string            // of the server, with a dot; "" means DefaultName
	Network  string            // "" means DefaultNetwork
	Data     string            // folder; it belongs to one server at a time
	NATS     string            // URL; "" keeps the journal in Data
	Password string            // that everyone has to give; "" for none
	Opers    map[string]string // name to hash, as HashPassword makes it
	Plain    []Plain
	MOTD     string // file; "" for none

	Retention time.Duration // of messages; 0 keeps them
	MaxStore  int64         // bytes of messages; 0 means journal.DefaultMaxBytes
	Reserve   uint64        // bytes that stay free on the disk; 0 means journal.DefaultReserve
	Metrics   string        // address that serves Prometheus; "" for none

	Limits  Limits
	Version string
	Log     *slog.Logger           // nil logs nothing
	Reload  func() (Config, error) // reads the configuration again; nil keeps it
}

// Plain is a listener for plain-text clients.
type Plain struct {
	Dialect plain.Dialect
	Address string
	Room    string // "" means DefaultRoom
}

// ParsePlain reads DIALECT=ADDRESS or DIALECT=ADDRESS,ROOM.
func ParsePlain(text string) (Plain, error) {
	name, rest, ok := strings.Cut(text, "=")
	if !ok {
		return Plain{}, fmt.Errorf("%q is not DIALECT=ADDRESS", text)
	}
	dialect, err := plain.ParseDialect(name)
	if err != nil {
		return Plain{}, err
	}
	address, room, ok := strings.Cut(rest, ",")
	if !ok {
		room = DefaultRoom
	}
	if !irc.ValidChannel(room, "#", 64) {
		return Plain{}, fmt.Errorf("%q is no room; it begins with #", room)
	}
	return Plain{dialect, address, room}, nil
}

// Limits bound what clients can take. Zero values mean the defaults.
type Limits struct {
	Clients    int
	PerAddress int           // clients of one IPv4 address or one IPv6 /64
	SendQueue  int           // bytes waiting for one client
	Rate       float64       // messages a second of one client; ten seconds' worth at once
	Ping       time.Duration // of quiet before a client is asked, and again before it is closed; 0 means two minutes
	Exempt     []netip.Prefix
}

func (l Limits) filled() Limits {
	if l.Clients <= 0 {
		l.Clients = DefaultClients
	}
	if l.PerAddress <= 0 {
		l.PerAddress = DefaultAddress
	}
	if l.SendQueue <= 0 {
		l.SendQueue = DefaultSendQueue
	}
	if l.Rate <= 0 {
		l.Rate = DefaultRate
	}
	return l
}

func (l *Limits) exempt(addr netip.Addr) bool {
	for _, prefix := range l.Exempt {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

func (c Config) filled() Config {
	if c.Name == "" {
		c.Name = DefaultName
	}
	if c.Network == "" {
		c.Network = DefaultNetwork
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Limits = c.Limits.filled()
	return c
}

// maxMOTD bounds the message of the day, in bytes.
const maxMOTD = 64 << 10

// core returns the part of the configuration that core needs.
func (c *Config) core() (core.Config, error) {
	cfg := core.Config{
		Name: c.Name, Network: c.Network, Version: c.Version, Password: c.Password, Opers: c.Opers,
		Description: "Parlance rooms", Rate: c.Limits.Rate, Burst: int(burst * c.Limits.Rate), Limits: core.Limits{Ping: c.Limits.Ping},
	}
	if c.MOTD != "" {
		text, err := os.ReadFile(c.MOTD)
		if err != nil {
			return cfg, fmt.Errorf("message of the day: %w", err)
		}
		if len(text) > maxMOTD {
			return cfg, fmt.Errorf("message of the day: %s has %d bytes, the most is %d", c.MOTD, len(text), maxMOTD)
		}
		for line := range strings.Lines(irc.Decode(string(text))) {
			cfg.MOTD = append(cfg.MOTD, strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\x00", ""))
		}
	}
	return cfg, nil
}
