package netcore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan"
	"github.com/parlance-chat/parlance/netcore/link"
	"github.com/parlance-chat/parlance/netcore/plain"
	"github.com/parlance-chat/parlance/netcore/room"
	"github.com/parlance-chat/parlance/netcore/store"
)

// Config says which profile a Node opens, and how. The zero value is the
// account's own profile on the protocol's ports.
type Config struct {
	// Profile is the profile's folder, made if need be; empty stands for
	// DefaultProfile.
	Profile string
	// Name is what the device is called from now on; empty keeps the name it has,
	// or takes the account's.
	Name string
	// Program names the program to another process that finds the profile taken.
	Program string
	// DiscoveryPort and LinkPort are UDP ports; 0 stands for the protocol's, and
	// for any free port of links where that is taken.
	DiscoveryPort, LinkPort uint16
	// Interfaces names the network interfaces on which people are looked for; empty
	// stands for all.
	Interfaces []string
	// Log takes what is worth a line; nil takes nothing.
	Log *slog.Logger
}

// Keys of settings that the Node keeps for itself.
const (
	settingName      = "name"
	settingIdentity  = "identity"
	settingFormer    = "identity.former" // a line each
	settingInstance  = "instance"
	settingPlainOn   = "plain.on"
	settingPlainPort = "plain.port"
	// Both are "true" where the user wants it otherwise.
	settingLobbyLeft    = "lobby.left"
	settingReadMarksOff = "readmarks.off"
	// appSettings go before the keys of Setting and SetSetting.
	appSettings = "app."
)

// Node is one open profile with its networks.
type Node struct {
	cfg      Config
	lock     *os.File
	key      *identity.Key
	store    *store.Store
	hub      *hub
	lan      *lan.Network
	plain    *plain.Network
	room     *room.Network
	networks []chat.Network
	kinds    sync.Map // chat.ConversationID to chat.Kind

	roomsKnown chan struct{} // closed when the rooms joined before are known
	roomBegins sync.Map      // chat.ConversationID to the chat.Position before which its server has nothing

	refresher *refresher
	former    []identity.DeviceID // who this device was before
	keyLost   bool                // it is another than at the last start, and nobody asked for that

	stop    context.CancelFunc
	running sync.WaitGroup
	closing sync.Once
	closed  error

	mu           sync.Mutex // guards what follows
	settings     map[string]string
	name         string
	named        bool
	plainOn      bool
	plainPort    uint16
	plainProblem string
	failure      error // why a network ended by itself
}

// Open takes the profile's lock, opens its key and database, and starts the
// networks. The error is an *InUseError if another process has the profile, and
// wraps store.ErrNewer if a newer version wrote the database.
func Open(cfg Config) (_ *Node, err error) {
	if cfg.Profile == "" {
		if cfg.Profile, err = DefaultProfile(); err != nil {
			return nil, err
		}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	n := &Node{cfg: cfg, hub: newHub(), refresher: newRefresher(), roomsKnown: make(chan struct{}), stop: func() {}}
	if n.lock, err = lockProfile(cfg.Profile, cfg.Program); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			n.release()
		}
	}()
	if n.key, err = identity.LoadOrCreateKey(filepath.Join(cfg.Profile, keyFile)); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	n.stop = stop
	err = n.openLAN(ctx)
	if n.store != nil && errors.Is(err, store.ErrDamaged) {
		// What is found on reading, the next opening of the store examines.
		if err = n.store.Close(); err == nil {
			err = n.openLAN(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	n.plain = plain.New(plain.Config{Store: n.store, Emit: n.emitSigned, Log: cfg.Log})
	n.room, err = room.New(room.Config{Store: n.store, Key: n.key, Name: n.name, Emit: n.emitSigned, Log: cfg.Log})
	if err != nil {
		return nil, err
	}
	n.networks = []chat.Network{n.lan, n.plain, n.room}
	if n.plainOn {
		n.switchPlain(n.plainPort)
	}
	n.running.Go(func() { n.refresh(ctx) })
	n.running.Go(func() { n.watchRooms(ctx) })
	for _, network := range n.networks {
		n.running.Go(func() {
			if err := network.Run(ctx); err != nil {
				n.failed(err)
			}
		})
	}
	return n, nil
}

// openLAN opens the database and the network whose conversations are in it.
func (n *Node) openLAN(ctx context.Context) (err error) {
	if n.store, err = store.Open(filepath.Join(n.cfg.Profile, databaseFile), n.key.ID()); err != nil {
		return err
	}
	instance, err := n.begin(ctx)
	if err != nil {
		return err
	}
	n.lan, err = lan.New(ctx, lan.Config{
		Key: n.key, Store: n.store, Name: n.name, Emit: n.hub.emit, Instance: instance,
		DiscoveryPort: n.cfg.DiscoveryPort, LinkPort: n.cfg.LinkPort, Interfaces: n.cfg.Interfaces, Log: n.cfg.Log,
		Lobby: n.takesPartInLobby(), TellRead: n.ReadMarks(),
		Changed: n.refresher.changed, Touched: n.refresher.touched,
	})
	return err
}

// begin reads the settings and returns this start's instance number.
func (n *Node) begin(ctx context.Context) (instance uint64, err error) {
	if n.settings, err = n.store.Settings(ctx); err != nil {
		return 0, err
	}
	n.name = chat.CleanName(n.settings[settingName])
	n.named = n.name != ""
	if name := chat.CleanName(n.cfg.Name); name != "" && name != n.name {
		if err := n.set(ctx, settingName, name); err != nil {
			return 0, err
		}
		n.name, n.named = name, true
	}
	if n.name == "" {
		n.name = accountName()
	}
	if err := n.remember(ctx); err != nil {
		return 0, err
	}
	n.plainOn = n.settings[settingPlainOn] == "true"
	port, _ := strconv.ParseUint(n.settings[settingPlainPort], 10, 16) // zero stands for the default
	n.plainPort = uint16(port)
	if n.plainPort == 0 {
		n.plainPort = plain.DefaultPort
	}
	last, _ := strconv.ParseUint(n.settings[settingInstance], 10, 64) // zero at the first start
	instance = max(uint64(time.Now().UnixMilli()), last+1)
	return instance, n.set(ctx, settingInstance, strconv.FormatUint(instance, 10))
}

// remember keeps who this device is, and who it was before.
func (n *Node) remember(ctx context.Context) error {
	was, is := n.settings[settingIdentity], n.key.ID().String()
	if was != is {
		if was != "" {
			back := strings.Contains(n.settings[settingFormer], is+"\n")
			n.keyLost = !back && !wasRenewed(n.cfg.Profile, was)
			if err := n.set(ctx, settingFormer, n.settings[settingFormer]+was+"\n"); err != nil {
				return err
			}
		}
		if err := n.set(ctx, settingIdentity, is); err != nil {
			return err
		}
	}
	for line := range strings.Lines(n.settings[settingFormer]) {
		if id, err := identity.ParseDeviceID(strings.TrimSpace(line)); err == nil {
			n.former = append(n.former, id)
		}
	}
	return nil
}

// accountName guesses what the person at this machine is called.
func accountName() string {
	if u, err := user.Current(); err == nil {
		for _, name := range []string{u.Name, u.Username} {
			if name := chat.CleanName(name); name != "" {
				return name
			}
		}
	}
	if host, err := os.Hostname(); err == nil && chat.CleanName(host) != "" {
		return chat.CleanName(host)
	}
	return "Somebody"
}

// failed keeps why a network ended by itself, and says so.
func (n *Node) failed(err error) {
	n.mu.Lock()
	n.failure = errors.Join(n.failure, err)
	n.mu.Unlock()
	n.cfg.Log.Error("network ended", "error", err)
	n.hub.emit(chat.Notice{Text: fmt.Sprintf("The network stopped working: %v. Nothing is lost; start Parlance again.", err)})
}

// Close says goodbye, ends everything and waits for it. It is idempotent.
func (n *Node) Close() error {
	n.closing.Do(func() { n.closed = n.release() })
	return n.closed
}

func (n *Node) release() error {
	n.stop()
	n.running.Wait()
	n.hub.shut()
	var errs []error
	if n.store != nil {
		errs = append(errs, n.store.Close())
	}
	return errors.Join(append(errs, n.lock.Close())...)
}

// Self returns this device as others see it.
func (n *Node) Self() Self {
	n.mu.Lock()
	defer n.mu.Unlock()
	return Self{ID: n.key.ID(), Name: n.name, Named: n.named, Link: n.lan.LinkAddresses(), Profile: n.cfg.Profile}
}

// SetName changes what this device is called, here and for everybody.
func (n *Node) SetName(ctx context.Context, name string) error {
	clean := chat.CleanName(name)
	if clean == "" {
		return fmt.Errorf("%w: a name needs at least one letter", chat.ErrRefused)
	}
	if err := n.set(ctx, settingName, clean); err != nil {
		return err
	}
	n.mu.Lock()
	n.name, n.named = clean, true
	n.mu.Unlock()
	n.room.SetName(clean)
	return n.lan.SetName(ctx, clean)
}

// Notices returns what the user should know of how the profile was opened.
func (n *Node) Notices() (list []chat.Notice) {
	if n.keyLost {
		list = append(list, chat.Notice{Text: fmt.Sprintf("This device has another key than at its last start: the file %s was lost, changed or replaced. To others you are somebody new now. If you have a copy of the file as it was, put it back and start Parlance again.", filepath.Join(n.cfg.Profile, keyFile))})
	}
	if aside := n.store.SetAside(); aside != "" {
		list = append(list, chat.Notice{Text: fmt.Sprintf("Your message database was damaged. It was kept as %s, and a new one was begun. Your conversations come back from the people in them as they appear; what you had written and not delivered is in the kept file only.", aside)})
	}
	return list
}

// Interfaces returns what the network looks like now.
func (n *Node) Interfaces() []chat.Interface { return n.lan.Interfaces() }

// Peers returns everybody known or heard, by name.
func (n *Node) Peers() []chat.Peer { return n.lan.Peers() }

// SetTrust says what this device's user thinks of a peer.
func (n *Node) SetTrust(ctx context.Context, peer identity.DeviceID, trust chat.Trust) error {
	return n.lan.SetTrust(ctx, peer, trust)
}

// Connect links to the device at an address, "host" or "host:port", as of
// another subnet, and keeps the address for later starts.
func (n *Node) Connect(ctx context.Context, address string) (chat.Peer, error) {
	to, err := resolveAddress(ctx, address, link.DefaultPort)
	if err != nil {
		return chat.Peer{}, err
	}
	return n.lan.Connect(ctx, to)
}

// resolveAddress reads "host" or "host:port"; a host may be a name.
func resolveAddress(ctx context.Context, address string, defaultPort uint16) (netip.AddrPort, error) {
	if a, err := netip.ParseAddr(address); err == nil {
		return netip.AddrPortFrom(a, defaultPort), nil
	}
	if a, err := netip.ParseAddrPort(address); err == nil && a.Port() != 0 {
		return a, nil
	}
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		host, portText = address, strconv.Itoa(int(defaultPort))
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || port == 0 || host == "" {
		return netip.AddrPort{}, fmt.Errorf("%w address %q: write it as host:port, such as 192.168.1.20:%d", chat.ErrUnknown, address, defaultPort)
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(found) == 0 {
		return netip.AddrPort{}, fmt.Errorf("%w host %q: %w", chat.ErrUnknown, host, err)
	}
	return netip.AddrPortFrom(found[0].Unmap(), uint16(port)), nil
}

// Setting returns a setting of the app; empty if it was never set.
func (n *Node) Setting(key string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.settings[appSettings+key]
}

// SetSetting keeps a setting of the app.
func (n *Node) SetSetting(ctx context.Context, key, value string) error {
	return n.set(ctx, appSettings+key, value)
}

func (n *Node) set(ctx context.Context, key, value string) error {
	if err := n.store.SetSetting(ctx, key, value); err != nil {
		return fmt.Errorf("keep setting %q: %w", key, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.settings[key] = value
	return nil
}

// Plain returns the state of the plain UDP network.
func (n *Node) Plain() PlainStatus {
	n.mu.Lock()
	defer n.mu.Unlock()
	status := PlainStatus{On: n.plain.Port() != 0, Port: n.plainPort, Problem: n.plainProblem}
	status.Addresses = lan.OwnAddresses(n.lan.Interfaces(), n.plainPort)
	return status
}

// SetPlain switches the plain UDP network on or off, and chooses its local
// port; 0 stands for the default.
func (n *Node) SetPlain(ctx context.Context, on bool, port uint16) error {
	if port == 0 {
		port = plain.DefaultPort
	}
	if on {
		if err := n.switchPlain(port); err != nil {
			return err
		}
	} else {
		n.plain.SwitchOff()
	}
	n.mu.Lock()
	n.plainOn, n.plainPort = on, port
	if !on {
		n.plainProblem = ""
	}
	n.mu.Unlock()
	return errors.Join(
		n.set(ctx, settingPlainOn, strconv.FormatBool(on)),
		n.set(ctx, settingPlainPort, strconv.Itoa(int(port))))
}

func (n *Node) switchPlain(port uint16) error {
	err := n.plain.SwitchOn(port)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.plainProblem = ""
	if err != nil {
		n.plainProblem = err.Error()
	}
	return err
}

// Subscribe returns what happens from now on. The first subscriber also gets
// what happened since Open.
func (n *Node) Subscribe() *Subscription {
	s := n.hub.subscribe()
	for _, notice := range n.Notices() {
		s.put(notice)
	}
	return s
}
