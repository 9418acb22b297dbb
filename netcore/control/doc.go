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
// "conversation", its ID, or as "to": a peer's name, the beginning of an ID,
// or udp://host:port.
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
//	POST /v1/trust      peer trust              → PeerDetails; trust is accepted, verified or blocked
//	POST /v1/connect    address                 → PeerDetails; address is host or host:port
//	GET  /v1/doctor                             → Report
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
//	{"event":"state","time":…,"message":…,"peer":…,"state":…}
//	{"event":"conversation","time":…,"id":…,"kind":…,"title":…,"unread":…}
//	{"event":"network","time":…,"interfaces":[…]}
//	{"event":"notice","time":…,"text":…}
//	{"event":"lagged","time":…}
//
// Own messages have a "state" too. "peer" in a state is empty on networks
// without identities. A reader too slow for its backlog, which is bounded, gets
// "lagged" instead of the events it missed: what it shows is to be asked for
// again. It holds up nobody else. Readers skip events they do not know.
//
// Times are RFC 3339 in UTC with nine digits of a second. Text and names from
// others are neutralised (chat.CleanText) before they come here.
package control
