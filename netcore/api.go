package netcore

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Self is this device as others see it.
type Self struct {
	ID   identity.DeviceID
	Name string
	// Named is false until the user has chosen a name.
	Named bool
	// Link holds the own addresses with the port of links, as one would tell them
	// to somebody on another subnet.
	Link    []netip.AddrPort
	Profile string
}

// Page says which part of a history is wanted: the Limit messages before
// Before or after After; if both are zero, the newest.
type Page struct {
	Before, After chat.Position
	Limit         int // 0 stands for 100
}

// PlainStatus is the state of the plain UDP network.
type PlainStatus struct {
	On   bool
	Port uint16 // the local port, also while off
	// Addresses are the own ones, with the port, to tell the other side.
	Addresses []netip.AddrPort
	// Problem says why the network is not on though it should be; empty if it is.
	Problem string
}

// ResolveError says that a name stands for nothing or for several things. It
// wraps chat.ErrUnknown or chat.ErrAmbiguous.
type ResolveError struct {
	To         string
	Candidates []string // those it may stand for, or all there are
	err        error
}

func (e *ResolveError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q is %v", e.To, e.err)
	switch {
	case len(e.Candidates) == 0:
		b.WriteString("; nobody has been seen yet")
	case e.err == chat.ErrUnknown:
		b.WriteString("; there are: ")
	default:
		b.WriteString("; it may be: ")
	}
	b.WriteString(strings.Join(e.Candidates, ", "))
	return b.String()
}

// Unwrap returns chat.ErrUnknown or chat.ErrAmbiguous.
func (e *ResolveError) Unwrap() error { return e.err }
