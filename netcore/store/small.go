package store

import (
	"cmp"
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Peer is what lasts of a peer.
type Peer struct {
	ID        identity.DeviceID
	Name      string // neutralised when saved; read back, never empty
	Trust     chat.Trust
	Addresses []netip.AddrPort // the latest first
	LastSeen  time.Time        // to the millisecond
	Instance  uint64           // of its latest announcement
	Sequence  uint64           // of its latest announcement
}

// AddConversation makes a conversation or brings it up to date.
func (s *Store) AddConversation(ctx context.Context, c Conversation) error {
	return s.do(ctx, func(w *writer) error { return w.saveConversation(c) })
}

// SetDraft keeps what was typed in a conversation and not sent. Like MarkSeen, it
// is called often and does not wait for the disk: it survives the end of the
// process, and as a rule a loss of power.
func (s *Store) SetDraft(ctx context.Context, id chat.ConversationID, text string) error {
	return s.doLazily(ctx, func(w *writer) error { return w.saveDraft(id, text) })
}

// MarkSeen notes that the user has seen every message stored so far: unread is
// what others wrote that is stored after.
func (s *Store) MarkSeen(ctx context.Context, id chat.ConversationID) error {
	return s.doLazily(ctx, func(w *writer) error { return w.markSeen(id) })
}

// SetMuted says whether a conversation is to disturb nobody.
func (s *Store) SetMuted(ctx context.Context, id chat.ConversationID, muted bool) error {
	return s.do(ctx, func(w *writer) error { return w.changeConversation(w.updateMuted, id, muted) })
}

// SetRequest says whether a conversation is kept apart.
func (s *Store) SetRequest(ctx context.Context, id chat.ConversationID, request bool) error {
	return s.do(ctx, func(w *writer) error { return w.changeConversation(w.updateAsked, id, request) })
}

// SetState changes the state of an own message of a network without logs.
func (s *Store) SetState(ctx context.Context, id chat.MessageID, state chat.State) error {
	return s.setState(ctx, id, state, nil)
}

// Refuse notes of such a message that its network will not take it, and why.
func (s *Store) Refuse(ctx context.Context, id chat.MessageID, why string) error {
	return s.setState(ctx, id, chat.Refused, why)
}

// MarkSent notes of such a message that the other side may have it from now on. That
// may be lost with the power.
func (s *Store) MarkSent(ctx context.Context, id chat.MessageID) error {
	return s.doLazily(ctx, func(w *writer) error { return w.setState(id, chat.Sent, nil) })
}

func (s *Store) setState(ctx context.Context, id chat.MessageID, state chat.State, refusal any) error {
	return s.do(ctx, func(w *writer) error { return w.setState(id, state, refusal) })
}

func (w *writer) setState(id chat.MessageID, state chat.State, refusal any) error {
	if err := w.begin(); err != nil {
		return err
	}
	return w.updateState.exec(string(state), refusal, id[:])
}

// TakeBack erases the text of an own message of a network without logs. That there
// was one stays.
func (s *Store) TakeBack(ctx context.Context, conversation chat.ConversationID, id chat.MessageID) error {
	return s.do(ctx, func(w *writer) error { return w.takeBack(conversation, id) })
}

// SavePeer makes a peer or replaces what was known of it.
func (s *Store) SavePeer(ctx context.Context, p Peer) error {
	return s.do(ctx, func(w *writer) error { return w.savePeer(p) })
}

// SetSetting keeps a value under a key.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	return s.do(ctx, func(w *writer) error { return w.saveSetting(key, value) })
}

// Peers returns all peers, by name.
func (s *Store) Peers(ctx context.Context) ([]Peer, error) {
	var peers []Peer
	err := s.read(ctx, "peers", func(q querier) error {
		return each(ctx, q, func(scan func(...any) error) error {
			var p Peer
			var key []byte
			var trust, addresses string
			var lastSeen, instance, sequence int64
			if err := scan(&key, &p.Name, &trust, &addresses, &lastSeen, &instance, &sequence); err != nil {
				return err
			}
			copy(p.ID[:], key)
			p.Name = cmp.Or(p.Name, p.ID.Short())
			p.Trust = chat.Trust(trust)
			for line := range strings.Lines(addresses) {
				if a := parseAddress(strings.TrimSuffix(line, "\n")); a.IsValid() {
					p.Addresses = append(p.Addresses, a)
				}
			}
			p.LastSeen = fromMilliseconds(lastSeen)
			p.Instance, p.Sequence = uint64(instance), uint64(sequence)
			peers = append(peers, p)
			return nil
		}, `
			SELECT d.key, p.name, p.trust, p.addresses, p.last_seen, p.instance, p.sequence
			FROM peers p JOIN devices d ON d.id = p.device
			ORDER BY p.name, d.key`)
	})
	return peers, err
}

// Called returns what authors call themselves in what they wrote in groups and
// in the lobby, neutralised.
func (s *Store) Called(ctx context.Context) (map[identity.DeviceID]string, error) {
	names := make(map[identity.DeviceID]string)
	err := s.read(ctx, "names", func(q querier) error {
		return each(ctx, q, func(scan func(...any) error) error {
			var key []byte
			var name string
			if err := scan(&key, &name); err != nil {
				return err
			}
			names[identity.DeviceID(key)] = name
			return nil
		}, `SELECT key, called FROM devices WHERE called IS NOT NULL AND length(key) = 32`)
	})
	return names, err
}

// Settings returns all settings by their keys.
func (s *Store) Settings(ctx context.Context) (map[string]string, error) {
	settings := make(map[string]string)
	err := s.read(ctx, "settings", func(q querier) error {
		return each(ctx, q, func(scan func(...any) error) error {
			var key, value string
			if err := scan(&key, &value); err != nil {
				return err
			}
			settings[key] = value
			return nil
		}, `SELECT key, value FROM settings`)
	})
	return settings, err
}
