package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/parlance-chat/parlance/netcore/store/dbfile"
)

// examine reads the whole database if an earlier run found it damaged, and puts
// it aside if its pages are. It returns whether the entries in it are still to be
// examined.
func (s *Store) examine() (suspect bool, err error) {
	if _, err := os.Lstat(suspectFile(s.path)); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	sound, err := quickCheck(s.path)
	if err != nil {
		return false, fmt.Errorf("examine %s: %w", s.path, err)
	}
	if !sound {
		if err := s.putAside(); err != nil {
			return false, err
		}
	}
	return sound, os.Remove(suspectFile(s.path))
}

// examineEntries reads all entries of a suspect database.
func examineEntries(c *conn) error {
	entries, err := c.prepare("SELECT raw FROM entries UNION ALL SELECT raw FROM roll")
	if err != nil {
		return err
	}
	var raw []byte
	return entries.each([]any{&raw}, func() error {
		_, err := parseStored(raw)
		return err
	})
}

func quickCheck(path string) (sound bool, err error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	c, err := connect(dbfile.Source(path, fmt.Sprintf("_pragma=busy_timeout(%d)", busyTimeout)))
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	check, err := c.prepare("PRAGMA quick_check(1)")
	if err == nil {
		var verdict string
		if _, err = check.row([]any{&verdict}); err == nil {
			return verdict == "ok", nil
		}
	}
	if dbfile.IsDamage(err) {
		return false, nil
	}
	return false, err
}

// putAside renames the database and the files that belong to it, overwriting
// nothing. The search index stays: it sees that it is of another incarnation.
func (s *Store) putAside() error {
	base := s.path + ".damaged-" + time.Now().Format("20060102-150405")
	aside := base
	for n := 2; anyExists(aside); n++ {
		aside = fmt.Sprintf("%s-%d", base, n)
	}
	// The log first: a database without its log would pass for a sound, older one.
	for i := len(dbfile.Suffixes) - 1; i >= 0; i-- {
		suffix := dbfile.Suffixes[i]
		err := os.Rename(s.path+suffix, aside+suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("put the damaged database aside: %w", err)
		}
	}
	s.setAside = aside
	return nil
}

func anyExists(path string) bool {
	for _, suffix := range dbfile.Suffixes {
		if _, err := os.Lstat(path + suffix); err == nil {
			return true
		}
	}
	return false
}
