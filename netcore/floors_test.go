package netcore_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The house has floors, and a package imports only from floors below its own.
// A room below another (store/migrate, app/chatlog) stands on its floor.
const (
	module     = "github.com/parlance-chat/parlance"
	floorCmd   = 10
	floorApp   = 9
	floorTests = 100 // netlab: may import anything, only tests may import it
)

var floors = map[string]int{
	"netcore/identity":   0,
	"netcore/chat":       1,
	"netcore/ring":       1,
	"netcore/beacon":     2,
	"netcore/wire":       2,
	"netcore/irc":        2,
	"netcore/discovery":  3,
	"netcore/link":       3,
	"netcore/membership": 3,
	"netcore/feed":       4,
	"netcore/store":      4,
	"netcore/lan":        5,
	"netcore/plain":      5,
	"netcore/roomserver": 5,
	"netcore/room":       5,
	"netcore/doctor":     6,
	"netcore":            7,
	"netcore/control":    8,
	"netcore/netlab":     floorTests,
	"app":                floorApp,
	"assets":             0,
	"cmd":                floorCmd,
}

// doors lists what the faces may use of the rest: one façade and the
// vocabulary it speaks in, whatever the floors would allow.
var doors = map[string][]string{
	"app":               {"netcore", "netcore/chat", "netcore/identity", "assets"},
	"cmd/parlance":      {"app", "netcore", "netcore/chat", "netcore/identity", "netcore/control", "assets"},
	"cmd/parlance-cli":  {"netcore", "netcore/chat", "netcore/identity", "netcore/control"},
	"cmd/parlance-room": {"netcore/roomserver", "netcore/identity", "netcore/chat"},
}

// topLevel is all that stands at the top besides dot-files.
var topLevel = []string{
	"app", "assets", "cmd", "netcore",
	"FyneApp.toml", "LICENSE", "Makefile", "README.md", "go.mod", "go.sum",
	"build", // what make makes, kept out of the repository
}

// file is one Go file of the repository, as far as the floors are concerned.
type file struct {
	path    string   // slashes, from the top: netcore/wire/frame.go
	pkg     string   // the folder: netcore/wire
	name    string   // the package clause: wire, wire_test, main
	test    bool     // ends in _test.go
	doc     string   // the package comment
	imports []string // as written
}

// room returns the entry of floors that pkg belongs to, "" if there is none.
func room(pkg string) string {
	for {
		if _, ok := floors[pkg]; ok {
			return pkg
		}
		parent := path.Dir(pkg)
		if parent == "." || parent == "netcore" { // netcore is a room, not the roof of others
			return ""
		}
		pkg = parent
	}
}

// door returns the list of imports that pkg is held to, nil if it is free.
func door(pkg string) []string {
	for ; pkg != "."; pkg = path.Dir(pkg) {
		if list, ok := doors[pkg]; ok {
			return list
		}
	}
	return nil
}

// faults says what is wrong with the files, each fault with what to do.
func faults(files []file) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }

	docs := map[string][]string{} // package: files with a package comment
	for _, f := range files {
		if !f.test {
			in := docs[f.pkg]
			if f.doc != "" {
				in = append(in, f.path)
				if want := "Package " + f.name + " "; f.name != "main" && !strings.HasPrefix(f.doc, want) {
					say("%s: the package comment does not begin with %q", f.path, want)
				}
			}
			docs[f.pkg] = in
		}

		own := room(f.pkg)
		if own == "" {
			say("%s: %s has no floor; give it one in netcore/floors_test.go", f.path, f.pkg)
			continue
		}
		below := f.pkg == "netcore" || strings.HasPrefix(f.pkg, "netcore/")
		for _, imp := range f.imports {
			if below && (imp == "fyne.io" || strings.HasPrefix(imp, "fyne.io/")) {
				say("%s imports %s: nothing under netcore draws; move this to app", f.path, imp)
			}
			if imp == "C" {
				say("%s imports C: everything but Fyne is pure Go, so that it builds with CGO_ENABLED=0", f.path)
			}
			if imp != module && !strings.HasPrefix(imp, module+"/") {
				continue
			}
			target := strings.TrimPrefix(strings.TrimPrefix(imp, module), "/")
			other := room(target)
			switch {
			case other == "":
				say("%s imports %s, which has no floor; give it one in netcore/floors_test.go", f.path, target)
			case own == other:
				// A room's own folders, and a test of the package beside it.
			case other == "netcore/netlab":
				if !f.test {
					say("%s imports %s: netlab is for tests; only _test.go files import it", f.path, target)
				}
			case other == "assets" && below:
				say("%s imports assets: nothing under netcore draws; only app and cmd use pictures", f.path)
			case floors[other] >= floors[own]:
				say("%s (floor %d) imports %s (floor %d): a package imports only lower floors; hand it in from above as an interface or an event",
					f.path, floors[own], target, floors[other])
			case door(f.pkg) != nil && !slices.Contains(door(f.pkg), other):
				say("%s imports %s: %s goes through netcore.Node; let the façade offer what is missing", f.path, target, f.pkg)
			}
		}
	}
	for pkg, in := range docs {
		switch {
		case len(in) == 0:
			say("%s: no package comment; say in doc.go what it is for, what always holds, what it does not do", pkg)
		case len(in) > 1:
			say("%s: %d package comments, in %s; keep one", pkg, len(in), strings.Join(in, " and "))
		}
	}
	slices.Sort(out)
	return out
}

// readFiles parses every Go file under root, whatever system it is for.
func readFiles(t *testing.T, root string) []file {
	t.Helper()
	var files []file
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			hidden := name != root && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_"))
			if hidden || d.Name() == "testdata" || name == filepath.Join(root, "build") {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		files = append(files, file{
			path:    rel,
			pkg:     path.Dir(rel),
			name:    parsed.Name.Name,
			test:    strings.HasSuffix(rel, "_test.go"),
			doc:     parsed.Doc.Text(),
			imports: importsOf(parsed),
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func importsOf(f *ast.File) []string {
	var out []string
	for _, spec := range f.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			out = append(out, p)
		}
	}
	return out
}

func TestFloors(t *testing.T) {
	files := readFiles(t, "..")
	if len(files) < 10 {
		t.Fatalf("only %d Go files found from %s", len(files), "..")
	}
	for _, fault := range faults(files) {
		t.Error(fault)
	}
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, e := range entries {
		name := e.Name()
		have[name] = true
		leftover := strings.HasSuffix(name, ".test") || strings.HasSuffix(name, ".prof")
		if strings.HasPrefix(name, ".") || leftover || slices.Contains(topLevel, name) {
			continue
		}
		t.Errorf("%s stands at the top level; it belongs in app, netcore, assets or cmd, or in a dot-folder", name)
	}
	for _, name := range topLevel {
		if name != "build" && !have[name] {
			t.Errorf("%s is missing from the top level", name)
		}
	}
}

// TestFaults breaks each rule once and sees it named.
func TestFaults(t *testing.T) {
	in := func(p string) string { return module + "/" + p }
	tests := []struct {
		name string
		file file
		want string // "" means nothing is wrong
	}{
		{"lower floor", file{path: "netcore/wire/x.go", imports: []string{in("netcore/chat"), in("netcore/identity"), "fmt"}}, ""},
		{"same floor", file{path: "netcore/wire/x.go", imports: []string{in("netcore/beacon")}}, "only lower floors"},
		{"higher floor", file{path: "netcore/chat/x.go", imports: []string{in("netcore")}}, "only lower floors"},
		{"higher floor in a test", file{path: "netcore/wire/x_test.go", imports: []string{in("netcore/feed")}}, "only lower floors"},
		{"a room's own folder", file{path: "netcore/store/x.go", imports: []string{in("netcore/store/migrate")}}, ""},
		{"from a room's folder", file{path: "netcore/store/migrate/x.go", imports: []string{in("netcore/lan")}}, "only lower floors"},
		{"its own package from a test", file{path: "netcore/wire/x_test.go", name: "wire_test", imports: []string{in("netcore/wire")}}, ""},
		{"netlab from a test", file{path: "netcore/lan/x_test.go", imports: []string{in("netcore/netlab")}}, ""},
		{"netlab from a program", file{path: "netcore/lan/x.go", imports: []string{in("netcore/netlab")}}, "netlab is for tests"},
		{"netlab uses everything", file{path: "netcore/netlab/x.go", imports: []string{in("netcore"), in("netcore/control")}}, ""},
		{"fyne below", file{path: "netcore/x.go", imports: []string{"fyne.io/fyne/v2"}}, "nothing under netcore draws"},
		{"pictures below", file{path: "netcore/x.go", imports: []string{in("assets")}}, "nothing under netcore draws"},
		{"cgo", file{path: "app/x.go", imports: []string{"C"}}, "pure Go"},
		{"app through the door", file{path: "app/x.go", imports: []string{in("netcore"), in("netcore/chat"), in("assets"), in("app/chatlog"), "fyne.io/fyne/v2"}}, ""},
		{"app past the door", file{path: "app/chatlog/x.go", imports: []string{in("netcore/store")}}, "goes through netcore.Node"},
		{"app to control", file{path: "app/x.go", imports: []string{in("netcore/control")}}, "goes through netcore.Node"},
		{"app to cmd", file{path: "app/x.go", imports: []string{in("cmd/parlance")}}, "only lower floors"},
		{"desktop program", file{path: "cmd/parlance/x.go", name: "main", imports: []string{in("app"), in("netcore"), in("netcore/control")}}, ""},
		{"terminal program with a window", file{path: "cmd/parlance-cli/x.go", name: "main", imports: []string{in("app")}}, "goes through netcore.Node"},
		{"unlisted", file{path: "netcore/cellar/x.go"}, "has no floor"},
		{"imports an unlisted", file{path: "netcore/x.go", imports: []string{in("netcore/cellar")}}, "has no floor"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := tt.file
			f.pkg = path.Dir(f.path)
			f.test = strings.HasSuffix(f.path, "_test.go")
			if f.name == "" {
				f.name = path.Base(f.pkg)
			}
			f.doc = "Package " + f.name + " is an example.\n"
			got := strings.Join(faults([]file{f}), "\n")
			if tt.want == "" && got != "" {
				t.Errorf("allowed, but: %s", got)
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want a fault with %q", got, tt.want)
			}
		})
	}

	comment := func(name, doc string) file {
		return file{path: "netcore/wire/" + name, pkg: "netcore/wire", name: "wire", doc: doc}
	}
	for want, files := range map[string][]file{
		"no package comment":  {comment("a.go", ""), comment("b.go", "")},
		"2 package comments":  {comment("a.go", "Package wire a.\n"), comment("b.go", "Package wire b.\n")},
		"does not begin with": {comment("a.go", "This is wire.\n")},
	} {
		if got := strings.Join(faults(files), "\n"); !strings.Contains(got, want) {
			t.Errorf("got %q, want a fault with %q", got, want)
		}
	}
}
