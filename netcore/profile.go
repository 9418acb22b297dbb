package netcore

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The files of a profile.
const (
	keyFile      = "device.key"
	databaseFile = "parlance.db"
	lockFile     = "lock"
)

// DefaultProfile returns the folder of the account's own profile.
func DefaultProfile() (string, error) {
	base, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find a folder for the profile: %w; name one with --profile", err)
	}
	return filepath.Join(base, "parlance"), nil
}

// InUseError says that another process has the profile.
type InUseError struct {
	Profile string
	Program string // empty if the other could not be asked
	PID     int
}

func (e *InUseError) Error() string {
	if e.Program == "" {
		return fmt.Sprintf("profile %s is in use by another program", e.Profile)
	}
	return fmt.Sprintf("profile %s is in use by %s (process %d); close it first, or use another profile with --profile", e.Profile, e.Program, e.PID)
}

// holder is what the lock file says of the process that has it.
type holder struct {
	Program string `json:"program"`
	PID     int    `json:"pid"`
}

// lockProfile makes the profile's folder if need be and takes its lock, which
// lasts until the returned file is closed, however the process ends.
func lockProfile(profile, program string) (*os.File, error) {
	if err := os.MkdirAll(profile, 0o700); err != nil {
		return nil, fmt.Errorf("make profile folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(profile, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open profile: %w", err)
	}
	taken, err := tryLock(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock profile %s: %w", profile, err)
	}
	if !taken {
		defer f.Close()
		var h holder
		if data, err := io.ReadAll(io.LimitReader(f, 4096)); err == nil {
			_ = json.Unmarshal(data, &h) // an unreadable holder stays unnamed
		}
		return nil, &InUseError{Profile: profile, Program: h.Program, PID: h.PID}
	}
	data, err := json.Marshal(holder{Program: program, PID: os.Getpid()})
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt(data, 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("write profile lock: %w", err)
	}
	return f, nil
}
