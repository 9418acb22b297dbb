// Package chatlog is the message pane.
package chatlog
