package room

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/dial"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// serverKey and a server's address are the setting under which it is kept; an empty
// value stands for one that was left.
const serverKey = "room/server/"

// kept is what lasts of a server.
type kept struct {
	Address  string     `json:"address"`
	Nick     string     `json:"nick,omitempty"`
	Account  string     `json:"account,omitempty"`
	Secret   string     `json:"secret,omitempty"`
	Password string     `json:"password,omitempty"`
	Rooms    []keptRoom `json:"rooms,omitempty"`
}

type keptRoom struct {
	Name string `json:"name"` // "" is the server itself
	// As is the name that the conversation bears for itself, if another, see book.Names.
	As  string `json:"as,omitempty"`
	Key string `json:"key,omitempty"`
}

// load returns the servers that were joined.
func (n *Network) load(ctx context.Context) ([]kept, error) {
	settings, err := n.cfg.Store.Settings(ctx)
	if err != nil {
		return nil, err
	}
	var list []kept
	for key, value := range settings {
		if !strings.HasPrefix(key, serverKey) || value == "" {
			continue
		}
		var k kept
		if err := json.Unmarshal([]byte(value), &k); err != nil {
			n.cfg.Log.Warn("the setting of a server cannot be read", "setting", key, "error", err)
			continue
		}
		list = append(list, k)
	}
	return list, nil
}

// save keeps a server as it is; one without rooms is forgotten.
func (n *Network) save(ctx context.Context, k kept) error {
	value := ""
	if len(k.Rooms) > 0 {
		data, err := json.Marshal(k)
		if err != nil {
			return fmt.Errorf("keep server %s: %w", k.Address, err)
		}
		value = string(data)
	}
	return n.cfg.Store.SetSetting(ctx, serverKey+k.Address, value)
}

// After a start the messages of a conversation are looked at for what is not
// delivered, heldPage at a time, from the newest to the first page where nothing
// waits, and not more than maxQueued.
const (
	heldPage  = 500
	maxQueued = 20 * heldPage
)

// held returns up to when a conversation is known without a gap, and the own
// messages that are not delivered. What is after the first of these may have to be
// found in history.
func (s *server) held(ctx context.Context, target string) (since time.Time, queued []chat.Message, err error) {
	// A plain dialect answers for nothing: what was sent is at its end.
	waits := func(m store.Message) bool {
		return m.Own && !m.Retracted && (m.State == chat.Queued || m.State == chat.Sent && s.address.Kind() == dial.IRC)
	}
	var all []store.Message
	for before := (chat.Position{}); len(all) < maxQueued; {
		page, err := s.n.cfg.Store.History(ctx, s.names.ID(target), store.Page{Before: before, Limit: heldPage})
		if err != nil {
			return time.Time{}, nil, err
		}
		all = append(page, all...)
		if len(page) < heldPage || !slices.ContainsFunc(page, waits) {
			break
		}
		before = page[0].Position
	}
	for _, m := range all {
		switch {
		case waits(m):
			queued = append(queued, m.Message)
		case len(queued) == 0 && !m.Own: // own ones may stand at this device's time, not the server's
			since = wire.TimeOf(m.Position).Wall()
		}
	}
	return since, queued, nil
}
