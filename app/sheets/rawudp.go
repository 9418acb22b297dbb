package sheets

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// defaultPlainPort is the port that plain UDP texts are received on until the
// user chooses another.
const defaultPlainPort = 12345

// rawUDP is the sheet that opens a conversation with a raw UDP address.
type rawUDP struct {
	s       *Sheets
	sheet   *kit.Sheet
	address *kit.Field
	port    *kit.Field
	own     *fyne.Container
	problem *Problem
	talk    *kit.Button
}

// RawUDP asks for an address to talk to in plain datagrams.
func (s *Sheets) RawUDP() {
	d := &rawUDP{s: s, own: container.New(kit.Stack{Gaps: []float32{4}})}
	d.address = s.Field("Address and port, such as 10.0.0.7:12345", d.submit)
	d.port = s.Field(strconv.Itoa(defaultPlainPort), d.submit)
	d.port.OnChanged = func(string) { d.showOwn() }
	d.problem = NewProblem(func() *kit.Sheet { return d.sheet })
	d.talk = kit.NewButton("Talk", true, d.submit)
	body := container.New(kit.Stack{Gaps: []float32{16, 4, 14, 4, 14, 4, 14}},
		kit.NewProse("Each message goes out as one UDP datagram of plain text. It is not encrypted, and nobody can know who really sent what comes back.").Muted(),
		Label("Send to"), d.address,
		Label("Receive on local port"), d.port,
		Label("Your address, to tell the other side"), d.own,
		d.problem.Prose,
	)
	d.sheet = kit.NewSheet(500, "Talk to a raw UDP address", body, kit.NewButton("Cancel", false, s.Dismiss), d.talk)
	s.Show(d.sheet, d.address)
	s.host.Ask(func(context.Context) func() {
		status := s.core.Plain()
		return func() { d.loaded(status) }
	})
}

func (d *rawUDP) loaded(status netcore.PlainStatus) {
	port := status.Port
	if port == 0 {
		port = defaultPlainPort
	}
	d.port.SetText(strconv.Itoa(int(port)))
	if status.Problem != "" {
		d.fail(errors.New(status.Problem))
	}
	d.showOwn()
}

// showOwn lists the addresses at which others reach this computer. They are
// found, not typed.
func (d *rawUDP) showOwn() {
	d.own.RemoveAll()
	port, err := parsePort(d.port.Text)
	addresses := d.s.model.OwnAddresses()
	for _, a := range addresses {
		if err != nil {
			break
		}
		text := netip.AddrPortFrom(a, port).String()
		line := kit.NewLine(theme.TextSize, fyne.TextStyle{Monospace: true}, fynetheme.ColorNameForeground)
		line.SetText(text)
		copyIt := kit.NewQuietButton("Copy", fynetheme.ContentCopyIcon(), func() { fyne.CurrentApp().Clipboard().SetContent(text) })
		d.own.Add(container.New(kit.Row{Gap: 8, Grow: 0}, line, copyIt))
	}
	if len(addresses) == 0 {
		d.own.Add(kit.NewProse("None: this computer is on no network right now.").Muted())
	}
	d.sheet.Relayout()
}

func (d *rawUDP) fail(err error) {
	d.talk.Enable()
	d.problem.Say(err)
}

func (d *rawUDP) submit() {
	address, err := parseHostPort(d.address.Text)
	if err != nil {
		d.fail(err)
		return
	}
	port, err := parsePort(d.port.Text)
	if err != nil {
		d.fail(err)
		return
	}
	d.problem.Hide()
	d.talk.Disable()
	s := d.s
	s.host.Ask(func(ctx context.Context) func() {
		id, c, err := openPlain(ctx, s.core, address, port)
		return func() {
			if err != nil {
				d.fail(err)
				return
			}
			s.model.Conversations[id] = c
			if s.shown == d.sheet {
				s.Dismiss()
			}
			s.host.Open(id)
		}
	})
}

// openPlain makes sure that plain UDP listens on port, and opens the
// conversation with address.
func openPlain(ctx context.Context, core Core, address string, port uint16) (chat.ConversationID, chat.Conversation, error) {
	if now := core.Plain(); !now.On || now.Port != port || now.Problem != "" {
		if err := core.SetPlain(ctx, true, port); err != nil {
			return chat.ConversationID{}, chat.Conversation{}, err
		}
		if now := core.Plain(); now.Problem != "" {
			return chat.ConversationID{}, chat.Conversation{}, errors.New(now.Problem)
		}
	}
	id, err := core.OpenPlain(ctx, address)
	if err != nil {
		return id, chat.Conversation{}, err
	}
	c, err := core.Conversation(ctx, id)
	return id, c, err
}

func parsePort(text string) (uint16, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is no port: a port is a number from 1 to 65535", strings.TrimSpace(text))
	}
	return uint16(n), nil
}

// parseHostPort checks an address as people type it.
func parseHostPort(text string) (string, error) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "udp://")
	if text == "" {
		return "", errors.New("type the address of the other side, such as 10.0.0.7:12345")
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil || host == "" {
		return "", fmt.Errorf("%q needs an address and a port, such as 10.0.0.7:12345", text)
	}
	if _, err := parsePort(port); err != nil {
		return "", err
	}
	return net.JoinHostPort(host, port), nil
}
