package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// event is one line of "go test -json", as cmd/test2json describes it.
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build
	Test       string
	Output     string
	Elapsed    float64
}

// result is what is known of one test, or of a package's own output (name "").
type result struct {
	name     string
	verdict  string // "pass", "fail", "skip" or "" while it runs
	children bool   // it has subtests: they are counted in its place
	broken   bool   // one of its subtests failed or was skipped
	output   strings.Builder
}

// pack collects the tests of one package in one run.
type pack struct {
	tests map[string]*result
	order []*result
}

func (p *pack) test(name string) *result {
	if r := p.tests[name]; r != nil {
		return r
	}
	r := &result{name: name}
	p.tests[name] = r
	p.order = append(p.order, r)
	for parent := name; ; {
		i := strings.LastIndexByte(parent, '/')
		if i < 0 {
			break
		}
		parent = parent[:i]
		if up := p.tests[parent]; up != nil {
			up.children = true
		}
	}
	return r
}

// spoil marks the tests that name is a part of.
func (p *pack) spoil(name string) {
	for i := strings.LastIndexByte(name, '/'); i >= 0; i = strings.LastIndexByte(name, '/') {
		name = name[:i]
		if up := p.tests[name]; up != nil {
			up.broken = true
		}
	}
}

type report struct {
	out    io.Writer
	packs  map[string]*pack
	builds map[string]*strings.Builder // what the compiler said, by import path

	passed int
	faults []string // one line each, told again at the end

	step      string
	began     time.Time
	stepTests int // tests counted when the step began
	stepFault int // len(faults) when the step began
}

func newReport(out io.Writer) *report {
	return &report{out: out, packs: map[string]*pack{}, builds: map[string]*strings.Builder{}}
}

func (r *report) printf(format string, args ...any) { fmt.Fprintf(r.out, format, args...) }

func (r *report) fault(line string) {
	if r.step != "" {
		line = r.step + ": " + line
	}
	r.faults = append(r.faults, line)
}

// read takes the runs until the input ends.
func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			r.line(strings.TrimSuffix(line, "\n"))
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) line(line string) {
	if status, ok := strings.CutPrefix(line, "== exit "); ok {
		r.end(status)
		return
	}
	if name, ok := strings.CutPrefix(line, "== "); ok {
		r.begin(name)
		return
	}
	var e event
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil || e.Action == "" {
		r.printf("%s\n", line)
		return
	}
	r.event(e)
}

func (r *report) begin(name string) {
	r.step, r.began = name, time.Now()
	r.stepTests, r.stepFault = r.passed, len(r.faults)
	r.printf("\n== %s\n", name)
}

func (r *report) end(status string) {
	for name, p := range r.packs { // cut off before they could say how they ended
		r.finish(name, p, event{Action: "fail"})
	}
	code, err := strconv.Atoi(status)
	switch {
	case len(r.faults) > r.stepFault:
	case err != nil || code != 0:
		r.fault("ended with status " + status)
	case r.passed == r.stepTests:
		r.fault("ran no test")
	}
	r.printf("-- %s: %d tests in %.0f s\n", r.step, r.passed-r.stepTests+len(r.faults)-r.stepFault, time.Since(r.began).Seconds())
	r.step = ""
}

func (r *report) event(e event) {
	switch e.Action {
	case "build-output":
		b := r.builds[e.ImportPath]
		if b == nil {
			b = &strings.Builder{}
			r.builds[e.ImportPath] = b
		}
		b.WriteString(e.Output)
		return
	case "build-fail":
		if b := r.builds[e.ImportPath]; b != nil {
			r.printf("%s", b.String())
			delete(r.builds, e.ImportPath)
		}
		return
	}

	p := r.packs[e.Package]
	if p == nil {
		p = &pack{tests: map[string]*result{}}
		r.packs[e.Package] = p
	}
	t := p.test(e.Test)
	switch e.Action {
	case "output":
		if !strings.HasPrefix(e.Output, "=== ") {
			t.output.WriteString(e.Output)
		}
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.finish(e.Package, p, e)
			delete(r.packs, e.Package)
			return
		}
		t.verdict = e.Action
		if e.Action != "pass" {
			p.spoil(e.Test)
		}
	}
}

// finish counts a package's tests and says how it went.
func (r *report) finish(name string, p *pack, e event) {
	delete(r.packs, name)
	short := strings.TrimPrefix(name, "github.com/parlance-chat/parlance/")
	passed, before := 0, len(r.faults)
	for _, t := range p.order {
		r.tables(t)
	}
	for _, t := range p.order {
		what := ""
		switch {
		case t.name == "":
			continue
		case t.verdict == "pass" && !t.children:
			passed++
			continue
		case t.verdict == "pass":
			continue
		case t.verdict == "fail" && t.broken:
			// Its subtests were counted; what it said itself may explain them.
			r.printf("%s", t.output.String())
			continue
		case t.verdict == "fail":
			what = "failed"
		case t.verdict == "skip":
			what = "was skipped, which counts as a failure"
		default:
			what = "did not finish"
		}
		r.printf("%s", t.output.String())
		r.fault(fmt.Sprintf("%s %s %s", short, t.name, what))
	}
	r.passed += passed
	if e.Action == "skip" {
		return // no test files
	}
	if e.Action == "fail" {
		if own := p.tests[""]; own != nil {
			r.printf("%s", own.output.String())
		}
		if len(r.faults) == before {
			r.fault(short + " failed")
		}
	}
	if failed := len(r.faults) - before; failed > 0 {
		r.printf("FAIL  %-36s %4d passed %3d failed %6.1f s\n", short, passed, failed, e.Elapsed)
		return
	}
	r.printf("ok    %-36s %4d passed %17.1f s\n", short, passed, e.Elapsed)
}

// tables prints the lines of tables, which a test prints for people to read also
// where all is well. They begin with a bar.
func (r *report) tables(t *result) {
	for line := range strings.Lines(t.output.String()) {
		if strings.HasPrefix(line, "| ") {
			r.printf("%s", line)
		}
	}
}

// close prints the total and tells whether all is well.
func (r *report) close() bool {
	if r.step != "" {
		r.end("unknown: the run was cut off")
	}
	if r.passed == 0 && len(r.faults) == 0 {
		r.fault("no test was run")
	}
	r.printf("\n")
	for _, f := range r.faults {
		r.printf("failed: %s\n", f)
	}
	r.printf("%d passed, %d failed\n", r.passed, len(r.faults))
	return len(r.faults) == 0
}
