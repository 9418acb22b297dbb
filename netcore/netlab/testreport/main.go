// Testreport reads what several runs of "go test -json" print and makes one
// short report of it: a line for each package, the tables that tests print (lines
// that begin with a bar), the output of what failed, and
// at the end "N passed, N failed".
//
// Its input is the runs one after another, each between a line "== NAME" and a
// line "== exit STATUS". A run that fails without naming a test, or that ran
// no test at all, counts as a failure. So does a skipped test: what cannot run
// is not known to work. It starts nothing itself and never asks go for
// anything; what is run, and how, stays with its caller.
package main

import (
	"os"
)

func main() {
	r := newReport(os.Stdout)
	if err := r.read(os.Stdin); err != nil {
		r.fault("reading the runs: " + err.Error())
	}
	if !r.close() {
		os.Exit(1)
	}
}
