package store

import (
	"errors"
	"fmt"
	"os"

	"github.com/parlance-chat/parlance/netcore/store/dbfile"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrNewer is wrapped by Open when the database was written by a newer
	// version of the program.
	ErrNewer = errors.New("database from a newer version")
	// ErrDamaged is wrapped when the database turned out to be damaged. The next
	// Open examines it and, if need be, sets it aside.
	ErrDamaged = errors.New("damaged database")
	// ErrFull is wrapped when there is no space left. The store goes on once there
	// is.
	ErrFull = errors.New("no space left on the disk")
	// ErrGap is wrapped when entries do not follow the highest one of their log,
	// as when an earlier write of the log failed.
	ErrGap = errors.New("entries do not follow")
	// ErrFork is wrapped when another entry is held under the same number.
	ErrFork = errors.New("another entry has this number")
	// ErrClosed is wrapped after Close.
	ErrClosed = errors.New("store is closed")
)

// refusal is an error of one write that leaves the others of its batch alone:
// it was found before anything was written.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func refuse(format string, args ...any) error { return refusal{fmt.Errorf(format, args...)} }

// unreadable says of an entry on the disk that it is not the one that was stored.
type unreadable struct{ error }

func (u unreadable) Unwrap() error { return u.error }

// parseStored reads an entry that was one when it was stored.
func parseStored(raw []byte) (wire.SignedEntry, error) {
	e, err := wire.ParseEntry(raw)
	if err != nil {
		return e, unreadable{err}
	}
	return e, nil
}

// isDamage says whether err means that the database, or what is in it, is damaged.
func isDamage(err error) bool {
	_, is := errors.AsType[unreadable](err)
	return is || dbfile.IsDamage(err)
}

// suspectFile is the name of the file whose presence tells the next Open to
// examine the database.
func suspectFile(path string) string { return path + ".suspect" }

// explain gives an error of SQLite its meaning. Damage is noted for the next
// Open; should that fail too, Open still finds what cannot be opened.
func (s *Store) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case isDamage(err):
		note := fmt.Appendf(nil, "%v\n", err)
		if noteErr := os.WriteFile(suspectFile(s.path), note, 0o600); noteErr != nil {
			err = fmt.Errorf("%w (and it could not be noted: %v)", err, noteErr)
		}
		return fmt.Errorf("%w %s: %w", ErrDamaged, s.path, err)
	case dbfile.IsFull(err):
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
