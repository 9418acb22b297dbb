package roomserver

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
)

// folder is the data folder, held by this process.
type folder struct {
	path string
	lock *os.File
}

// openFolder makes the folder if there is none, and takes it.
func openFolder(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	taken, err := tryLock(lock)
	if err == nil && !taken {
		err = fmt.Errorf("%s is in use by another parlance-room", path)
	}
	if err != nil {
		lock.Close()
		return nil, err
	}
	return &folder{path, lock}, nil
}

// close gives the folder back; the end of the process would do it too.
func (f *folder) close() { f.lock.Close() }

// server is what a server remembers of itself.
type server struct {
	ID      string    `json:"id"`
	Start   uint64    `json:"start"`   // of the latest run: milliseconds since 1970, never going back
	Created time.Time `json:"created"` // the first run
}

// origin counts this run of the server and returns its name. The count is on
// disk before it is used.
func (f *folder) origin(now time.Time) (core.Origin, time.Time, error) {
	name := filepath.Join(f.path, "server.json")
	var s server
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s = server{ID: strings.ToLower(rand.Text()), Created: now.UTC().Truncate(time.Second)}
	case err != nil:
		return core.Origin{}, time.Time{}, err
	default:
		if err := json.Unmarshal(text, &s); err != nil || s.ID == "" {
			return core.Origin{}, time.Time{}, fmt.Errorf("%s cannot be read: %v", name, err)
		}
	}
	s.Start = max(s.Start+1, uint64(now.UnixMilli()))
	if text, err = json.Marshal(s); err != nil {
		return core.Origin{}, time.Time{}, err
	}
	return core.Origin{Server: s.ID, Start: s.Start}, s.Created, writeFile(name, text)
}

// writeFile puts data into a file as a whole or not at all, synced.
func writeFile(name string, data []byte) error {
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
