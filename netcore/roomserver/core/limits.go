package core

import "time"

// defaults are the limits where Config gives none. Sizes of names leave room in
// a line of 512 bytes for the source in front of it.
var defaults = Limits{
	Nick:           32,
	User:           20,
	Host:           63,
	Realname:       150,
	Channel:        64,
	Topic:          390,
	Kick:           390,
	Away:           390,
	Key:            32,
	Channels:       200,
	AllChannels:    50_000,
	Kept:           50,
	Accounts:       100_000,
	List:           100,
	AllLists:       20_000, // 8 MB at most; with List alone, the clients of one address can make 500 of it
	Invites:        100,
	Modes:          10,
	Targets:        10,
	Monitor:        100,
	Whowas:         1_000,
	History:        1_000,
	Marks:          200,
	Talks:          200,
	MultilineBytes: 40_960, // ten screens of text
	MultilineLines: 200,
	Waiting:        8_192, // far above where reading is paused: many lines may have been read already
	Register:       time.Minute,
	Ping:           2 * time.Minute,
}

// Bounds that nobody needs to change.
const (
	maxPipeline = 64               // messages of one client under way at a time
	fewEntries  = 10               // of a channel's lists, which it can have when those of all are full
	maxAsides   = 64               // questions of one client's joins under way; the next JOIN waits
	pauseAt     = 64               // waiting lines: no more are read
	maxWaiting  = 4 << 20          // bytes of the waiting lines
	maxDoubt    = 15 * time.Second // until a client is told that it is not known whether what it sent is stored
	maxLabel    = 64               // bytes of a label (IRCv3 labeled-response)
	maxSASL     = 4_096            // bytes of one SASL answer
	maxFails    = 5                // failed log-ins of one connection before it is closed
	minPassword = 3                // bytes; it is for people to choose better ones
	maxPassword = 300              // bytes; a line holds about as many
)

// keepShared returns l with those limits of old that decide what is shared. All
// servers of a network must have the same, or their states differ; so they
// change with a restart of all of them only.
func (l Limits) keepShared(old Limits) Limits {
	own := l
	l = old
	l.History, l.Monitor, l.Targets, l.Modes = own.History, own.Monitor, own.Targets, own.Modes
	l.Topic, l.Kick, l.Away, l.User, l.Host, l.Realname = own.Topic, own.Kick, own.Away, own.User, own.Host, own.Realname
	l.MultilineBytes, l.MultilineLines = own.MultilineBytes, own.MultilineLines
	l.Waiting, l.Register, l.Ping = own.Waiting, own.Register, own.Ping
	return l
}

// filled returns l with the defaults where it has nothing.
func (l Limits) filled() Limits {
	d := defaults
	for _, f := range []struct{ from, to *int }{
		{&l.Nick, &d.Nick}, {&l.User, &d.User}, {&l.Host, &d.Host}, {&l.Realname, &d.Realname},
		{&l.Channel, &d.Channel}, {&l.Topic, &d.Topic}, {&l.Kick, &d.Kick}, {&l.Away, &d.Away},
		{&l.Key, &d.Key}, {&l.Channels, &d.Channels}, {&l.AllChannels, &d.AllChannels},
		{&l.Kept, &d.Kept}, {&l.Accounts, &d.Accounts}, {&l.List, &d.List}, {&l.AllLists, &d.AllLists}, {&l.Invites, &d.Invites},
		{&l.Modes, &d.Modes}, {&l.Targets, &d.Targets}, {&l.Monitor, &d.Monitor}, {&l.Whowas, &d.Whowas},
		{&l.History, &d.History}, {&l.Marks, &d.Marks}, {&l.Talks, &d.Talks},
		{&l.MultilineBytes, &d.MultilineBytes}, {&l.MultilineLines, &d.MultilineLines}, {&l.Waiting, &d.Waiting},
	} {
		if *f.from > 0 {
			*f.to = *f.from
		}
	}
	if l.Register > 0 {
		d.Register = l.Register
	}
	if l.Ping > 0 {
		d.Ping = l.Ping
	}
	return d
}
