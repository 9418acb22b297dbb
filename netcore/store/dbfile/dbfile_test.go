package dbfile

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"
)

func TestSource(t *testing.T) {
	for _, test := range []struct{ path, want string }{
		{"/a/b.db", "file:///a/b.db?x=1&y=2"},
		{"/a b/c?d#e%f.db", "file:///a%20b/c%3Fd%23e%25f.db?x=1&y=2"},
		{"C:/a.db", "file:///C:/a.db?x=1&y=2"},
	} {
		if got := Source(test.path, "x=1", "y=2"); got != test.want {
			t.Errorf("%q: %q, want %q", test.path, got, test.want)
		}
	}
}

// TestErrors meets each kind of error once.
func TestErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	if err := MakePrivate(path); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", Source(path, "_pragma=max_page_count(2)"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	run := func(script string) error {
		_, err := db.Exec(script)
		return err
	}
	if err := run(`CREATE TABLE t (n INTEGER PRIMARY KEY, v BLOB); INSERT INTO t (n) VALUES (1)`); err != nil {
		t.Fatal(err)
	}
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name                        string
		err                         error
		damage, contradiction, full bool
	}{
		{"nil", nil, false, false, false},
		{"another", errors.New("another"), false, false, false},
		{"garbage", run(`ATTACH '` + garbage + `' AS g; SELECT * FROM g.t`), true, false, false},
		{"twice", run(`INSERT INTO t (n) VALUES (1)`), false, true, false},
		{"no table", run(`SELECT * FROM missing`), false, true, false},
		{"full", run(`INSERT INTO t (v) VALUES (zeroblob(100000))`), false, false, true},
	} {
		got := [3]bool{IsDamage(test.err), IsContradiction(test.err), IsFull(test.err)}
		if want := [3]bool{test.damage, test.contradiction, test.full}; got != want {
			t.Errorf("%s: %v is %v, want %v", test.name, test.err, got, want)
		}
	}
}

func TestRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	for _, suffix := range Suffixes[:2] {
		if err := os.WriteFile(path+suffix, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time there is nothing left
		if err := Remove(path); err != nil {
			t.Error(err)
		}
	}
	if left, _ := filepath.Glob(path + "*"); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}
