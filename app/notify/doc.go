// Package notify shows notifications on the desktop.
//
// Titles and bodies are text that others wrote. They are never evaluated and
// never parsed as markup: over D-Bus the body is escaped where the desktop
// reads markup; on Windows the text reaches a script that never changes in
// environment variables; elsewhere it is handed to a function of the caller.
// (Fyne's own SendNotification pastes it into a PowerShell script, which runs
// what is in it.)
//
// A Notifier owns one goroutine. Showing never blocks and never fails loudly: a
// desktop without notifications is not an error, and of a flood only the latest
// are shown. The package decides nothing about when to notify.
package notify
