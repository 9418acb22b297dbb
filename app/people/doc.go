// Package people draws the list of people and conversations: rows with an
// avatar, a presence dot, the last line, the time and an unread badge, under
// headings that fold.
//
// A Row is plain data and says all that is shown; the list keeps no state of its
// own but the selection, the scroll offset and the row under the pointer. Rows
// are told apart by their Key, never by their place, so that a list that changes
// its order keeps its selection. Only the rows in sight have objects: a thousand
// people cost as little as ten. The package knows nothing of the network and
// decides nothing about order.
package people
