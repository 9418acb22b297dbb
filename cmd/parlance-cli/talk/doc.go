// Package talk is a chat in the terminal: what is typed is sent, and what comes
// in stands above the line being typed. Without a terminal it is a pipe: each
// line is a message, and what others say is printed.
//
// One goroutine has all of a talk; another one reads the input, and nothing else.
package talk
