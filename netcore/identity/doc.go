// Package identity holds what a device is: an Ed25519 key pair.
//
// The public key is the device ID, by which every other package names a
// device; the private key signs announcements and entries and makes the
// certificate of the links. Nothing here knows names, addresses or trust: a
// name is what a device calls itself, an address is where it was last seen,
// and neither says who it is.
package identity
