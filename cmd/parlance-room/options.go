package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/parlance-chat/parlance/netcore/roomserver"
)

// environment is before the names of the variables: PARLANCE_ROOM_TLS_LISTEN.
const environment = "PARLANCE_ROOM"

// Where IRC is served unless told otherwise.
const (
	defaultPort = "6667"
	defaultTLS  = ":6697"
)

// errHelp says that help was printed and nothing is to be done.
var errHelp = errors.New("help was printed")

// options are the flags. A key of the configuration file has the name of the
// flag; a list is repeated there and on the command line, and has spaces between
// its items in the environment.
type options struct {
	Config string `type:"path" placeholder:"FILE" help:"Configuration: lines of a key, a space and a value; # begins a comment."`

	Listen    []string `sep:" " default:":6667" placeholder:"ADDRESS" help:"Serve IRC here (${default}); - for nowhere."`
	TLSListen []string `name:"tls-listen" sep:" " placeholder:"ADDRESS" help:"Serve IRC with TLS here (${tls}, if nobody else does); - for nowhere."`
	TLSCert   string   `name:"tls-cert" type:"path" placeholder:"FILE" help:"Certificate chain, PEM. Without one the server makes its own and keeps it."`
	TLSKey    string   `name:"tls-key" type:"path" placeholder:"FILE" help:"The certificate's key, PEM."`
	Public    bool     `help:"Serve everyone. Without this only loopback and private networks are."`
	Plain     []string `sep:" " placeholder:"DIALECT=ADDRESS[,ROOM]" help:"Serve plain-text clients: broadcast, addressed or paired. They are guests of the room (#lobby)."`

	Name     string   `default:"parlance.local" help:"Name of the server, with a dot (${default})."`
	Network  string   `default:"Parlance" help:"Name of the network (${default})."`
	Data     string   `type:"path" placeholder:"DIR" help:"Folder of all data (${data}; with another port than 6667 that is added to it)."`
	NATS     string   `name:"nats" placeholder:"URL" help:"NATS servers with JetStream to keep the rooms on; all servers on them are one network."`
	Password string   `help:"Password that everyone has to give."`
	Oper     []string `sep:" " placeholder:"NAME:HASH" help:"An operator; parlance-room hash-password makes the hash."`
	MOTD     string   `name:"motd" type:"path" placeholder:"FILE" help:"Message of the day."`

	Retention age  `default:"90d" help:"How long messages are kept (${default}; 12h, 90d; 0 is for ever)."`
	MaxStore  size `default:"8G" help:"How much messages may take on disk; the oldest go first (${default})."`
	Reserve   size `default:"64M" help:"What stays free on the disk; with less no message is taken (${default})."`

	Metrics   string `placeholder:"ADDRESS" help:"Serve Prometheus metrics here, at /metrics."`
	LogFormat string `enum:"text,json" default:"text" help:"text or json (${default})."`
	Verbose   bool   `help:"Log more."`

	MaxClients           int      `default:"20000" help:"Clients at a time (${default})."`
	MaxClientsPerAddress int      `default:"64" help:"Clients of one address at a time (${default})."`
	SendQueue            size     `default:"1M" help:"What may wait for a client that reads slowly (${default})."`
	MessagesPerSecond    float64  `default:"50" help:"Messages of one client, ten seconds' worth at once (${default})."`
	NoLimitsFor          []string `sep:" " placeholder:"CIDR" help:"Addresses without limits and timeouts."`

	Serve        struct{} `cmd:"" default:"1" help:"Serve rooms (also without a command)."`
	HashPassword struct{} `cmd:"" help:"Hash the password that is on standard input, for --oper."`
}

// age is a time with d for days.
type age time.Duration

func (a *age) UnmarshalText(text []byte) error {
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || n < 0 || n > 36500 {
			return fmt.Errorf("%q is no number of days", s)
		}
		*a = age(n * 24 * float64(time.Hour))
		return nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return fmt.Errorf("%q is no time such as 12h or 90d", s)
	}
	*a = age(d)
	return nil
}

// size is a number of bytes with K, M, G or T for powers of 1024.
type size int64

func (b *size) UnmarshalText(text []byte) error {
	s := strings.TrimSuffix(strings.ToUpper(string(text)), "B")
	shift := 0
	if i := strings.IndexAny(s, "KMGT"); i >= 0 && i == len(s)-1 {
		shift = 10 * (1 + strings.IndexByte("KMGT", s[i]))
		s = s[:i]
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > 1<<62>>shift {
		return fmt.Errorf("%q is no size such as 64M", text)
	}
	*b = size(n << shift)
	return nil
}

// parse reads flags, environment and configuration file, in this order of weight.
func parse(args []string, out io.Writer) (*options, string, error) {
	var opts options
	file := map[string]string{}
	helped := false
	parser, err := kong.New(&opts, kong.Name("parlance-room"),
		kong.Description("Rooms for Parlance and any IRC client, with their history kept. Nothing needs to be set up."),
		kong.DefaultEnvars(environment), kong.Vars{"data": dataFolder(), "tls": defaultTLS}, kong.Writers(out, out),
		kong.Exit(func(int) { helped = true }),
		kong.Resolvers(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
			for _, name := range flag.Envs {
				if _, ok := os.LookupEnv(name); ok {
					return nil, nil
				}
			}
			if value, ok := file[flag.Name]; ok {
				return value, nil
			}
			return nil, nil
		})))
	if err != nil {
		return nil, "", err
	}
	if err := readFile(configFile(args), parser.Model, file); err != nil {
		return nil, "", err
	}
	ctx, err := parser.Parse(args)
	if helped {
		return nil, "", errHelp
	}
	if err != nil {
		return nil, "", err
	}
	if opts.Data == "" {
		opts.Data = dataFolder() + opts.suffix()
	}
	return &opts, ctx.Command(), nil
}

// configFile finds the name of the file before the flags are read, for the file
// stands behind them.
func configFile(args []string) string {
	name := os.Getenv(environment + "_CONFIG")
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--config="); ok {
			name = value
		} else if arg == "--config" && i+1 < len(args) {
			name = args[i+1]
		}
	}
	return name
}

// readFile reads the configuration. Values of a repeated key have spaces between
// them.
func readFile(name string, model *kong.Application, into map[string]string) error {
	if name == "" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	defer f.Close()
	known := map[string]bool{}
	for _, flag := range model.Flags {
		known[flag.Name] = flag.Name != "config" && flag.Name != "help"
	}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, _ := strings.Cut(line, " ")
		if !known[key] {
			return fmt.Errorf("configuration: %s line %d: there is no %q", name, n, key)
		}
		if value = strings.TrimSpace(value); value == "" {
			value = "true" // of a switch
		}
		if before, ok := into[key]; ok {
			value = before + " " + value
		}
		into[key] = value
	}
	return lines.Err()
}

// dataFolder is where data go unless told otherwise.
func dataFolder() string {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "parlance-room")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "share", "parlance-room")
	}
	return "parlance-room-data"
}

// suffix tells the data of servers apart that run side by side on one machine.
func (o *options) suffix() string {
	for _, address := range addresses(o.Listen) {
		if _, port, err := net.SplitHostPort(address); err == nil && port != defaultPort {
			return "-" + port
		}
	}
	return ""
}

// config returns what the server is told.
func (o *options) config() (roomserver.Config, error) {
	cfg := roomserver.Config{
		Listen: addresses(o.Listen), TLSListen: addresses(o.TLSListen), TLSCert: o.TLSCert, TLSKey: o.TLSKey, Public: o.Public,
		Name: o.Name, Network: o.Network, Data: o.Data, NATS: o.NATS, Password: o.Password, Opers: map[string]string{}, MOTD: o.MOTD,
		Retention: time.Duration(o.Retention), MaxStore: int64(o.MaxStore), Reserve: uint64(o.Reserve), Metrics: o.Metrics,
		Limits: roomserver.Limits{
			Clients: o.MaxClients, PerAddress: o.MaxClientsPerAddress, SendQueue: int(o.SendQueue), Rate: o.MessagesPerSecond,
		},
		Version: version(),
	}
	if len(o.TLSListen) == 0 {
		cfg.TLSListen, cfg.TLSSpare = []string{defaultTLS}, true
	}
	if !strings.Contains(o.Name, ".") || strings.ContainsAny(o.Name, " !@:,") {
		return cfg, fmt.Errorf("--name %q: the name of a server has a dot, as in %s", o.Name, roomserver.DefaultName)
	}
	if strings.ContainsAny(o.Network, " ") || o.Network == "" {
		return cfg, fmt.Errorf("--network %q: the name of a network is one word", o.Network)
	}
	for _, text := range o.Plain {
		p, err := roomserver.ParsePlain(text)
		if err != nil {
			return cfg, fmt.Errorf("--plain: %w", err)
		}
		cfg.Plain = append(cfg.Plain, p)
	}
	for _, text := range o.Oper {
		name, hash, _ := strings.Cut(text, ":")
		if _, err := roomserver.CheckPassword("", hash); name == "" || err != nil {
			return cfg, fmt.Errorf("--oper %s: not NAME:HASH with a hash of parlance-room hash-password", name)
		}
		cfg.Opers[name] = hash
	}
	for _, text := range o.NoLimitsFor {
		prefix, err := netip.ParsePrefix(text)
		if addr, e := netip.ParseAddr(text); e == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return cfg, fmt.Errorf("--no-limits-for: %q is no network such as 192.168.1.0/24", text)
		}
		cfg.Limits.Exempt = append(cfg.Limits.Exempt, prefix)
	}
	if len(cfg.Listen)+len(cfg.TLSListen)+len(cfg.Plain) == 0 {
		return cfg, errors.New("there is no address to serve")
	}
	if cfg.MOTD != "" {
		if _, err := os.Stat(cfg.MOTD); errors.Is(err, fs.ErrNotExist) {
			return cfg, fmt.Errorf("--motd: there is no %s", cfg.MOTD)
		}
	}
	return cfg, nil
}

// addresses leaves out "-", which stands for none.
func addresses(list []string) []string {
	var out []string
	for _, address := range list {
		if address != "-" && address != "" {
			out = append(out, address)
		}
	}
	return out
}

func (o *options) logger(w io.Writer) *slog.Logger {
	level := &slog.HandlerOptions{}
	if o.Verbose {
		level.Level = slog.LevelDebug
	}
	if o.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, level))
	}
	return slog.New(slog.NewTextHandler(w, level))
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return "parlance-room-" + info.Main.Version
	}
	return "parlance-room"
}
