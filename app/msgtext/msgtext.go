// Package msgtext is the text of one message.
package msgtext
