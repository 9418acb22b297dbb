package store

import (
	"embed"
	"fmt"
	"io/fs"
)

// applicationID marks a database as one of Parlance; 0001_begin.sql sets it.
const applicationID = 0x50524c43

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations returns the scripts in order; the one at index n leads from
// version n to n+1 of the schema.
func migrations() ([]string, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	scripts := make([]string, len(names))
	for i, name := range names {
		var number int
		if _, err := fmt.Sscanf(name, "migrations/%04d_", &number); err != nil || number != i+1 {
			return nil, fmt.Errorf("migration %q stands in place %d", name, i+1)
		}
		script, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		scripts[i] = string(script)
	}
	return scripts, nil
}

// migrate brings the database to the version of this program, each step in a
// transaction of its own.
func migrate(c *conn, path string) error {
	scripts, err := migrations()
	if err != nil {
		return err
	}
	version, err := c.number("PRAGMA user_version")
	if err != nil {
		return err
	}
	id, err := c.number("PRAGMA application_id")
	if err != nil {
		return err
	}
	tables, err := c.number("SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return err
	}
	switch {
	case id != applicationID && (version != 0 || tables != 0):
		return fmt.Errorf("%s is the database of another program", path)
	case version > int64(len(scripts)):
		return fmt.Errorf("%w: %s has version %d, this program knows versions up to %d", ErrNewer, path, version, len(scripts))
	}
	for n := int(version); n < len(scripts); n++ {
		script := fmt.Sprintf("BEGIN IMMEDIATE; %s; PRAGMA user_version = %d; COMMIT", scripts[n], n+1)
		if err := c.exec(script); err != nil {
			_ = c.exec("ROLLBACK") // fails when SQLite did so itself
			return fmt.Errorf("bring %s to version %d: %w", path, n+1, err)
		}
	}
	return nil
}
