// Package composer is the box for writing a message.
package composer
