package control

import (
	"fmt"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// minIDPrefix is how many characters of a device ID name a peer: fewer would
// often be a mistyped name.
const minIDPrefix = 4

// findPeer finds the one that name stands for among peers. A whole name wins
// over beginnings of IDs, and those over beginnings of names. Unlike Resolve of
// the node it begins no conversation with whoever is found.
func findPeer(peers []chat.Peer, name string) (chat.Peer, error) {
	if strings.TrimSpace(name) == "" {
		return chat.Peer{}, badRequest("the request names no peer")
	}
	folded := strings.ToLower(name)
	for _, fits := range []func(chat.Peer) bool{
		func(p chat.Peer) bool { return strings.EqualFold(p.Name, name) },
		func(p chat.Peer) bool { return len(name) >= minIDPrefix && p.ID.HasPrefix(name) },
		func(p chat.Peer) bool { return strings.HasPrefix(strings.ToLower(p.Name), folded) },
	} {
		var found []chat.Peer
		for _, p := range peers {
			if fits(p) {
				found = append(found, p)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return chat.Peer{}, unclear(name, chat.ErrAmbiguous, KindAmbiguous, "it may be", found)
		}
	}
	return chat.Peer{}, unclear(name, chat.ErrUnknown, KindUnknown, "there are", peers)
}

func unclear(name string, err error, kind, hint string, peers []chat.Peer) error {
	e := &Error{Message: fmt.Sprintf("%q is %v", name, err), Kind: kind}
	for _, p := range peers {
		e.Candidates = append(e.Candidates, fmt.Sprintf("%s (%s)", p.Name, p.ID.Short()))
	}
	if len(peers) > 0 {
		e.Message += "; " + hint + ": " + strings.Join(e.Candidates, ", ")
	}
	return e
}

// findPeers finds each of names, or says which one it cannot.
func findPeers(peers []chat.Peer, names []string) ([]identity.DeviceID, error) {
	if len(names) > chat.MaxMembers {
		return nil, &Error{Message: fmt.Sprintf("%d are too many at once: a group has at most %d members", len(names), chat.MaxMembers), Kind: KindLarge}
	}
	ids := make([]identity.DeviceID, len(names))
	for i, name := range names {
		p, err := findPeer(peers, name)
		if err != nil {
			return nil, err
		}
		ids[i] = p.ID
	}
	return ids, nil
}
