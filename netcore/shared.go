package netcore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
)

const (
	// newKeyFile is the key to come, while RenewIdentity is under way.
	newKeyFile = keyFile + ".new"
	// oldKeyFile is what becomes of the key that was; it takes the time.
	oldKeyFile = "identity-before-%s.key"
)

// SharedIdentity returns where another machine with this device's key was found,
// as a copied disk has it; empty if none is known.
func (n *Node) SharedIdentity() string { return n.lan.SharedIdentity() }

// RenewIdentity gives a profile that no process has open a new key, so that it is
// another device from then on. The key that was stays in the profile under a
// name with the date, and all messages stay; the direct conversations of the old
// identity cannot be written in any more. The error is an *InUseError if another
// process has the profile.
//
// A kill at any moment leaves the old key in use or the new one, and never loses
// the old one.
func RenewIdentity(profile string) (err error) {
	lock, err := lockProfile(profile, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	path := filepath.Join(profile, keyFile)
	if _, err := identity.LoadOrCreateKey(path); err != nil { // of a profile never opened
		return err
	}
	// One that was left by a kill was never anybody's, and is as good as another.
	fresh := filepath.Join(profile, newKeyFile)
	if _, err := identity.LoadOrCreateKey(fresh); err != nil {
		return err
	}
	if err := keepCopy(path, filepath.Join(profile, fmt.Sprintf(oldKeyFile, time.Now().UTC().Format("20060102T150405.000Z")))); err != nil {
		return fmt.Errorf("keep the old identity: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("put the new identity in place: %w", err)
	}
	return syncFolder(profile)
}

// wasRenewed says whether RenewIdentity put another key in the place of the device
// with an ID, as text.
func wasRenewed(profile, id string) bool {
	entries, err := os.ReadDir(profile)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if is, err := filepath.Match(fmt.Sprintf(oldKeyFile, "*"), e.Name()); err != nil || !is {
			continue
		}
		if key, err := identity.LoadOrCreateKey(filepath.Join(profile, e.Name())); err == nil && key.ID().String() == id {
			return true
		}
	}
	return false
}

// keepCopy makes a copy of a file that is whole or not there, and on disk when it
// returns.
func keepCopy(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	partial := to + ".part"
	target, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	if err == nil {
		err = target.Sync()
	}
	err = errors.Join(err, target.Close())
	if err == nil {
		err = os.Rename(partial, to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	return syncFolder(filepath.Dir(to))
}

// syncFolder puts the names in a folder on disk, where folders can be synced.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}
