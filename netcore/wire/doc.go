// Package wire holds every byte format of the LAN protocol: announcements,
// entries and frames, with their signatures. PROTOCOL.md describes the same
// formats for implementers, with the examples that this package's tests check.
//
//	announcement  "PRLA" version(1) body(CBOR) signature(64) [ignored …]
//	entry         "PRLE" version(1) header(CBOR) signature(64) body(CBOR)
//	frame         length(4, big-endian) type(1) body(CBOR); length counts type and body
//	typing        "PRLT" version(1) body(CBOR)
//
// A signature covers every byte before it; the four letters keep the kinds of
// bytes apart. An entry's header names the SHA-256 of its body, so that the body
// can be erased and the rest still be verified. Headers and bodies are CBOR (RFC
// 8949) in core deterministic encoding (section 4.2.1), maps with small integers
// as keys but for the bodies of entries, which are any one item; unknown keys are
// ignored. Parsing checks form and signature, never meaning: whether a sequence
// fits or a sender is welcome is decided elsewhere. What the parsers return
// shares no memory with their input, but for the raw bytes where it is said.
package wire
