// Package terminal runs programs at a terminal, as a person at the keyboard does,
// for tests of what Parlance has to do with chat programs of others.
package terminal
