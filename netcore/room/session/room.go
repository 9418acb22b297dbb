package session

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/history"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// room is a channel, or a private conversation.
type room struct {
	name    string // as the server writes it
	channel bool
	key     string
	wanted  bool   // joined again after a reconnect
	joined  bool   // a private conversation is while the session is online
	why     string // why not joined
	topic   string
	members map[string]*Member // by folded nick
	beyond  int                // members past maxMembers
	online  presence           // of a private conversation's partner
	away    string             // why it is, as last told; "": it is not

	history history.Room
}

type presence int

const (
	unknown presence = iota
	here
	gone
)

// Member is somebody in a channel.
type Member struct {
	Nick    string
	Symbols string // of the ranks, the highest first: "@+"
	Account string
	Name    string // for people
	Away    bool
}

// Room is what a session knows about a channel or a private conversation.
type Room struct {
	Name    string
	Channel bool
	Joined  bool
	Why     string // why not joined
	Topic   string
	Count   int // members
	// Online says of a private conversation's partner whether it is there, if Known.
	Online, Known bool
	Away          string // why it is away, as last told; "": it is not
}

// Room returns what is known about a target; false: it is no room of the session.
func (s *Session) Room(target string) (Room, bool) {
	r := s.rooms[s.fold(target)]
	if r == nil {
		return Room{}, false
	}
	return Room{
		Name: r.name, Channel: r.channel, Joined: r.joined && s.state == online, Why: r.why, Topic: r.topic,
		Count: len(r.members) + r.beyond, Online: r.online == here, Known: r.online != unknown, Away: r.away,
	}, true
}

// Members returns who is in a channel, the highest ranks first.
func (s *Session) Members(target string) []Member {
	r := s.rooms[s.fold(target)]
	if r == nil {
		return nil
	}
	types := s.support.ModeTypes()
	rank := func(m Member) int {
		for i, p := range types.Prefixes {
			if strings.IndexByte(m.Symbols, p.Symbol) >= 0 {
				return i
			}
		}
		return len(types.Prefixes)
	}
	list := make([]Member, 0, len(r.members))
	for _, m := range r.members {
		list = append(list, *m)
	}
	slices.SortFunc(list, func(a, b Member) int {
		return cmp.Or(rank(a)-rank(b), strings.Compare(strings.ToLower(a.Nick), strings.ToLower(b.Nick)))
	})
	return list
}

// reset is what a room is without a connection.
func (r *room) reset() {
	r.joined, r.members, r.beyond, r.online, r.away = false, nil, 0, unknown, ""
	if r.channel && r.wanted {
		r.why = ""
	}
}

func (s *Session) room(name string, channel bool) *room {
	folded := s.fold(name)
	r := s.rooms[folded]
	if r == nil {
		if len(s.rooms) >= maxRooms {
			return nil
		}
		r = &room{name: strings.Clone(name), channel: channel}
		s.rooms[s.fold(r.name)] = r
	}
	return r
}

// refold gives the rooms their places again once the server's mapping is known.
func (s *Session) refold() {
	again := make(map[string]*room, len(s.rooms))
	for _, r := range s.rooms {
		again[s.fold(r.name)] = r
	}
	s.rooms = again
}

// talk returns the private conversation with a nick, nil if there are too many.
func (s *Session) talk(nick string) *room {
	r := s.room(nick, false)
	if r == nil || r.channel {
		return nil
	}
	if !r.wanted {
		r.wanted = true
		if s.state == online && s.reg.ready {
			r.joined = true
			s.watch("+", r.name)
		}
	}
	return r
}

func (s *Session) join(e machine.Join) {
	r := s.room(e.Channel, true)
	if r == nil {
		s.do(machine.Departed{Channel: e.Channel, Why: "There are too many rooms on this server."})
		return
	}
	r.wanted = true
	r.key = cmp.Or(e.Key, r.key)
	r.history.Hold(history.Mark{At: e.Since})
	switch {
	case r.joined:
		s.do(machine.Entered{Channel: r.name})
	case s.state == online && s.reg.ready:
		s.sendJoin([]*room{r})
	}
}

// joinAll joins what is wanted, in as few lines as there may be.
func (s *Session) joinAll() {
	var list []*room
	for _, r := range s.rooms {
		switch {
		case r.channel && r.wanted:
			list = append(list, r)
		case !r.channel && r.wanted:
			r.joined = true
			s.fill(r, time.Time{})
		}
	}
	// Those with keys first: keys stand in the order of the channels.
	slices.SortFunc(list, func(a, b *room) int {
		if (a.key == "") != (b.key == "") {
			return strings.Compare(b.key, a.key)
		}
		return strings.Compare(a.name, b.name)
	})
	s.sendJoin(list)
}

func (s *Session) sendJoin(list []*room) {
	var names, keys []string
	size := 0
	flush := func() {
		if len(names) > 0 {
			params := []string{strings.Join(names, ",")}
			if len(keys) > 0 {
				params = append(params, strings.Join(keys, ","))
			}
			s.write(irc.New("", "JOIN", params...))
		}
		names, keys, size = nil, nil, 0
	}
	for _, r := range list {
		takes := len(r.name) + len(r.key) + len(",,")
		if len(names) == 10 || size+takes > maxRequest {
			flush()
		}
		names, size = append(names, r.name), size+takes
		if r.key != "" {
			keys = append(keys, r.key)
		}
	}
	flush()
}

func (s *Session) part(e machine.Part) {
	r := s.rooms[s.fold(e.Target)]
	if r == nil {
		return
	}
	r.wanted = false
	if r.channel && r.joined && s.state == online {
		s.write(irc.Text("", "PART", r.name, e.Reason))
	}
	if !r.channel {
		s.watch("-", r.name)
	}
	s.outbox.Drop(r)
	s.abandon(r, errors.New("it was left"))
	delete(s.rooms, s.fold(r.name))
	s.do(machine.Departed{Channel: r.name})
	s.changed(r)
}

// member returns somebody in a channel, making a place if there is one left.
func (r *room) member(s *Session, nick string) *Member {
	folded := s.fold(nick)
	m := r.members[folded]
	if m == nil {
		if len(r.members) >= maxMembers || s.people() >= maxPeople {
			r.beyond++
			return nil
		}
		if r.members == nil {
			r.members = make(map[string]*Member)
		}
		m = &Member{Nick: strings.Clone(nick)}
		r.members[s.fold(m.Nick)] = m // which holds nothing else of the line either
	}
	return m
}

// people returns how many members are held.
func (s *Session) people() (count int) {
	for _, r := range s.rooms {
		count += len(r.members)
	}
	return count
}

// remove takes somebody out of a channel, and says whether it was there.
func (r *room) remove(s *Session, nick string) bool {
	folded := s.fold(nick)
	if r.members[folded] == nil {
		if r.beyond > 0 {
			r.beyond--
		}
		return false
	}
	delete(r.members, folded)
	return true
}
