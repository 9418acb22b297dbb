// Package app is the desktop app: one window with people and conversations on
// the left and the messages of one of them on the right.
//
// It shows what a Core tells and asks the Core for all that happens; it decides
// nothing about delivery, trust or order. Everything here lives on the UI
// goroutine. Calls that may wait for a disk or a network run on goroutines owned
// by tasks and come back as functions for the UI goroutine; events are gathered
// and applied once a frame. What is shown is computed from model, which has no
// objects of the screen in it and can be tested without one.
package app
