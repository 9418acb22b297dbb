// Package dbfile has what every SQLite database file of the store needs: how it
// is named to the driver, made private, removed, and known to be damaged. It
// knows no schema and holds no connection.
package dbfile

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Suffixes are of the files that may stand in place of a database and beside
// it: itself, its write-ahead log, its shared memory.
var Suffixes = []string{"", "-wal", "-shm"}

// Source returns the driver's name for the database file at path, opened with
// parameters such as "_pragma=cache_size(-2000)".
func Source(path string, parameters ...string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // Windows: /C:/…
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: strings.Join(parameters, "&")}
	return u.String()
}

// MakePrivate makes the file if need be, and readable by its owner only: SQLite
// would let others read it. Its log and its shared memory get the mode of the
// database.
func MakePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// Remove removes a database with the files beside it.
func Remove(path string) error {
	for _, suffix := range Suffixes {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// code returns SQLite's primary result code of err, 0 if there is none.
func code(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}

// IsDamage says whether err means that a database is damaged, or none.
func IsDamage(err error) bool {
	return code(err) == sqlite3.SQLITE_CORRUPT || code(err) == sqlite3.SQLITE_NOTADB
}

// IsContradiction says whether err means that a statement does not agree with
// the schema or with what is there already.
func IsContradiction(err error) bool {
	return code(err) == sqlite3.SQLITE_ERROR || code(err) == sqlite3.SQLITE_CONSTRAINT
}

// IsFull says whether err means that the disk is full.
func IsFull(err error) bool { return code(err) == sqlite3.SQLITE_FULL }
