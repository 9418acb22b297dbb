package main

import (
	"strings"
	"testing"
)

const output = `== netcore
goos: linux
BenchmarkMessage-2   	    2000	    900000 ns/op	       265.0 commit-µs	       930.0 delivered-p50-µs	       795.0 delivered-reach-µs	       600.0 shown-p50-µs	      1400 shown-p99-µs	       335.0 shown-reach-µs	         7.0 udp-µs
BenchmarkDurable-2   	       3	 700000000 ns/op	     25000 durable/s	      4000 commits/s
BenchmarkSearch/message-2 	     100	  10000000 ns/op	       100.0 found	         9.0 p50-ms	       900.0 read-through-ms
BenchmarkSearch/w0x+w12 	     100	  80000000 ns/op	        29.0 p50-ms	       900.0 read-through-ms
BenchmarkUnderFire-2 	       1	         0 ns/op	         0 lost	      3000 sent
BenchmarkRoom-2         	       1	22078694909 ns/op	       900.0 inspircd-busy-ns	    500000 inspircd-deliveries/s	       9.00 inspircd-p99-ms	       700.0 ngircd-busy-ns	    800000 ngircd-deliveries/s	       8.00 ngircd-p99-ms	       600.0 ours-busy-ns	    900000 ours-deliveries/s	       7.50 ours-p99-ms
BenchmarkIdle/ours-2    	       1	3000000000 ns/op	        80.00 bare-MiB	        20.50 few-KiB	        19.50 many-KiB
BenchmarkOpen
PASS
`

func TestTable(t *testing.T) {
	var passed strings.Builder
	r, err := read(strings.NewReader(output), &passed)
	if err != nil || passed.String() != output {
		t.Fatalf("passed on:\n%s%v", passed.String(), err)
	}
	got := table(r)
	for what, want := range map[string][]string{
		"message shown":     {"p50 600 µs, p99 1.4 ms", "335 µs, 5 ms", "one commit 265 µs", "not reached"},
		"message delivered": {"p50 930 µs", "795 µs", "not reached"},
		"durable":           {"25000", "20,000", "4000", " reached"},
		"search":            {"29.0 ms", "50 ms", "900 ms", " reached"},
		"lost":              {"0 lost, NaN doubled", "not reached"}, // it was not measured
		"lobby":             {"not run"},
		"room of 1,000":     {"900000, kept on disk", "800000", "ngIRCd 800000, InspIRCd 500000, not kept", " reached"},
		"the same: comput":  {"0.60 µs", "ngIRCd 0.70 µs, InspIRCd 0.90 µs"},
		"room server: mem":  {"20.5 KiB of 1,000, 19.5 KiB of 10,000"},
		"peer visible":      {"not run"},
	} {
		row := ""
		for line := range strings.Lines(got) {
			if strings.HasPrefix(line, what) {
				row = line
			}
		}
		for _, part := range want {
			if !strings.Contains(row, part) {
				t.Errorf("no %q in the row %q", part, row)
			}
		}
		if strings.Contains(row, "not reached") != (want[len(want)-1] == "not reached") {
			t.Errorf("the verdict of %q", row)
		}
	}
}
