package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
)

// results holds the metrics of each benchmark, by its name without "Benchmark"
// and without the number of processors.
type results map[string]metrics

// metrics holds the values of a benchmark, by their units.
type metrics map[string]float64

var processors = regexp.MustCompile(`-\d+$`)

// read takes the lines of benchmarks from r and passes all lines on to w as they
// come.
func read(r io.Reader, w io.Writer) (results, error) {
	all := make(results)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if _, err := fmt.Fprintln(w, lines.Text()); err != nil {
			return nil, err
		}
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		of := all[name]
		if of == nil {
			of = make(metrics)
			all[name] = of
		}
		for i := 2; i+1 < len(fields); i += 2 { // after name and count: value, unit
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				of[fields[i+1]] = value
			}
		}
	}
	return all, lines.Err()
}

// worst returns the highest value of a metric among the benchmarks whose names
// begin with prefix; ok is false if there is none.
func (r results) worst(prefix, metric string) (worst float64, ok bool) {
	for name, metrics := range r {
		if value, has := metrics[metric]; has && strings.HasPrefix(name, prefix) {
			worst, ok = max(worst, value), true
		}
	}
	return worst, ok
}

// get returns a value; one that is missing is none that reaches anything.
func (m metrics) get(unit string) float64 {
	if value, ok := m[unit]; ok {
		return value
	}
	return math.NaN()
}

// row is one promise.
type row struct {
	what string
	// measure returns what was measured, what is to be reached ("": it is only to be
	// known), what stands beside it, and whether it is reached; ok is false if the
	// benchmark did not run.
	measure func(results) (measured, reach, beside string, reached, ok bool)
}

// of makes a row of a benchmark's metrics.
func of(what, benchmark string, judge func(m metrics) (measured, reach, beside string, reached bool)) row {
	return row{what, func(r results) (measured, reach, beside string, reached, ok bool) {
		m, ok := r[benchmark]
		if !ok {
			return "", "", "", false, false
		}
		measured, reach, beside, reached = judge(m)
		return measured, reach, beside, reached, true
	}}
}

func found(what, benchmark string) row {
	return of(what, benchmark, func(m metrics) (measured, reach, beside string, reached bool) {
		median, most := m.get("seen-median-ms"), m.get("seen-max-ms")
		return fmt.Sprintf("median %.0f ms, worst of 50 %.0f ms", median, most), "300 ms, 2,000 ms",
			fmt.Sprintf("program ready after %.0f ms; raw UDP there and back %.3f ms", m.get("ready-median-ms"), m.get("raw-median-ms")),
			median <= 300 && most < 2000
	})
}

// beside tells what the other room servers have.
func beside(ngircd, inspircd string) string {
	return fmt.Sprintf("ngIRCd %s, InspIRCd %s", ngircd, inspircd)
}

// room makes a row of a room server's figure, with no reach but to be told beside
// the others'.
func room(what, metric, format string, scale float64) row {
	return of(what, "Room", func(m metrics) (measured, reach, others string, reached bool) {
		show := func(server string) string { return fmt.Sprintf(format, m[server+metric]*scale) }
		return show("ours"), "", beside(show("ngircd"), show("inspircd")), true
	})
}

// rows are the promises, in the order of the table.
var rows = []row{
	found("peer visible after its start", "Find/fresh"),
	found("the same with 20 % loss", "Find/fresh,_20_%_lost"),
	of("message shown at the other side", "Message", func(m metrics) (measured, reach, beside string, reached bool) {
		p50, p99, limit := m.get("shown-p50-µs"), m.get("shown-p99-µs"), m.get("shown-reach-µs")
		return fmt.Sprintf("p50 %.0f µs, p99 %.1f ms", p50, p99/1000), fmt.Sprintf("%.0f µs, 5 ms", limit),
			fmt.Sprintf("one commit %.0f µs, one raw UDP round trip %.0f µs", m.get("commit-µs"), m.get("udp-µs")), p50 <= limit && p99 <= 5000
	}),
	of("message delivered", "Message", func(m metrics) (measured, reach, beside string, reached bool) {
		p50, limit := m.get("delivered-p50-µs"), m.get("delivered-reach-µs")
		return fmt.Sprintf("p50 %.0f µs", p50), fmt.Sprintf("%.0f µs", limit), fmt.Sprintf("one commit %.0f µs", m.get("commit-µs")), p50 <= limit
	}),
	of("durable messages a second, one pair", "Durable", func(m metrics) (measured, reach, beside string, reached bool) {
		return fmt.Sprintf("%.0f", m.get("durable/s")), "20,000", fmt.Sprintf("commits one by one: %.0f", m.get("commits/s")), m.get("durable/s") > 20_000
	}),
	of("lost or doubled: 20 % loss, kill -9, restarts", "UnderFire", func(m metrics) (measured, reach, beside string, reached bool) {
		return fmt.Sprintf("%.0f lost, %.0f doubled", m.get("lost"), m.get("doubled")), "0, 0", fmt.Sprintf("of %.0f", m.get("sent")),
			m.get("lost") == 0 && m.get("doubled") == 0 && m.get("sent") > 0
	}),
	of("lobby of 1,000 simulated devices", "Lobby/1000", func(m metrics) (measured, reach, beside string, reached bool) {
		return fmt.Sprintf("%.0f hops, at most %.0f copies sent by one", m.get("hops"), m.get("copies-most")),
			fmt.Sprintf("%.0f, %.0f", m.get("hops-reach"), m.get("copies-reach")), fmt.Sprintf("%.0f reached", m.get("reached")),
			m.get("hops") <= m.get("hops-reach") && m.get("copies-most") <= m.get("copies-reach") && m.get("reached") >= 1000
	}),
	of("command-line node with 50 peers", "Crowd/51_devices", func(m metrics) (measured, reach, beside string, reached bool) {
		memory, busy := m.get("memory-max-MB"), m.get("cpu-median-%")
		return fmt.Sprintf("%.0f MB, %.2f %% of a core", memory, busy), "40 MB, 0.2 %", fmt.Sprintf("a program that waits: %.0f MB", m.get("bare-memory-MB")),
			memory < 40 && busy < 0.2
	}),
	of("app: start to painted window, 1,000,000 messages", "Start", func(m metrics) (measured, reach, beside string, reached bool) {
		return fmt.Sprintf("%.0f ms", m.get("large-ms")), fmt.Sprintf("%.0f ms", 1.5*m.get("fyne-ms")), fmt.Sprintf("an empty Fyne window %.0f ms", m.get("fyne-ms")),
			m.get("large-ms") <= 1.5*m.get("fyne-ms")
	}),
	of("app: memory, 1,000,000 messages", "Start", func(m metrics) (measured, reach, beside string, reached bool) {
		return fmt.Sprintf("%.0f MB", m.get("large-MB")), fmt.Sprintf("%.0f MB", 1.5*m.get("fyne-MB")), fmt.Sprintf("an empty Fyne window %.0f MB", m.get("fyne-MB")),
			m.get("large-MB") <= 1.5*m.get("fyne-MB")
	}),
	of("room of 1,000: deliveries a second", "Room", func(m metrics) (measured, reach, others string, reached bool) {
		ngircd, inspircd := m["ngircd-deliveries/s"], m["inspircd-deliveries/s"]
		return fmt.Sprintf("%.0f, kept on disk", m["ours-deliveries/s"]), fmt.Sprintf("%.0f", max(ngircd, inspircd)),
			beside(fmt.Sprintf("%.0f", ngircd), fmt.Sprintf("%.0f", inspircd)) + ", not kept", m["ours-deliveries/s"] > max(ngircd, inspircd)
	}),
	room("the same: computing of a delivery", "-busy-ns", "%.2f µs", 1e-3),
	room("the same: delay at 100 messages a second, p99", "-p99-ms", "%.1f ms", 1),
	room("the same: time to accept and join 1,000", "-join-ms", "%.0f ms", 1),
	{"room server: memory of an idle client", func(r results) (measured, reach, others string, reached, ok bool) {
		show := func(server string) string {
			m := r["Idle/"+server]
			ok = m != nil
			return fmt.Sprintf("%.1f KiB of 1,000, %.1f KiB of 10,000", m["few-KiB"], m["many-KiB"])
		}
		others = beside(show("ngircd"), show("inspircd"))
		return show("ours"), "", others, true, ok
	}},
	{"search in 1,000,000 messages, the slowest", func(r results) (measured, reach, beside string, reached, ok bool) {
		slowest, ok := r.worst("Search/", "p50-ms")
		through, _ := r.worst("Search/", "read-through-ms")
		return fmt.Sprintf("p50 %.1f ms", slowest), "50 ms", fmt.Sprintf("reading all of them %.0f ms", through), slowest < 50, ok
	}},
}

// table returns all rows; one whose benchmark did not run says so.
func table(r results) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "what\tmeasured\treach\tbeside\t")
	for _, row := range rows {
		measured, reach, beside, reached, ok := row.measure(r)
		verdict := "not reached"
		switch {
		case !ok:
			measured, verdict = "not run", ""
		case reach == "":
			verdict = ""
		case reached:
			verdict = "reached"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", row.what, measured, reach, beside, verdict)
	}
	_ = w.Flush() // into memory
	return b.String()
}
