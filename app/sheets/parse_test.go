package sheets

import "testing"

func TestNameFrom(t *testing.T) {
	for _, tt := range []struct{ full, login, want string }{
		{"Ada Lovelace,Room 7,,", "ada", "Ada Lovelace"},
		{"", "ada", "Ada"},
		{"ada", "ada", "Ada"},
		{" , ", `WORK\grace`, "Grace"},
		{"", "", ""},
		{"", "élan", "Élan"},
	} {
		if got := nameFrom(tt.full, tt.login); got != tt.want {
			t.Errorf("nameFrom(%q, %q) = %q, want %q", tt.full, tt.login, got, tt.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		text, want string
	}{
		{"10.0.0.7:12345", "10.0.0.7:12345"},
		{" udp://host.local:9 ", "host.local:9"},
		{"[fe80::1%eth0]:12345", "[fe80::1%eth0]:12345"},
		{"", ""}, {"10.0.0.7", ""}, {":12345", ""}, {"a:0", ""}, {"a:70000", ""}, {"a:b", ""},
	} {
		got, err := parseHostPort(tt.text)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("parseHostPort(%q) = %q, %v, want %q", tt.text, got, err, tt.want)
		}
	}
}
