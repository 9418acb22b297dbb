package show

import (
	"fmt"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

// Names says who is who: people of the same name get the beginning of their ID
// behind it.
type Names struct {
	byID   map[string]string
	byName map[string]map[string]bool
}

// NewNames returns Names that know nobody.
func NewNames() *Names {
	n := &Names{}
	n.forget()
	return n
}

func (n *Names) forget() {
	n.byID, n.byName = make(map[string]string), make(map[string]map[string]bool)
}

// Learn notes that id is called name.
func (n *Names) Learn(id, name string) {
	old, known := n.byID[id]
	if known && old == name {
		return
	}
	if len(n.byID) > chat.MaxPeers {
		n.forget() // those who are still there will be learnt again
	}
	delete(n.byName[old], id)
	n.byID[id] = name
	if n.byName[name] == nil {
		n.byName[name] = make(map[string]bool)
	}
	n.byName[name][id] = true
}

// Of returns what to call id.
func (n *Names) Of(id string) string {
	name, ok := n.byID[id]
	if !ok {
		return short(id)
	}
	if len(n.byName[name]) > 1 {
		return fmt.Sprintf("%s (%s)", Single(name), short(id))
	}
	return Single(name)
}

// Call learns who somebody is and returns what to call them.
func (n *Names) Call(a control.Author) string {
	n.Learn(a.ID, a.Name)
	return n.Of(a.ID)
}

// short returns the beginning of a device ID, or an address as it is.
func short(id string) string {
	if strings.Contains(id, "://") {
		return Single(id)
	}
	beginning, _, _ := strings.Cut(id, "-")
	return Single(beginning)
}
