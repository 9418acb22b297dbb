// Package session is how the terminal client comes by a profile: through the
// program that has it open, or by opening it itself. What its callers ask is the
// same in both cases.
//
// It decides nothing about conversations; it finds them, and messages in them,
// and waits for what takes time: somebody to be heard, a message to arrive.
package session
