//go:build unix && !darwin

package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestDisplayAddress(t *testing.T) {
	for _, tt := range []struct{ name, network, address string }{
		{":0", "unix", "/tmp/.X11-unix/X0"},
		{":72.1", "unix", "/tmp/.X11-unix/X72"},
		{"unix:3", "unix", "/tmp/.X11-unix/X3"},
		{"localhost:10.0", "tcp", "localhost:6010"},
		{"[::1]:2", "tcp", "[::1]:6002"},
		{"/private/tmp/launchd/org.xquartz:0", "unix", "/private/tmp/launchd/org.xquartz"},
		{"", "", ""}, {"x", "", ""}, {":x", "", ""}, {":-1", "", ""}, {":99999999", "", ""},
	} {
		network, address, err := displayAddress(tt.name)
		if network != tt.network || address != tt.address || (err == nil) != (tt.network != "") {
			t.Errorf("displayAddress(%q) = %q, %q, %v, want %q, %q", tt.name, network, address, err, tt.network, tt.address)
		}
	}
}

func TestCheckDisplay(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "x")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ display, wayland, want string }{
		{"", "", "DISPLAY is not set"},
		{"", "wayland-0", "Xwayland"},
		{"nonsense", "", "names no display"},
		{socket + ":0", "", ""},
	} {
		t.Setenv("DISPLAY", tt.display)
		t.Setenv("WAYLAND_DISPLAY", tt.wayland)
		err := checkDisplay()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("DISPLAY=%q: %v, want %q", tt.display, err, tt.want)
		}
	}
	l.Close()
	t.Setenv("DISPLAY", socket+":0")
	if err := checkDisplay(); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("a display that is gone: %v", err)
	}
}
