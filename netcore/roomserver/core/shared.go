package core

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// user is a session that registered.
type user struct {
	id          Session
	nick        string
	name        string // the user in nick!user@host
	host        string
	realname    string
	account     string // "" when not logged in
	fingerprint string
	server      string // that it is connected to
	secure      bool
	invisible   bool
	wallops     bool
	bot         bool
	oper        string // the name it became operator by
	away        string
	signon      time.Time
	active      time.Time // last message
	channels    []*member // in the order of joining
	memory      memory    // while there is no account

	client *client // if it is one of this server's
}

func (u *user) source() string { return u.nick + "!" + u.name + "@" + u.host }

// identity is who a user is to history: the account, or else the session.
func (u *user) identity() string {
	if u.account != "" {
		return "a:" + fold(u.account)
	}
	return "s:" + u.id.Origin.Server + ":" + strconv.FormatUint(u.id.Origin.Start, 10) + ":" + strconv.FormatUint(u.id.Number, 10)
}

func (u *user) in(ch *channel) *member {
	if u == nil || ch == nil {
		return nil
	}
	return ch.index[u]
}

// account is a name that somebody can log in to.
type account struct {
	name    string
	created time.Time
	secret  *Secret // nil for that of a certificate
	memory  memory
}

// memory is what the server remembers for somebody.
type memory struct {
	marks map[string]time.Time // read marks by folded target
	talks map[string]talk      // direct conversations by the other's identity
}

// talk is a direct conversation.
type talk struct {
	With string    `cbor:"1,keyasint"` // how to ask for it: an account's name or a nick
	Last time.Time `cbor:"2,keyasint"`
}

// member is a user in a channel.
type member struct {
	u     *user
	ch    *channel
	op    bool
	voice bool
}

// prefix returns the symbols of the member's ranks, all of them or the highest.
func (m *member) prefix(all bool) string {
	switch {
	case m.op && m.voice && all:
		return "@+"
	case m.op:
		return "@"
	case m.voice:
		return "+"
	}
	return ""
}

// entry is a mask on a channel's list.
type entry struct {
	Mask string    `cbor:"1,keyasint"`
	By   string    `cbor:"2,keyasint"`
	At   time.Time `cbor:"3,keyasint"`
}

// channel is a room.
type channel struct {
	name       string
	created    time.Time
	topic      string
	topicBy    string
	topicAt    time.Time
	noCTCP     bool // C
	inviteOnly bool // i
	moderated  bool // m
	noExternal bool // n
	secret     bool // s
	topicLock  bool // t
	kept       bool // r: it outlives its last member
	founder    string
	key        string
	limit      int
	bans       []entry // b
	excepts    []entry // e
	invexes    []entry // I
	invited    []Session
	last       time.Time // of the newest message
	members    []*member // in the order of joining
	index      map[*user]*member
}

func (s *State) channel(name string) *channel { return s.channels[fold(name)] }
func (s *State) nick(name string) *user       { return s.nicks[fold(name)] }

// entries counts those of the channel's lists.
func (ch *channel) entries() int { return len(ch.bans) + len(ch.excepts) + len(ch.invexes) }

// founded says whether u founded ch.
func (ch *channel) founded(u *user) bool {
	return ch.founder != "" && u.account != "" && fold(ch.founder) == fold(u.account)
}

// visible says whether u may know that v is in ch.
func (ch *channel) visible(u, v *user) bool {
	return u.in(ch) != nil || !ch.secret && !v.invisible
}

// matches says whether one of the masks is u's.
func matches(masks []entry, u *user) bool {
	source := u.source()
	return slices.ContainsFunc(masks, func(e entry) bool { return irc.MatchMask(irc.ASCII, e.Mask, source) })
}

// banned says whether u is kept out of ch, or silent in it.
func (ch *channel) banned(u *user) bool { return matches(ch.bans, u) && !matches(ch.excepts, u) }

func (s *State) addMember(ch *channel, u *user) *member {
	m := &member{u: u, ch: ch}
	ch.members = append(ch.members, m)
	ch.index[u] = m
	u.channels = append(u.channels, m)
	return m
}

// removeMember takes u out of ch, and ch off the network if nobody is left and
// nothing keeps it.
func (s *State) removeMember(ch *channel, u *user) {
	m := ch.index[u]
	delete(ch.index, u)
	ch.members = slices.DeleteFunc(ch.members, func(o *member) bool { return o == m })
	u.channels = slices.DeleteFunc(u.channels, func(o *member) bool { return o == m })
	s.dropEmpty(ch)
}

func (s *State) dropEmpty(ch *channel) {
	if len(ch.members) == 0 && !ch.kept {
		delete(s.channels, fold(ch.name))
		s.entries -= ch.entries()
	}
	if len(ch.members) == 0 {
		ch.invited = nil
	}
}

// removeUser takes u off the network.
func (s *State) removeUser(u *user, at time.Time) {
	for len(u.channels) > 0 {
		s.removeMember(u.channels[0].ch, u)
	}
	s.remember(u, at)
	s.count(u, -1)
	delete(s.users, u.id)
	delete(s.nicks, fold(u.nick))
}

// peers returns the clients of this server that share a channel with u, each
// once, and u's own as the first if self is set.
func (s *State) peers(u *user, self bool) []*client {
	s.marked++
	var list []*client
	if u.client != nil {
		u.client.mark = s.marked
		if self {
			list = append(list, u.client)
		}
	}
	for _, m := range u.channels {
		for _, o := range m.ch.members {
			if c := o.u.client; c != nil && c.mark != s.marked {
				c.mark = s.marked
				list = append(list, c)
			}
		}
	}
	return list
}

// announce tells clients of something u did; those who have need only.
func (x *call) announce(to []*client, need capSet, u *user, m irc.Message) {
	p := x.from(u, m)
	for _, c := range to {
		if c.caps.has(need) {
			x.s.post(&p, c, x.j)
		}
	}
}

// tellState tells what is new with u to its peers and to those who watch it
// (IRCv3 extended-monitor); to itself too if self is set.
func (x *call) tellState(u *user, self bool, need capSet, m irc.Message) {
	to := x.s.peers(u, self)
	for _, c := range x.s.watchers[fold(u.nick)] {
		if c.mark != x.s.marked && c.caps.has(capExtendedMonitor) {
			to = append(to, c)
		}
	}
	x.announce(to, need, u, m)
}

// toChannel tells the members of ch what x.u did.
func (x *call) toChannel(ch *channel, m irc.Message) {
	p := x.from(x.u, m)
	for _, o := range ch.members {
		if c := o.u.client; c != nil {
			x.s.post(&p, c, x.j)
		}
	}
}

// from returns a message that u sends to many.
func (x *call) from(u *user, m irc.Message) post {
	m.Source = u.source()
	return post{msg: m, at: x.at, account: u.account, bot: u.bot}
}

// account returns the account of a name, nil if there is none. That of a
// certificate is made when something is to be remembered for it.
func (s *State) account(name string, at time.Time) *account {
	a := s.accounts[fold(name)]
	if a == nil && isCertAccount(name) && len(s.accounts) < s.lim.Accounts {
		a = &account{name: name, created: at}
		s.accounts[fold(name)] = a
	}
	return a
}

// memoryOf returns where things are remembered for u, nil if that is full.
func (s *State) memoryOf(u *user, at time.Time) *memory {
	if u.account == "" {
		return &u.memory
	}
	if a := s.account(u.account, at); a != nil {
		return &a.memory
	}
	return nil
}

// talkKey names the conversation of two identities, whoever asks.
func talkKey(a, b string) string {
	if a > b {
		a, b = b, a
	}
	sum := sha256.Sum256([]byte(a + "\x00" + b))
	return "d" + base64.RawURLEncoding.EncodeToString(sum[:18])
}

// channelKey names the conversation of a channel.
func channelKey(name string) string { return "c" + subjectName(fold(name)) }
