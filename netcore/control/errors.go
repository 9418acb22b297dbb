package control

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// ErrNotRunning is wrapped when no program answers at the profile's socket;
// nothing was asked of anyone then.
var ErrNotRunning = errors.New("no running program has this profile open")

// The kinds of errors.
const (
	KindUnknown   = "unknown"
	KindAmbiguous = "ambiguous"
	KindRefused   = "refused"
	KindText      = "text"
	KindRequest   = "request"
	KindCall      = "call"
	KindLarge     = "large"
	KindFailed    = "failed"
)

// Error is an error as it crosses the socket.
type Error struct {
	Message    string   `json:"error"`
	Kind       string   `json:"kind"`
	Candidates []string `json:"candidates,omitempty"`
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns chat.ErrUnknown, ErrAmbiguous, ErrRefused or ErrText, as the
// kind says.
func (e *Error) Unwrap() error {
	for _, k := range kinds {
		if k.kind == e.Kind {
			return k.err
		}
	}
	return nil
}

// kinds are the errors that the other side can tell apart with errors.Is.
var kinds = []struct {
	err    error
	kind   string
	status int
}{
	// A name that is both is ambiguous: that says more.
	{chat.ErrAmbiguous, KindAmbiguous, http.StatusConflict},
	{chat.ErrUnknown, KindUnknown, http.StatusNotFound},
	{chat.ErrRefused, KindRefused, http.StatusForbidden},
	{chat.ErrText, KindText, http.StatusUnprocessableEntity},
}

// toError returns err in the form that crosses the socket, and its status.
func toError(err error) (*Error, int) {
	if own := (*Error)(nil); errors.As(err, &own) {
		switch own.Kind {
		case KindCall:
			return own, http.StatusNotFound
		case KindLarge:
			return own, http.StatusRequestEntityTooLarge
		}
		for _, k := range kinds {
			if own.Kind == k.kind {
				return own, k.status
			}
		}
		return own, http.StatusBadRequest
	}
	out := &Error{Message: err.Error(), Kind: KindFailed}
	if resolve := (*netcore.ResolveError)(nil); errors.As(err, &resolve) {
		out.Candidates = resolve.Candidates
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			out.Kind = k.kind
			return out, k.status
		}
	}
	return out, http.StatusInternalServerError
}

func badRequest(format string, args ...any) error {
	return &Error{Message: fmt.Sprintf(format, args...), Kind: KindRequest}
}
