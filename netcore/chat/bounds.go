package chat

import "time"

// The bounds. Past one of them a thing is refused with a clear error, or
// dropped and counted; memory stays bounded whatever arrives.
const (
	// MaxAnnouncement is the size of an announcement in bytes: with IP and UDP
	// headers it stays under 1,280, the least MTU of IPv6 (RFC 8200 section 5),
	// so it is never fragmented.
	MaxAnnouncement = 1200

	// MaxName is the length of a person's or group's name in characters.
	MaxName = 64

	// MaxText is the size of one message's text in UTF-8 bytes.
	MaxText = 64 << 10

	// MaxEntry is the size of one signed entry in bytes: the longest text, its
	// envelope, and room for bodies to come.
	MaxEntry = 128 << 10

	// MaxMembers is how many members a group has: a company's floor; their IDs go
	// into one entry.
	MaxMembers = 1000

	// MaxChanges is how much one author may change a group, and MaxGroupChanges how
	// much all together: each change counts for one, and for one more for each device
	// that it names. Everybody holds and replays them. Whoever lets a whole company's
	// floor in, one by one, needs half of its part.
	MaxChanges      = 4096
	MaxGroupChanges = 4 * MaxChanges

	// MaxLooseChanges is how much of one author's changes is held without the logs
	// they stand in, which is rare; of all together it is MaxChanges.
	MaxLooseChanges = MaxChanges / 8

	// MaxMentions is how many people one message calls: as many as one would type.
	MaxMentions = 64

	// MaxReaction is the size of a reaction in UTF-8 bytes: the longest emoji, which
	// are families joined of many.
	MaxReaction = 64

	// MaxGroups is how many groups strangers may have put this device into that its user
	// has neither joined nor left; and how many more are held of which only the
	// beginning has come.
	MaxGroups = 64

	// MaxLogs is how many logs of one conversation are held: some for each member,
	// who begins another after losing a database.
	MaxLogs = 16 * MaxMembers

	// LobbyKept is for how long entries of the lobby are kept.
	LobbyKept = 7 * 24 * time.Hour

	// LobbyBurst entries of one author may stand within LobbyWindow in the lobby, by
	// their own times: 10 a minute sustained, and a few in a row.
	LobbyBurst  = 30
	LobbyWindow = 3 * time.Minute

	// MaxLobbyEntry is the size of an entry in the lobby in bytes, and MaxLobbyLog how
	// many of one author are kept: everybody near keeps what any stranger writes.
	MaxLobbyEntry = 8 << 10
	MaxLobbyLog   = 10_000

	// MaxFrame is the size of one frame on a link in bytes: several entries, and
	// small enough to be buffered whole for each of MaxLinks links.
	MaxFrame = 1 << 20

	// MaxPeers is how many peers a device holds: ten times the largest LAN that
	// Parlance is made for.
	MaxPeers = 10_000

	// MaxStrangers is how many peers that nobody accepted may have conversations:
	// enough for a busy conference, few enough to look through.
	MaxStrangers = 200

	// MaxAnnouncementRate is how many announcements a second are read from one
	// source address: a start's burst on several interfaces, with room to spare.
	MaxAnnouncementRate = 20

	// MaxHandshakeRate is how many link handshakes a second one source address
	// may begin; each costs a signature.
	MaxHandshakeRate = 10

	// MaxLinks is how many links a device holds at once: all neighbours on the
	// ring of ten thousand devices, and every small group besides.
	MaxLinks = 256

	// MaxControlRequest is the size of a request to the control socket in bytes.
	MaxControlRequest = 1 << 20

	// MaxDatagramText is the size of a plain UDP text in bytes: the largest
	// payload of UDP over IPv4 (65,535 - 20 - 8).
	MaxDatagramText = 65_507

	// MaxPlainAddresses is how many plain UDP addresses may open a conversation
	// by themselves: anyone can forge a source address.
	MaxPlainAddresses = 200

	// TypingLasts is for how long somebody who said to be typing is believed to be.
	TypingLasts = 6 * time.Second

	// MaxClockAhead is how far ahead of the own clock an entry may claim to be
	// before it has to wait for its time.
	MaxClockAhead = 24 * time.Hour

	// ClockNotice is the difference between an author's time and the time of
	// receipt from which on it is said beside the message.
	ClockNotice = 2 * time.Minute
)
