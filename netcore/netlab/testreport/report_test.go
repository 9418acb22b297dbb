package main

import (
	"strings"
	"testing"
)

// ev writes events in short: "run T", "pass T", "fail", "out T text".
func ev(pkg string, lines ...string) string {
	var b strings.Builder
	for _, l := range lines {
		f := strings.SplitN(l, " ", 3)
		for len(f) < 3 {
			f = append(f, "")
		}
		action := f[0]
		if action == "out" {
			action = "output"
		}
		b.WriteString(`{"Action":"` + action + `","Package":"github.com/parlance-chat/parlance/` + pkg + `"`)
		if f[1] != "" && f[1] != "-" {
			b.WriteString(`,"Test":"` + f[1] + `"`)
		}
		if f[2] != "" {
			b.WriteString(`,"Output":"` + f[2] + `\n"`)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func step(status, body string) string { return "== unit\n" + body + "== exit " + status + "\n" }

func TestReport(t *testing.T) {
	tests := []struct {
		name  string
		in    string
		last  string   // the closing line
		says  []string // somewhere before it
		quiet []string // nowhere
	}{
		{
			name:  "all well",
			in:    step("0", ev("netcore/wire", "run TestA", "out TestA chatter", "pass TestA", "pass")),
			last:  "1 passed, 0 failed",
			says:  []string{"== unit", "ok    netcore/wire", "-- unit: 1 tests"},
			quiet: []string{"chatter", "failed:"},
		},
		{
			name:  "subtests are counted in place of their parent",
			in:    step("0", ev("a", "run T", "run T/x", "pass T/x", "run T/y", "pass T/y", "pass T", "pass")),
			last:  "2 passed, 0 failed",
			quiet: []string{"failed:"},
		},
		{
			name:  "a table is shown",
			in:    step("0", ev("netcore/wire", "run TestA", "out TestA | network | found |", "out TestA chatter", "pass TestA", "pass")),
			last:  "1 passed, 0 failed",
			says:  []string{"| network | found |\n"},
			quiet: []string{"chatter"},
		},
		{
			name: "a failed test is shown",
			in:   step("1", ev("a", "run T", "out T why", "fail T", "run U", "pass U", "fail")),
			last: "1 passed, 1 failed",
			says: []string{"why\n", "FAIL  a", "failed: unit: a T failed"},
		},
		{
			name:  "a failed subtest counts once",
			in:    step("1", ev("a", "run T", "out T before", "run T/x", "out T/x why", "fail T/x", "fail T", "fail")),
			last:  "0 passed, 1 failed",
			says:  []string{"before", "why", "failed: unit: a T/x failed"},
			quiet: []string{"a T failed"},
		},
		{
			name: "a parent that fails by itself counts",
			in:   step("1", ev("a", "run T", "run T/x", "pass T/x", "out T late", "fail T", "fail")),
			last: "1 passed, 1 failed",
			says: []string{"late", "a T failed"},
		},
		{
			name: "a skip is a failure",
			in:   step("0", ev("a", "run T", "out T no display", "skip T", "run U", "pass U", "pass")),
			last: "1 passed, 1 failed",
			says: []string{"no display", "a T was skipped, which counts as a failure"},
		},
		{
			name: "a package without tests is none",
			in:   step("0", ev("a", "skip")+ev("b", "run T", "pass T", "pass")),
			last: "1 passed, 0 failed",
		},
		{
			name: "a test that never ended",
			in:   step("1", ev("a", "run T", "out T waiting", "out - panic: test timed out", "fail")),
			last: "0 passed, 1 failed",
			says: []string{"waiting", "panic: test timed out", "a T did not finish"},
		},
		{
			name: "a package that fails outside its tests",
			in:   step("1", ev("a", "run T", "pass T", "out - goleak: found", "fail")),
			last: "1 passed, 1 failed",
			says: []string{"goleak: found", "failed: unit: a failed"},
		},
		{
			name: "a build that fails",
			in: step("1", `{"ImportPath":"a","Action":"build-output","Output":"x.go:1: undefined: y\n"}`+"\n"+
				`{"ImportPath":"a","Action":"build-fail"}`+"\n"+ev("a", "start", "fail")),
			last: "0 passed, 1 failed",
			says: []string{"x.go:1: undefined: y", "a failed"},
		},
		{
			name: "a run that says nothing",
			in:   step("2", "go: command not found\n"),
			last: "0 passed, 1 failed",
			says: []string{"go: command not found", "ended with status 2"},
		},
		{
			name: "a run of no tests",
			in:   step("0", ev("a", "skip")),
			last: "0 passed, 1 failed",
			says: []string{"ran no test"},
		},
		{
			name: "a package cut off",
			in:   step("137", ev("a", "run T", "pass T", "run U", "out U half")),
			last: "1 passed, 1 failed",
			says: []string{"half", "a U did not finish"},
		},
		{
			name: "a run cut off",
			in:   "== unit\n" + ev("a", "run T", "pass T", "pass"),
			last: "1 passed, 1 failed",
			says: []string{"cut off"},
		},
		{
			name: "nothing at all",
			last: "0 passed, 1 failed",
			says: []string{"no test was run"},
		},
		{
			name: "two runs",
			in:   step("0", ev("a", "run T", "pass T", "pass")) + step("1", ev("a", "run T", "fail T", "fail")),
			last: "1 passed, 1 failed",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			r := newReport(&out)
			if err := r.read(strings.NewReader(tt.in)); err != nil {
				t.Fatal(err)
			}
			well := r.close()
			got := out.String()
			lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
			if last := lines[len(lines)-1]; last != tt.last {
				t.Errorf("closes with %q, want %q", last, tt.last)
			}
			if want := strings.HasSuffix(tt.last, " 0 failed"); well != want {
				t.Errorf("close() = %v, want %v", well, want)
			}
			for _, s := range tt.says {
				if !strings.Contains(got, s) {
					t.Errorf("does not say %q", s)
				}
			}
			for _, s := range tt.quiet {
				if strings.Contains(got, s) {
					t.Errorf("says %q", s)
				}
			}
			if t.Failed() {
				t.Logf("report:\n%s", got)
			}
		})
	}
}
