package locale

import (
	"maps"
	"testing"
)

func TestSettle(t *testing.T) {
	type env = map[string]string
	for _, tt := range []struct{ before, after env }{
		{env{}, env{}},
		{env{"LANG": "de_DE.UTF-8"}, env{"LANG": "de_DE.UTF-8"}},
		{env{"LANG": "C"}, env{"LANG": "C"}},
		{env{"LANG": "C.UTF-8"}, env{"LANG": "C.UTF-8", "LC_MESSAGES": "C"}},
		{env{"LANG": "en_GB.UTF-8", "LC_MESSAGES": "POSIX.UTF-8"}, env{"LANG": "en_GB.UTF-8", "LC_MESSAGES": "C"}},
		{env{"LC_ALL": "C.UTF-8", "LANG": "fr_FR.UTF-8"}, env{"LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LC_MESSAGES": "C", "LANG": "fr_FR.UTF-8"}},
		{env{"LC_MESSAGES": "fr_FR.UTF-8", "LANG": "C.UTF-8"}, env{"LC_MESSAGES": "fr_FR.UTF-8", "LANG": "C.UTF-8"}},
	} {
		got := maps.Clone(tt.before)
		settle(func(key string) string { return got[key] }, func(key, value string) { got[key] = value })
		if !maps.Equal(got, tt.after) {
			t.Errorf("%v becomes %v, want %v", tt.before, got, tt.after)
		}
	}
}
