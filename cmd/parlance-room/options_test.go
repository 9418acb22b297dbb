package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/roomserver"
)

func TestOptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "room.conf")
	text := "# rooms\nname from.file\nnetwork File\nlisten :1\nlisten :2\npublic\nretention 12h\nplain paired=:8080,#p\nplain broadcast=:9\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PARLANCE_ROOM_NETWORK", "Env")
	t.Setenv("PARLANCE_ROOM_NO_LIMITS_FOR", "10.0.0.0/8 192.168.1.5")
	opts, command, err := parse([]string{"--config", file, "--retention=7d", "--send-queue", "64K", "--tls-listen", "-"}, io.Discard)
	if err != nil || command != "serve" {
		t.Fatal(command, err)
	}
	cfg, err := opts.config()
	if err != nil {
		t.Fatal(err)
	}
	for what, ok := range map[string]bool{
		"name of the file":              cfg.Name == "from.file",
		"network of the environment":    cfg.Network == "Env",
		"both addresses":                strings.Join(cfg.Listen, " ") == ":1 :2",
		"no TLS":                        len(cfg.TLSListen) == 0,
		"a switch":                      cfg.Public,
		"retention of the command line": cfg.Retention == 7*24*time.Hour,
		"a size":                        cfg.Limits.SendQueue == 64<<10,
		"a default":                     cfg.MaxStore == 8<<30 && cfg.Limits.PerAddress == 64,
		"networks":                      len(cfg.Limits.Exempt) == 2 && cfg.Limits.Exempt[1].String() == "192.168.1.5/32",
		"dialects":                      len(cfg.Plain) == 2 && cfg.Plain[0].Room == "#p" && cfg.Plain[1].Room == "#lobby",
	} {
		if !ok {
			t.Errorf("%s: %+v", what, cfg)
		}
	}
}

// TestDefaults: several servers on one machine do not get into each other's way.
func TestDefaults(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/data")
	for args, want := range map[string]string{
		"":                               ":6667 | :6697 true | /data/parlance-room",
		"--listen 127.0.0.1:6667":        "127.0.0.1:6667 | :6697 true | /data/parlance-room",
		"--listen 127.0.0.1:7000":        "127.0.0.1:7000 | :6697 true | /data/parlance-room-7000",
		"--listen :7000 --data /d":       ":7000 | :6697 true | /d",
		"--tls-listen :7001":             ":6667 | :7001 false | /data/parlance-room",
		"--listen :7000 --tls-listen -":  ":7000 |  false | /data/parlance-room-7000",
		"--listen - --tls-listen [::]:1": " | [::]:1 false | /data/parlance-room",
	} {
		opts, _, err := parse(strings.Fields(args), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := opts.config()
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%s | %s %v | %s", strings.Join(cfg.Listen, " "), strings.Join(cfg.TLSListen, " "), cfg.TLSSpare, cfg.Data)
		if got != want {
			t.Errorf("%q: %s, want %s", args, got, want)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "room.conf")
	if err := os.WriteFile(file, []byte("\nlisen :1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"--config " + file:          `line 2: there is no "lisen"`,
		"--config /no/file":         "no such file",
		"--name plain":              "has a dot",
		"--network=":                "one word",
		"--oper root":               "hash-password",
		"--plain irc=:1":            "broadcast, addressed",
		"--no-limits-for local":     "192.168.1.0/24",
		"--retention soon":          "12h or 90d",
		"--send-queue many":         "such as 64M",
		"--log-format xml":          "text",
		"--listen - --tls-listen -": "no address",
		"--motd /no/file":           "there is no",
		"--bogus":                   "bogus",
	} {
		opts, _, err := parse(strings.Fields(args), io.Discard)
		if err == nil {
			_, err = opts.config()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

func TestHashPassword(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"hash-password"}, nil, strings.NewReader("open sesame\n"), &out, &errs); code != 0 {
		t.Fatal(code, errs.String())
	}
	hash := strings.TrimSpace(out.String())
	if ok, err := roomserver.CheckPassword("open sesame", hash); !ok || err != nil {
		t.Errorf("%q: %v, %v", hash, ok, err)
	}
	opts, _, err := parse([]string{"--oper", "root:" + hash}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if cfg, err := opts.config(); err != nil || cfg.Opers["root"] != hash {
		t.Errorf("%v, %v", cfg.Opers, err)
	}
	if code := run(t.Context(), []string{"hash-password"}, nil, strings.NewReader(""), &out, &errs); code != 1 {
		t.Errorf("no password: exit code %d", code)
	}
}

func TestHelp(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, nil, nil, &out, &errs); code != 0 || !strings.Contains(out.String(), "--tls-listen") {
		t.Errorf("exit code %d, %s", code, out.String())
	}
	if code := run(t.Context(), []string{"--bogus"}, nil, nil, &out, &errs); code != 2 {
		t.Errorf("wrong usage: exit code %d", code)
	}
}
