package main

import (
	"os"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		args string
		want *options
		code int
	}{
		{"", &options{}, 0},
		{"--profile /tmp/a --name Ann", &options{profile: "/tmp/a", name: "Ann"}, 0},
		{"-profile=/tmp/a", &options{profile: "/tmp/a"}, 0},
		{"--version", nil, 0},
		{"--help", nil, 0},
		{"--nonsense", nil, 2},
		{"stray", nil, 2},
	} {
		got, code := parse(strings.Fields(tt.args))
		if code != tt.code || (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
			t.Errorf("parse(%q) = %+v, %d, want %+v, %d", tt.args, got, code, tt.want, tt.code)
		}
	}
}

func TestVersion(t *testing.T) {
	data, err := os.ReadFile("../../FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	if want := `Version = "` + version + `"`; !strings.Contains(string(data), want) {
		t.Errorf("FyneApp.toml does not say %s", want)
	}
}
