// Package kit holds the small widgets that the screens share: a line that gives
// way, text that wraps, a bar that says something above the messages, a sheet
// that asks something over the window, and what stands on them.
//
// All of it draws with the colours and sizes of package theme, is used on the UI
// goroutine only, and knows nothing of people or messages.
package kit
