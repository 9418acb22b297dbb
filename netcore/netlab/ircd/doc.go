// Package ircd runs IRC servers of others on loopback, for tests of what Parlance
// has to do with them.
package ircd
