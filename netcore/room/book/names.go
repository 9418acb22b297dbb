package book

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/dial"
)

// Names tells which conversation is with which target. It may be used by several
// goroutines at a time.
type Names struct {
	server dial.Address

	mu      sync.Mutex // guards what follows
	targets map[chat.ConversationID]string
	names   map[string]string // by target in lower case
}

// NewNames returns the names of a server of which no conversation is known.
func NewNames(server dial.Address) *Names {
	return &Names{server: server, targets: make(map[chat.ConversationID]string), names: make(map[string]string)}
}

// Name returns the name that the conversation with a target bears for itself: its ID,
// and those of its messages, are made from it, and last when somebody changes nick. It is
// the target, but for people who have been called otherwise and those who are called
// today as one of them was, who get a number.
func (n *Names) Name(target string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.name(target)
}

func (n *Names) name(target string) string {
	if name, ok := n.names[strings.ToLower(target)]; ok {
		return name
	}
	name := target
	for i := 2; n.taken(name); i++ {
		name = fmt.Sprintf("%s %d", target, i) // no target has a space in it
	}
	return name
}

func (n *Names) taken(name string) bool {
	_, taken := n.targets[n.server.ID(name)]
	return taken
}

// ID returns the conversation with a target.
func (n *Names) ID(target string) chat.ConversationID { return n.server.ID(n.Name(target)) }

// Target returns the target that a known conversation is with.
func (n *Names) Target(id chat.ConversationID) (target string, known bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	target, known = n.targets[id]
	return target, known
}

// Targets returns those of all known conversations.
func (n *Names) Targets() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Collect(maps.Values(n.targets))
}

// Know notes that the conversation of a name is with a target.
func (n *Names) Know(target, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.know(target, name)
}

func (n *Names) know(target, name string) {
	n.targets[n.server.ID(name)] = target
	n.names[strings.ToLower(target)] = name
}

// Rename notes that a target is called otherwise; false: there is no conversation with
// it.
func (n *Names) Rename(was, is string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	name, known := n.names[strings.ToLower(was)]
	if known {
		delete(n.names, strings.ToLower(was))
		n.know(is, name)
	}
	return known
}

// Forget forgets the conversation with a target.
func (n *Names) Forget(target string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.targets, n.server.ID(n.name(target)))
	delete(n.names, strings.ToLower(target))
}
