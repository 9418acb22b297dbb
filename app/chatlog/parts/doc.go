// Package parts holds what a message pane shows besides messages: the
// scrollbar, the button that leads to the newest message, the tooltip, the
// notice that messages cannot be read, and the marks of states. They show what
// they are told, and tell what the pointer does to them by functions.
package parts
