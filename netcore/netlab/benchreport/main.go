// Command benchreport reads what "go test -bench" prints, passes it on, and ends
// with the table of what Parlance promises: each figure beside its reach and its
// yardstick, all of this run.
package main

import (
	"fmt"
	"os"
)

func main() {
	results, err := read(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchreport:", err)
		os.Exit(1)
	}
	fmt.Println()
	fmt.Print(table(results))
}
