package room

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/dial"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Options are what may be said when a room is joined. All but Key belong to the
// server, and count when it is joined for the first time.
type Options struct {
	Nick            string // "": made from the user's name
	Account, Secret string // to sign in with, besides the device's key
	Password        string // of the server
	Key             string // of the room
}

// Join joins the room at an address, now and after each start, and returns its
// conversation once it is joined. With an error nothing is kept that was not there
// before. Of an address without a scheme, such as host:port/#room, the kind of the
// server is the one it had, or is found out by trying; secrets go out unencrypted only
// where the address says so.
func (n *Network) Join(ctx context.Context, url string, o Options) (chat.ConversationID, error) {
	var at dial.Found
	var err error
	if strings.Contains(url, "://") {
		at.Address, err = dial.Parse(url)
	} else {
		at, err = n.dialer.Find(ctx, url, cmp.Or(o.Nick, n.userName()))
		if err == nil && at.Address.Scheme == "irc" && o.Secret+o.Password != "" {
			err = fmt.Errorf("%w: %s was found to answer without encryption, and a password would be read by everyone on the way; say irc://%s to send it all the same",
				chat.ErrRefused, at.Address.Host, url)
		}
	}
	if err != nil {
		return chat.ConversationID{}, err
	}
	a := at.Address
	s, fresh, err := n.server(ctx, at, o)
	if err != nil {
		return chat.ConversationID{}, err
	}
	id, err := s.join(ctx, a.Target, o.Key)
	if err == nil {
		return id, n.dialer.Remember(ctx, a)
	}
	if fresh {
		n.forget(s)
		<-s.done
		return chat.ConversationID{}, errors.Join(err, n.save(context.WithoutCancel(ctx), kept{Address: s.address.Server()}))
	}
	return chat.ConversationID{}, err
}

// joinTime is how long a server may take from the first contact to a room.
const joinTime = 2 * time.Minute

// join joins a channel, or waits for the server if there is none.
func (s *server) join(ctx context.Context, target, key string) (chat.ConversationID, error) {
	id := s.names.ID(target)
	done := make(chan error, 1)
	var known bool
	err := s.call(ctx, func() {
		_, known = s.names.Target(id)
		st := s.machine.Status()
		switch {
		case target == "" && st.Online:
			done <- nil
			return
		case st.Blocked:
			done <- fmt.Errorf("%s cannot be reached: %w", s.address.Host, st.Why)
			return
		}
		s.waiters = append(s.waiters, waiter{target, done})
		if target != "" {
			s.step(machine.Join{Channel: target, Key: key})
		}
		if !st.RetryAt.IsZero() { // not when it would be tried next: somebody waits
			s.retry()
		}
	})
	if err != nil {
		return id, err
	}
	select {
	case err = <-done:
	case <-time.After(joinTime):
		err = fmt.Errorf("%s does not say whether %s was joined; try again later", s.address.Host, cmp.Or(target, "it"))
	case <-ctx.Done():
		err = ctx.Err()
	case <-s.done:
		err = fmt.Errorf("%w: the server was left", chat.ErrUnknown)
	}
	var kept error
	again := s.call(context.WithoutCancel(ctx), func() {
		s.waiters = slices.DeleteFunc(s.waiters, func(w waiter) bool { return w.done == done })
		if err == nil {
			if _, kept = s.open(ctx, target); kept == nil {
				kept = s.keep(ctx, target, key)
			}
		} else if !known && target != "" {
			s.step(machine.Part{Target: target})
		}
	})
	if err == nil {
		err = errors.Join(kept, again)
	}
	return id, err
}

// Retry connects to the server that a conversation belongs to now, if there is no
// connection, rather than when it would be tried next.
func (n *Network) Retry(ctx context.Context, id chat.ConversationID) error {
	s, _, err := n.find(id)
	if err != nil {
		return err
	}
	return s.call(ctx, func() {
		if !s.machine.Status().Blocked {
			s.retry()
		}
	})
}

// Trust accepts the certificate with a fingerprint for the server that a
// conversation belongs to, in place of the one it had, and connects.
func (n *Network) Trust(ctx context.Context, id chat.ConversationID, fingerprint string) error {
	s, _, err := n.find(id)
	if err != nil {
		return err
	}
	if err := n.dialer.Trust(ctx, s.address, fingerprint); err != nil {
		return err
	}
	return s.call(ctx, func() { s.retry() })
}

// Talk returns the conversation with somebody on the server that a conversation
// belongs to, and makes it if need be.
func (n *Network) Talk(ctx context.Context, id chat.ConversationID, nick string) (chat.ConversationID, error) {
	s, _, err := n.find(id)
	if err != nil {
		return chat.ConversationID{}, err
	}
	if s.irc == nil || nick == "" || strings.ContainsAny(nick, " ,#&:@!") {
		return chat.ConversationID{}, fmt.Errorf("%w: %q is nobody's name", chat.ErrUnknown, nick)
	}
	var with chat.ConversationID
	if e := s.call(ctx, func() {
		with, err = s.open(ctx, nick)
		s.step(machine.Talk{Nick: nick})
	}); e != nil || err != nil {
		return chat.ConversationID{}, errors.Join(e, err)
	}
	return with, nil
}

// Leave leaves a room, or forgets a person; of the server itself, all its rooms.
// What was said stays, and what the server has not answered for is sent no more.
func (n *Network) Leave(ctx context.Context, id chat.ConversationID) error {
	s, target, err := n.find(id)
	if err != nil {
		return err
	}
	var left int
	if e := s.call(ctx, func() { left, err = s.leave(ctx, target) }); e != nil || err != nil {
		return errors.Join(e, err)
	}
	if left == 0 || target == "" {
		n.forget(s)
		select {
		case <-s.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (s *server) leave(ctx context.Context, target string) (left int, err error) {
	was := s.kept
	s.kept.Rooms = nil
	for _, r := range was.Rooms {
		if target != "" && s.fold(r.Name) != s.fold(target) {
			s.kept.Rooms = append(s.kept.Rooms, r)
			if r.Name != "" {
				left++
			}
		}
	}
	if s.irc != nil && left == 0 {
		s.kept.Rooms = nil // a server is there for its rooms
	}
	if err := s.n.save(ctx, s.kept); err != nil {
		s.kept = was
		return 0, err
	}
	if target != "" {
		s.step(machine.Part{Target: target, Reason: "left"})
	}
	for _, r := range was.Rooms {
		if slices.ContainsFunc(s.kept.Rooms, func(kept keptRoom) bool { return kept.Name == r.Name }) {
			continue
		}
		_, queued, err := s.held(ctx, r.Name)
		if err != nil {
			return left, err
		}
		for _, m := range queued {
			s.refuse(m.ID, "you left before the server said that it has this")
		}
	}
	s.names.Forget(target)
	return left, nil
}

// History fetches a page of what was said before a place from the server, and
// returns how many messages came; 0: there is nothing older. They are in the store
// when it returns.
func (n *Network) History(ctx context.Context, id chat.ConversationID, before chat.Position) (int, error) {
	s, target, err := n.find(id)
	if err != nil {
		return 0, err
	}
	if before.IsZero() {
		got, err := s.fetch(ctx, target, chat.MessageID{}, time.Now())
		return got.count, err
	}
	oldest, err := n.at(ctx, id, before)
	if err != nil {
		return 0, err
	}
	at := wire.TimeOf(before).Wall()
	// A time says less than a msgid, which is known since the start only: there may be
	// other messages of the same moment.
	got, err := s.fetch(ctx, target, oldest, at.Add(time.Millisecond))
	if err == nil && got.count > 0 && got.fresh == 0 { // now the server has said its msgid, or has none
		got, err = s.fetch(ctx, target, oldest, at)
	}
	return got.count, err
}

// at returns the message at a place, zero if there is none any more.
func (n *Network) at(ctx context.Context, id chat.ConversationID, place chat.Position) (chat.MessageID, error) {
	before := place
	binary.BigEndian.PutUint64(before[8:], binary.BigEndian.Uint64(place[8:])-1)
	page, err := n.cfg.Store.History(ctx, id, store.Page{After: before, Limit: 1})
	if err != nil || len(page) == 0 || page[0].Position != place {
		return chat.MessageID{}, err
	}
	return page[0].ID, nil
}

// fetch has the page before a message, or before a time if the server has not said
// what it calls that message, and waits until it is stored.
func (s *server) fetch(ctx context.Context, target string, message chat.MessageID, at time.Time) (fetched, error) {
	done := make(chan fetched, 1)
	err := s.call(ctx, func() {
		if s.irc == nil || target == "" {
			done <- fetched{err: fmt.Errorf("%w: %s keeps no history", chat.ErrRefused, s.address.Host)}
			return
		}
		s.fetches[s.fold(target)] = append(s.fetches[s.fold(target)], done)
		s.step(machine.Older{Target: target, Before: at, MsgID: s.book.MsgID(message)})
	})
	if err != nil {
		return fetched{}, err
	}
	select {
	case got := <-done:
		if got.err != nil {
			return fetched{}, got.err
		}
		return got, s.n.settle(ctx)
	case <-s.done:
		return fetched{}, fmt.Errorf("%w: the server was left", chat.ErrUnknown)
	case <-ctx.Done():
		return fetched{}, ctx.Err()
	}
}

// settle waits until all that was stored so far can be read.
func (n *Network) settle(ctx context.Context) error {
	done := make(chan error, 1)
	n.cfg.Store.Enqueue(store.Write{Lazy: true, Done: func(err error) { done <- err }})
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// SetTyping tells a room that the user writes, or no longer does. Where it cannot
// be told nothing happens.
func (n *Network) SetTyping(ctx context.Context, id chat.ConversationID, active bool) error {
	return n.tell(ctx, id, func(target string) machine.Event { return machine.Typing{Target: target, Active: active} })
}

// MarkSeen tells the user's other devices that all of a room was seen.
func (n *Network) MarkSeen(ctx context.Context, id chat.ConversationID) error {
	page, err := n.cfg.Store.History(ctx, id, store.Page{Limit: 1})
	if err != nil || len(page) == 0 {
		return err
	}
	at := wire.TimeOf(page[0].Position).Wall()
	return n.tell(ctx, id, func(target string) machine.Event { return machine.Seen{Target: target, Time: at} })
}

// tell hands an event about a conversation to its machine; one that was left wants
// none.
func (n *Network) tell(ctx context.Context, id chat.ConversationID, event func(target string) machine.Event) error {
	s, target, err := n.find(id)
	if err != nil || target == "" {
		return nil
	}
	return s.call(ctx, func() { s.step(event(target)) })
}
