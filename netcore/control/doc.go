// Package control is the local API: how other programs of the same account
// (the command line above all) use a profile that a running program has open.
//
// It is HTTP with JSON over a Unix socket named control.sock in the profile's
// folder. Who may open the socket may do everything; its mode (0600) and that
// of the folder (0700) are the whole access control. Server answers for a Node;
// Client asks, over the socket (Dial) or within one process (Local), so that a
// caller has one code path for both. Nothing is kept here and nothing decided:
// every call goes to the Node.
//
// By hand:
//
//	curl --unix-socket control.sock http://parlance/v1/peers
//	curl --unix-socket control.sock http://parlance/v1/send -d '{"to":"Bob","text":"hello"}'
//	curl --unix-socket control.sock -N http://parlance/v1/events
//
// # Calls
//
// Questions are GET with parameters in the URL, changes are POST with one JSON
// object of at most chat.MaxControlRequest bytes. Unknown parameters and fields
// are ignored. Where a conversation is wanted it is given either as
// "conversation", its ID, or as "to": a peer's or a group's name, the beginning
// of an ID, lobby, udp://host:port, or a room that was joined: #room or its
// address. Peers are named by their names or the
// beginnings of their IDs or names, messages by their whole IDs.
//
//	GET  /v1/self                               → Self
//	POST /v1/name       name                    → Self
//	GET  /v1/interfaces                         → {"interfaces":[Interface…]}
//	GET  /v1/peers                              → {"peers":[PeerDetails…]}, by name
//	GET  /v1/conversations                      → {"conversations":[Conversation…]}, latest first
//	GET  /v1/resolve    to                      → Conversation
//	GET  /v1/history    conversation|to limit before after
//	                                            → {"messages":[Placed…]}, oldest first
//	GET  /v1/search     words limit             → {"messages":[Placed…]}, newest first
//	POST /v1/send       conversation|to text    → Placed, once it is on disk
//	POST /v1/seen       conversation|to         → {}; clears the unread count
//	POST /v1/typing     conversation|to active  → {}; may be called for each key
//
//	POST /v1/reply      conversation|to message text
//	                                            → Placed, a new message that answers the other
//	POST /v1/edit       conversation|to message text
//	                                            → {}; an own message has another text
//	POST /v1/retract    conversation|to message → {}; nobody keeps the text of an own message
//	POST /v1/react      conversation|to message text
//	                                            → {}; an empty text takes the reaction back
//	GET  /v1/message    [conversation|to] message
//	                                            → Placed; without a conversation, from any
//	GET  /v1/receipts   conversation|to message → {"receipts":[Receipt…]} of an own message, by name
//	GET  /v1/revisions  conversation|to message → {"revisions":[Revision…]}, oldest first, the last is of now
//
//	POST /v1/group      name members            → Conversation; members is a list of peers
//	POST /v1/group/add  conversation|to peers   → Conversation
//	POST /v1/group/remove  conversation|to peers
//	                                            → Conversation; peers are named as in the group
//	POST /v1/group/rename  conversation|to name → Conversation
//	GET  /v1/members    conversation|to         → {"members":[Member…]}; of the lobby: who is there
//	POST /v1/leave      conversation|to         → {}; a group, the lobby, or a room
//	POST /v1/join       conversation|to         → Conversation; accepts a request, or returns to the lobby
//	POST /v1/mute       conversation|to muted   → Conversation
//
//	GET  /v1/rooms                              → {"rooms":[Room…]} on servers, by address
//	POST /v1/room/join  url [nick account secret password key]
//	                                            → Conversation, once it is joined
//	POST /v1/room/command  conversation|to line → {"text":…}; a line such as "/topic Lunch"
//	POST /v1/room/trust  conversation|to fingerprint
//	                                            → {}; of the server's certificate, in place of the one before
//
//	POST /v1/trust      peer trust              → PeerDetails; trust is accepted, verified or blocked
//	POST /v1/connect    address                 → PeerDetails; address is host or host:port
//	GET  /v1/doctor     [about]                 → Report; about is a person who is missing
//	GET  /v1/readmarks                          → {"on":…}: whether others are told what was read
//	POST /v1/readmarks  on                      → {"on":…}
//	POST /v1/show                               → {}; brings the app's window to the front
//	GET  /v1/events                             → a stream, see below
//
// A page of history holds at most MaxPage messages: the newest ones, those
// before the position "before", or those after the position "after" (Beginning
// is a position that stands before every message).
//
// # Errors
//
// An error is a status of 400 or more with
//
//	{"error":"…","kind":"unknown|ambiguous|refused|text|request|call|large|failed","candidates":["…"]}
//
// The first four kinds are chat.ErrUnknown, ErrAmbiguous, ErrRefused and
// ErrText, and errors.Is finds them in what Client returns. "request" is a
// request that makes no sense, "call" one that this program does not know,
// "large" one past the bound, "failed" all else. Candidates are there for
// unknown and ambiguous names, if there are any.
//
// # Events
//
// A stream is one JSON object a line, each with "event" and "time". It begins
// with "ready" and a "peer" line for everyone who is online at that moment;
// then comes what happens, in order, until either side ends it.
//
//	{"event":"ready","time":…,"id":…,"name":…,"link":"10.77.0.1:47475"}
//	{"event":"peer","time":…,"id":…,"name":…,"state":…,"addresses":[…],"trust":…}
//	{"event":"message","time":…,"conversation":…,"kind":…,"id":…,"from":{"id":…,"name":…},"text":…,"sent":…,"received":…}
//	{"event":"changed","time":…, and the message as it is now}
//	{"event":"gone","time":…,"conversation":…,"before":position}
//	{"event":"state","time":…,"message":…,"peer":…,"state":…}
//	{"event":"typing","time":…,"conversation":…,"from":{"id":…,"name":…},"active":…}
//	{"event":"conversation","time":…,"id":…,"kind":…,"title":…,"unread":…}
//	{"event":"network","time":…,"interfaces":[…]}
//	{"event":"identity","time":…,"address":…}
//	{"event":"notice","time":…,"text":…}
//	{"event":"lagged","time":…}
//
// Own messages have a "state" too, and in groups and the lobby a "tally"; of the
// other fields of Message those that do not concern it are left out. A message
// that was edited, taken back or reacted to comes again with "changed"; those
// that are no longer kept are "gone". "peer" in a state is empty on networks
// without identities; in groups and the lobby there is a state for each peer.
// "identity" says that another machine uses this device's key. A reader too slow for its backlog, which is bounded, gets
// "lagged" instead of the events it missed: what it shows is to be asked for
// again. It holds up nobody else. Readers skip events they do not know.
//
// Times are RFC 3339 in UTC with nine digits of a second. Text and names from
// others are neutralised (chat.CleanText) before they come here.
package control
