// Package book is how what one server has is called here: the IDs of its conversations
// and messages, and the places of messages in their conversation.
//
// What a server calls a message, or when and by whom it was said, gives it the same ID
// each time, so that history brings none twice; and what it calls people may change
// without a conversation or its messages being others. What is remembered of messages has
// a bound, whatever a server sends.
package book
