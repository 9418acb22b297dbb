package lan

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/link"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// typingInterval is how often those who read along are told that the user still
// types: one of two such datagrams may be lost before chat.TypingLasts is over.
const typingInterval = chat.TypingLasts / 2

// SetTyping says whether the user writes something in a conversation. It is
// called as often as keys are pressed.
func (n *Network) SetTyping(id chat.ConversationID, active bool) {
	n.loop.Put(func() {
		last, told := n.typing[id]
		now := time.Now()
		if active && told && now.Sub(last) < typingInterval || !active && !told {
			return
		}
		delete(n.typing, id)
		if active {
			n.typing[id] = now
		}
		data := wire.AppendTyping(nil, wire.Typing{Conversation: id, Active: active})
		for peer, s := range n.sessions {
			if n.readsAlong(id, peer) {
				_ = s.link.SendDatagram(data) // it may get lost
			}
		}
	})
}

// typingArrived takes what a peer says.
func (n *Network) typingArrived(l *link.Link, t wire.Typing) {
	peer := l.Peer()
	p := n.peers[peer]
	if s := n.sessions[peer]; s == nil || s.link != l || p == nil || p.trust == chat.Blocked || !n.readsAlong(t.Conversation, peer) {
		return
	}
	n.cfg.Emit(chat.Typing{Conversation: t.Conversation, From: chat.Author{Device: peer, Name: p.name}, Active: t.Active})
}

// readsAlong says whether a peer takes part in a conversation that this device
// takes part in.
func (n *Network) readsAlong(id chat.ConversationID, peer identity.DeviceID) bool {
	if id == chat.LobbyID {
		p := n.peers[peer]
		return n.replica.InLobby() && p != nil && p.inLobby
	}
	return n.replica.Shares(id, peer)
}
