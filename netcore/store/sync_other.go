//go:build !linux

package store

import "os"

// syncData makes what was written to f survive a loss of power.
func syncData(f *os.File) error { return f.Sync() }
