// Package roomserver is the IRC server of cmd/parlance-room: sockets, limits and
// certificates around what core decides and journal keeps.
//
// What always holds:
//   - One goroutine, the loop, owns core.State. It waits for nothing but its
//     inputs: what takes time (the disk, passwords, sockets) is done by others.
//   - A message is echoed only after the journal confirmed it.
//   - What is held for a client is bounded in bytes; one that does not read is
//     closed with the reason. What is taken from a client is bounded in lines a
//     second: it is not read faster.
//   - Plain-text connections from public addresses are refused unless Public is
//     set; so are those with TLS.
//   - Passwords are hashed here, with argon2id, and leave as hashes only.
//
// The package decides nothing about rooms, nicks or rights.
package roomserver
