// Package notify is desktop notifications.
package notify
