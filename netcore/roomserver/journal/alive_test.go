package journal

import (
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
)

// TestSilent: who is silent is given up, and who could not be heard is not.
func TestSilent(t *testing.T) {
	other := core.Origin{Server: "two", Start: 1}
	begin := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		lives func(a *alive, at func(seconds float64) time.Time)
		at    float64 // seconds
		want  bool
	}{
		{"heard", func(a *alive, at func(float64) time.Time) { a.hear(other, at(20)) }, 27.9, false},
		{"heard once", func(a *alive, at func(float64) time.Time) { a.hear(other, at(20)) }, 28, true},
		{"never heard", func(*alive, func(float64) time.Time) {}, 8, true},
		{"not connected long", func(*alive, func(float64) time.Time) {}, 7, false},
		{"connected again", func(a *alive, at func(float64) time.Time) {
			a.hear(other, at(20))
			a.connected(time.Time{})
			a.connected(at(25))
		}, 32, false},
		{"not connected", func(a *alive, at func(float64) time.Time) { a.connected(time.Time{}) }, 30, false},
		{"the beats stood still", func(a *alive, at func(float64) time.Time) {
			a.hear(other, at(20))
			a.beats(at(21))
			a.beats(at(28.5))
		}, 29, false},
		{"and went on", func(a *alive, at func(float64) time.Time) {
			a.hear(other, at(20))
			a.beats(at(21))
			for s := 28.5; s < 37; s++ {
				a.beats(at(s))
			}
		}, 37, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var a alive
			at := func(seconds float64) time.Time { return begin.Add(time.Duration(seconds * float64(time.Second))) }
			a.connected(at(0))
			tt.lives(&a, at)
			if got := a.silent(other, at(tt.at)); got != tt.want {
				t.Errorf("silent: %v, want %v", got, tt.want)
			}
		})
	}
}
