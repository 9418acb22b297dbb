// Package plain lets the simplest TCP chat clients into a room, those that
// tutorials teach: a socket, and text as it is typed. Each appears in the room
// as a guest.
//
// There are three dialects:
//   - Broadcast: nothing is said on connecting; what one client sends all get,
//     the sender too.
//   - Addressed: the server greets with "You are connected from:" and the
//     address. "#name" takes a name, "@name:text" goes to that one only, other
//     text to the room.
//   - Paired: the client sends its name, the server answers with its own, then
//     either writes.
//
// None has a framing. A newline ends a message, or Quiet without another byte,
// or MaxChunk bytes; a client may send several in one packet or one in several.
// To a client each message ends with a newline.
//
// What guests of one port say reaches the others of it as it was typed; what
// anybody else says has the nick and a colon in front.
//
// A Guest translates and does nothing else: it has no socket and no clock, and
// is used by one goroutine at a time. It speaks IRC to the server as any client
// does, so it holds no state that the server does not have, but its name.
package plain
