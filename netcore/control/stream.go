package control

import (
	"bufio"
	"context"
	"net/http"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// stream writes events until either side ends it. It reads the subscription
// only as fast as the other side reads the stream; the subscription keeps the
// bounded backlog and says when it dropped something.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	// From before the peers are listed, so that no change falls between.
	sub := s.node.Subscribe()
	defer sub.Close()

	w.Header().Set("Content-Type", "application/jsonl")
	buf := bufio.NewWriter(w)
	enc := newEncoder(buf)
	out := http.NewResponseController(w)
	// A write to a reader who no longer reads must not hold up Close.
	defer context.AfterFunc(s.closing, func() { _ = out.SetWriteDeadline(time.Now()) })()
	put := func(list []any) bool {
		for _, line := range list {
			if enc.Encode(line) != nil {
				return false
			}
		}
		return true
	}
	flush := func() bool { return buf.Flush() == nil && out.Flush() == nil }

	now := time.Now()
	self := s.node.Self()
	ok := put([]any{struct {
		head
		Ready
	}{head{Event: EventReady, Time: Time{now}}, Ready{ID: self.ID, Name: self.Name, Link: likeliest(self.Link)}}})
	for _, p := range s.node.Peers() {
		if p.State == chat.Online {
			ok = ok && put(lines(now, chat.PeerChanged{Peer: p}))
		}
	}
	ok = ok && flush()

	for ok {
		select {
		case <-s.closing.Done():
			return
		case <-r.Context().Done():
			return
		case event, open := <-sub.Events():
			if !open {
				return
			}
			ok = put(lines(time.Now(), event))
			if len(sub.Events()) == 0 {
				ok = ok && flush()
			}
		}
	}
}
