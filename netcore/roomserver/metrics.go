package roomserver

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"
)

// metrics are what Prometheus is shown.
type metrics struct {
	clients, accepted, turnedAway, slow   atomic.Int64
	linesIn, linesOut, bytesIn, bytesOut  atomic.Int64
	appends, appendTime, refused, applied atomic.Int64
	finds                                 atomic.Int64
}

// write shows them in Prometheus' text format 0.0.4.
func (m *metrics) write(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	for _, v := range []struct {
		name, kind, help string
		value            float64
	}{
		{"clients", "gauge", "Connections served.", float64(m.clients.Load())},
		{"connections_total", "counter", "Connections accepted.", float64(m.accepted.Load())},
		{"turned_away_total", "counter", "Connections refused by a limit, or in the TLS handshake.", float64(m.turnedAway.Load())},
		{"slow_clients_total", "counter", "Connections closed because their send queue was full.", float64(m.slow.Load())},
		{"lines_in_total", "counter", "Lines taken from clients.", float64(m.linesIn.Load())},
		{"lines_out_total", "counter", "Lines written to clients.", float64(m.linesOut.Load())},
		{"bytes_in_total", "counter", "Bytes read from clients.", float64(m.bytesIn.Load())},
		{"bytes_out_total", "counter", "Bytes written to clients.", float64(m.bytesOut.Load())},
		{"appends_total", "counter", "Events given to the journal.", float64(m.appends.Load())},
		{"append_seconds_total", "counter", "Time until the journal answered, summed up.", time.Duration(m.appendTime.Load()).Seconds()},
		{"refused_total", "counter", "Events that the journal refused.", float64(m.refused.Load())},
		{"applied_total", "counter", "Events read from the journal.", float64(m.applied.Load())},
		{"history_queries_total", "counter", "Questions about history.", float64(m.finds.Load())},
		{"goroutines", "gauge", "Goroutines.", float64(runtime.NumGoroutine())},
		{"memory_bytes", "gauge", "Memory obtained from the system.", float64(mem.Sys)},
	} {
		fmt.Fprintf(w, "# HELP parlance_room_%s %s\n# TYPE parlance_room_%s %s\nparlance_room_%s %v\n", v.name, v.help, v.name, v.kind, v.name, v.value)
	}
}

// listenMetrics and serveMetrics are apart so that a port in use is told before
// anybody is served.
func (s *Server) serveMetrics(ctx context.Context) {
	if s.metricsListener == nil {
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", s.metrics.write)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, MaxHeaderBytes: 8 << 10}
	s.workers.Go(func() { server.Serve(s.metricsListener) })
	context.AfterFunc(ctx, func() { server.Close() })
}

func (s *Server) listenMetrics() (err error) {
	if s.cfg.Metrics != "" {
		s.metricsListener, err = net.Listen("tcp", s.cfg.Metrics)
	}
	return err
}
