//go:build unix

package store

import (
	"os"
	"syscall"
)

// fileNumber returns a number that no two files have at once, as a rule: from
// the numbers of device and inode.
func fileNumber(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	stat := info.Sys().(*syscall.Stat_t)
	return int64(uint64(stat.Ino)<<16^uint64(stat.Dev)) | 1, nil
}
