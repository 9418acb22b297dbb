//go:build linux || freebsd || netbsd || openbsd || dragonfly

package notify

import (
	"context"
	"fmt"
	"slices"

	"github.com/godbus/dbus/v5"
)

// The Desktop Notifications Specification 1.2, sections 9 and 10.
const (
	busName   = "org.freedesktop.Notifications"
	busPath   = "/org/freedesktop/Notifications"
	busNotify = busName + ".Notify"
	busCaps   = busName + ".GetCapabilities"
	busAction = busName + ".ActionInvoked"
	busClosed = busName + ".NotificationClosed"

	byDefault      = int32(-1) // the desktop decides how long it is shown
	defaultAction  = "default" // a click on the notification itself
	urgencyNormal  = byte(1)
	categoryChat   = "im.received"
	signalsWaiting = 32
)

// bus shows notifications over the session's D-Bus.
type bus struct {
	cfg      Config
	conn     *dbus.Conn
	markup   bool // the desktop reads the body as markup
	actions  bool // and tells of clicks
	clicks   chan uint32
	closings chan uint32
}

func newDesktop(cfg Config) desktop {
	return &bus{cfg: cfg, clicks: make(chan uint32, signalsWaiting), closings: make(chan uint32, signalsWaiting)}
}

func (b *bus) show(ctx context.Context, title, body string) (uint32, error) {
	if err := b.connect(ctx); err != nil {
		return 0, err
	}
	if b.markup {
		body = escape(body)
	}
	var actions []string
	if b.actions {
		actions = []string{defaultAction, "Open"}
	}
	hints := map[string]dbus.Variant{
		"urgency":  dbus.MakeVariant(urgencyNormal),
		"category": dbus.MakeVariant(categoryChat),
	}
	if b.cfg.AppID != "" {
		hints["desktop-entry"] = dbus.MakeVariant(b.cfg.AppID)
	}
	var id uint32
	err := b.conn.Object(busName, busPath).CallWithContext(ctx, busNotify, 0,
		b.cfg.Program, uint32(0), b.cfg.Icon, title, body, actions, hints, byDefault).Store(&id)
	if err != nil {
		b.close() // the next one tries a new connection
		return 0, fmt.Errorf("show notification: %w", err)
	}
	return id, nil
}

// connect opens the connection and learns what the desktop can do.
func (b *bus) connect(ctx context.Context) error {
	if b.conn != nil && b.conn.Connected() {
		return nil
	}
	// Where no bus runs, none is started for this.
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithSignalHandler(signals{b.clicks, b.closings}))
	if err != nil {
		return fmt.Errorf("connect to D-Bus: %w", err)
	}
	if err := conn.Auth(nil); err != nil {
		conn.Close()
		return fmt.Errorf("sign in to D-Bus: %w", err)
	}
	if err := conn.Hello(); err != nil {
		conn.Close()
		return fmt.Errorf("greet D-Bus: %w", err)
	}
	var caps []string
	if err := conn.Object(busName, busPath).CallWithContext(ctx, busCaps, 0).Store(&caps); err != nil {
		conn.Close()
		return fmt.Errorf("ask for the desktop's notifications: %w", err)
	}
	for _, member := range []string{"ActionInvoked", "NotificationClosed"} {
		err := conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface(busName), dbus.WithMatchObjectPath(busPath), dbus.WithMatchMember(member))
		if err != nil {
			conn.Close()
			return fmt.Errorf("listen for clicks: %w", err)
		}
	}
	b.conn = conn
	b.markup, b.actions = slices.Contains(caps, "body-markup"), slices.Contains(caps, "actions")
	return nil
}

func (b *bus) clicked() <-chan uint32 { return b.clicks }
func (b *bus) closed() <-chan uint32  { return b.closings }

func (b *bus) close() {
	if b.conn != nil {
		b.conn.Close()
		b.conn = nil
	}
}

// signals passes on clicks and closings. What nobody has time for is dropped.
type signals struct{ clicks, closings chan<- uint32 }

// DeliverSignal implements dbus.SignalHandler; the connection's own goroutine
// calls it.
func (s signals) DeliverSignal(_, _ string, signal *dbus.Signal) {
	if len(signal.Body) != 2 {
		return
	}
	id, ok := signal.Body[0].(uint32)
	if !ok {
		return
	}
	to := s.closings
	if signal.Name == busAction {
		if signal.Body[1] != defaultAction {
			return
		}
		to = s.clicks
	} else if signal.Name != busClosed {
		return
	}
	select {
	case to <- id:
	default:
	}
}
