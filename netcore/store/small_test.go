package store

import (
	"context"
	"maps"
	"net/netip"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestPeers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parlance.db")
	s := open(t, path)
	ctx := context.Background()
	first := Peer{
		ID:        bob.ID(),
		Name:      "Bob",
		Trust:     chat.New,
		Addresses: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.7:47475"), netip.MustParseAddrPort("[fe80::1%eth0]:47475")},
		LastSeen:  time.UnixMilli(epoch.UnixMilli()),
		Instance:  1<<64 - 1,
		Sequence:  5,
	}
	changed := first
	changed.Name, changed.Trust, changed.Addresses, changed.Instance = "Bobby\n the \u202eGreat", chat.Verified, nil, 7
	nameless := Peer{ID: ann.ID(), Trust: chat.New}
	for _, p := range []Peer{first, nameless} {
		if err := s.SavePeer(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	shown := nameless
	shown.Name = ann.ID().Short()
	if got, err := s.Peers(ctx); err != nil || !reflect.DeepEqual(got, []Peer{shown, first}) {
		t.Errorf("peers %+v, %v", got, err)
	}
	mustPut(t, s, Write{Peer: &changed})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	changed.Name = "Bobby the Great"
	if got, err := open(t, path).Peers(ctx); err != nil || !reflect.DeepEqual(got, []Peer{shown, changed}) {
		t.Errorf("peers %+v, %v", got, err)
	}
}

func TestSettings(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	want := map[string]string{"theme": "dark", "scale": "1.5", "": "", "odd\x00key": "o'dd\x00value\xff"}
	for _, value := range []string{"light", "dark"} {
		if err := s.SetSetting(ctx, "theme", value); err != nil {
			t.Fatal(err)
		}
	}
	for key, value := range want {
		if err := s.SetSetting(ctx, key, value); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Settings(ctx); err != nil || !maps.Equal(got, want) {
		t.Errorf("settings %q, %v", got, err)
	}
}
