package core

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// snapshotVersion changes when what a snapshot holds changes its meaning.
const snapshotVersion = 1

// The shapes of a snapshot. Lists are in an order that the shared state alone
// decides, maps are written in the order of their keys.
type (
	saved struct {
		Version  int               `cbor:"1,keyasint"`
		Users    []savedUser       `cbor:"2,keyasint"` // by session
		Channels []savedChannel    `cbor:"3,keyasint"` // by name
		Accounts []savedAccount    `cbor:"4,keyasint"` // by name
		Whowas   []was             `cbor:"5,keyasint"`
		MaxUsers int               `cbor:"6,keyasint"`
		Runs     []savedRun        `cbor:"7,keyasint,omitempty"` // by server and start
		Gone     map[string]uint64 `cbor:"8,keyasint,omitempty"`
	}
	savedRun struct {
		Origin Origin `cbor:"1,keyasint"`
		Token  uint64 `cbor:"2,keyasint"` // of its last event
	}
	savedMemory struct {
		Marks map[string]time.Time `cbor:"1,keyasint,omitempty"`
		Talks map[string]talk      `cbor:"2,keyasint,omitempty"`
	}
	savedUser struct {
		ID          Session     `cbor:"1,keyasint"`
		Nick        string      `cbor:"2,keyasint"`
		Name        string      `cbor:"3,keyasint"`
		Host        string      `cbor:"4,keyasint"`
		Realname    string      `cbor:"5,keyasint"`
		Account     string      `cbor:"6,keyasint"`
		Fingerprint string      `cbor:"7,keyasint"`
		Server      string      `cbor:"8,keyasint"`
		Secure      bool        `cbor:"9,keyasint"`
		Invisible   bool        `cbor:"10,keyasint"`
		Wallops     bool        `cbor:"11,keyasint"`
		Oper        string      `cbor:"12,keyasint"`
		Away        string      `cbor:"13,keyasint"`
		Signon      time.Time   `cbor:"14,keyasint"`
		Active      time.Time   `cbor:"15,keyasint"`
		Memory      savedMemory `cbor:"16,keyasint"`
		Channels    []string    `cbor:"17,keyasint"` // in the order of joining
		Bot         bool        `cbor:"18,keyasint,omitempty"`
	}
	savedMember struct {
		ID    Session `cbor:"1,keyasint"`
		Op    bool    `cbor:"2,keyasint"`
		Voice bool    `cbor:"3,keyasint"`
	}
	savedChannel struct {
		Name    string        `cbor:"1,keyasint"`
		Created time.Time     `cbor:"2,keyasint"`
		Topic   string        `cbor:"3,keyasint"`
		TopicBy string        `cbor:"4,keyasint"`
		TopicAt time.Time     `cbor:"5,keyasint"`
		Flags   [7]bool       `cbor:"6,keyasint"` // i m n s t r C
		Founder string        `cbor:"7,keyasint"`
		Key     string        `cbor:"8,keyasint"`
		Limit   int           `cbor:"9,keyasint"`
		Lists   [3][]entry    `cbor:"10,keyasint"` // b e I
		Invited []Session     `cbor:"11,keyasint"`
		Last    time.Time     `cbor:"12,keyasint"`
		Members []savedMember `cbor:"13,keyasint"`
	}
	savedAccount struct {
		Name    string      `cbor:"1,keyasint"`
		Created time.Time   `cbor:"2,keyasint"`
		Secret  *Secret     `cbor:"3,keyasint"`
		Memory  savedMemory `cbor:"4,keyasint"`
	}
)

// encoding is the one of the snapshot and the events: times to the nanosecond,
// whatever their zone; maps in order.
var encoding = func() cbor.EncMode {
	opts := cbor.CoreDetEncOptions()
	opts.Time = cbor.TimeRFC3339NanoUTC
	mode, err := opts.EncMode()
	if err != nil {
		panic(err) // the options are constant
	}
	return mode
}()

// Snapshot returns all that the servers share.
func (s *State) Snapshot() []byte {
	out := saved{Version: snapshotVersion, Whowas: s.whowas, MaxUsers: s.maxUsers, Gone: s.gone}
	for _, o := range s.Origins() {
		out.Runs = append(out.Runs, savedRun{o, s.runs[o]})
	}
	for _, u := range s.users {
		v := savedUser{
			u.id, u.nick, u.name, u.host, u.realname, u.account, u.fingerprint, u.server, u.secure, u.invisible, u.wallops,
			u.oper, u.away, u.signon, u.active, u.memory.save(), nil, u.bot,
		}
		for _, m := range u.channels {
			v.Channels = append(v.Channels, m.ch.name)
		}
		out.Users = append(out.Users, v)
	}
	slices.SortFunc(out.Users, func(a, b savedUser) int {
		return cmp.Or(cmp.Compare(a.ID.Origin.Server, b.ID.Origin.Server), cmp.Compare(a.ID.Origin.Start, b.ID.Origin.Start), cmp.Compare(a.ID.Number, b.ID.Number))
	})
	for _, key := range slices.Sorted(maps.Keys(s.channels)) {
		ch := s.channels[key]
		v := savedChannel{
			ch.name, ch.created, ch.topic, ch.topicBy, ch.topicAt,
			[7]bool{ch.inviteOnly, ch.moderated, ch.noExternal, ch.secret, ch.topicLock, ch.kept, ch.noCTCP},
			ch.founder, ch.key, ch.limit, [3][]entry{ch.bans, ch.excepts, ch.invexes}, ch.invited, ch.last, nil,
		}
		for _, m := range ch.members {
			v.Members = append(v.Members, savedMember{m.u.id, m.op, m.voice})
		}
		out.Channels = append(out.Channels, v)
	}
	for _, key := range slices.Sorted(maps.Keys(s.accounts)) {
		a := s.accounts[key]
		out.Accounts = append(out.Accounts, savedAccount{a.name, a.created, a.secret, a.memory.save()})
	}
	data, err := encoding.Marshal(out)
	if err != nil {
		panic(err) // plain values always encode
	}
	return data
}

func (m *memory) save() savedMemory { return savedMemory{m.marks, m.talks} }

// Restore returns the state that a snapshot holds. Its sessions have no
// connection here: who is gone is told by Lost.
func Restore(cfg Config, snapshot []byte) (*State, error) {
	var in saved
	if err := cbor.Unmarshal(snapshot, &in); err != nil {
		return nil, fmt.Errorf("reading a snapshot: %w", err)
	}
	if in.Version != snapshotVersion {
		return nil, fmt.Errorf("snapshot of version %d, this program knows %d", in.Version, snapshotVersion)
	}
	s := New(cfg)
	s.whowas, s.maxUsers = in.Whowas, in.MaxUsers
	for _, r := range in.Runs {
		s.runs[r.Origin] = r.Token
	}
	for server, start := range in.Gone {
		s.gone[server] = start
	}
	for _, v := range in.Accounts {
		s.accounts[fold(v.Name)] = &account{v.Name, v.Created, v.Secret, memory{v.Memory.Marks, v.Memory.Talks}}
	}
	for _, v := range in.Users {
		u := &user{
			id: v.ID, nick: v.Nick, name: v.Name, host: v.Host, realname: v.Realname, account: v.Account, fingerprint: v.Fingerprint,
			server: v.Server, secure: v.Secure, invisible: v.Invisible, wallops: v.Wallops, bot: v.Bot, oper: v.Oper, away: v.Away,
			signon: v.Signon, active: v.Active, memory: memory{v.Memory.Marks, v.Memory.Talks},
		}
		if s.users[u.id] != nil || s.nick(u.nick) != nil {
			return nil, fmt.Errorf("snapshot with %s twice", u.nick)
		}
		s.users[u.id], s.nicks[fold(u.nick)] = u, u
		s.count(u, 1)
	}
	for _, v := range in.Channels {
		if err := s.restoreChannel(v); err != nil {
			return nil, err
		}
	}
	return s, s.orderChannels(in.Users)
}

func (s *State) restoreChannel(v savedChannel) error {
	ch := &channel{
		name: v.Name, created: v.Created, topic: v.Topic, topicBy: v.TopicBy, topicAt: v.TopicAt,
		inviteOnly: v.Flags[0], moderated: v.Flags[1], noExternal: v.Flags[2], secret: v.Flags[3], topicLock: v.Flags[4], kept: v.Flags[5], noCTCP: v.Flags[6],
		founder: v.Founder, key: v.Key, limit: v.Limit, bans: v.Lists[0], excepts: v.Lists[1], invexes: v.Lists[2],
		invited: v.Invited, last: v.Last, index: map[*user]*member{},
	}
	for _, mv := range v.Members {
		u := s.users[mv.ID]
		if u == nil || ch.index[u] != nil {
			return fmt.Errorf("snapshot with a member of %s that is no user", v.Name)
		}
		m := s.addMember(ch, u)
		m.op, m.voice = mv.Op, mv.Voice
	}
	s.channels[fold(v.Name)] = ch
	s.entries += ch.entries()
	return nil
}

// orderChannels puts the users' channels in the order in which they joined.
func (s *State) orderChannels(users []savedUser) error {
	for _, v := range users {
		u := s.users[v.ID]
		if len(v.Channels) != len(u.channels) {
			return fmt.Errorf("snapshot with channels of %s that do not fit", v.Nick)
		}
		u.channels = nil
		for _, name := range v.Channels {
			m := u.in(s.channel(name))
			if m == nil {
				return fmt.Errorf("snapshot with %s in a channel that does not know it", v.Nick)
			}
			u.channels = append(u.channels, m)
		}
	}
	return nil
}
