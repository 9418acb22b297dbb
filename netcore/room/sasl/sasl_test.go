package sasl

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestMechanisms: the best comes first, and no password goes where it can be read.
func TestMechanisms(t *testing.T) {
	password := Credentials{Account: "user", Secret: "pencil"}
	all := Credentials{Account: "user", Secret: "pencil", Secure: true, Certificate: true}
	for name, tc := range map[string]struct {
		c       Credentials
		offered string
		want    []string
	}{
		"nothing to sign in with":      {Credentials{}, "", nil},
		"all":                          {all, "", []string{"SCRAM-SHA-256", "PLAIN", "EXTERNAL"}},
		"all that is offered":          {all, "external,PLAIN", []string{"PLAIN", "EXTERNAL"}},
		"in the open":                  {password, "PLAIN,SCRAM-SHA-256", []string{"SCRAM-SHA-256"}},
		"in the open, only PLAIN":      {password, "PLAIN", nil},
		"a certificate nobody asks of": {Credentials{Certificate: true}, "EXTERNAL", nil},
	} {
		var got []string
		for _, m := range tc.c.Mechanisms(tc.offered) {
			got = append(got, m.Name())
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// TestSCRAM: the example of RFC 7677 section 3, and servers that do otherwise.
func TestSCRAM(t *testing.T) {
	const (
		challenge = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
		proof     = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
		signature = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
	)
	for name, tc := range map[string]struct {
		challenge, signature string
		proof                string // "": the challenge is not answered
		proven               bool
	}{
		"the example":               {challenge, signature, proof, true},
		"another signature":         {challenge, "v=AAAA", proof, false},
		"too many rounds":           {strings.Replace(challenge, "4096", "1000000000", 1), "", "", false},
		"no rounds":                 {strings.Replace(challenge, "4096", "0", 1), "", "", false},
		"another nonce":             {strings.Replace(challenge, "r=rO", "r=xx", 1), "", "", false},
		"this client's nonce alone": {"r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "", "", false},
		"no salt":                   {strings.Replace(challenge, "s=W22ZaJ0SNY7soEsUEjb6gQ==", "s=", 1), "", "", false},
		"what is no challenge":      {"\x00,,=", "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			c := Credentials{Account: "user", Secret: "pencil", Nonce: func() string { return "rOprNGfwEbeRWgbNEkqO" }}
			m := c.Mechanisms("SCRAM-SHA-256")[0]
			if first, err := m.Answer(nil); string(first) != "n,,n=user,r=rOprNGfwEbeRWgbNEkqO" || err != nil {
				t.Fatalf("%q, %v", first, err)
			}
			got, err := m.Answer([]byte(tc.challenge))
			if string(got) != tc.proof || err != nil && !errors.Is(err, ErrFailed) || (err == nil) != (tc.proof != "") {
				t.Fatalf("%q, %v", got, err)
			}
			if m.Proven() {
				t.Error("proven before the server has proven anything")
			}
			if err == nil {
				_, err = m.Answer([]byte(tc.signature))
			}
			if m.Proven() != tc.proven || (err == nil) != tc.proven {
				t.Errorf("proven: %v, %v", m.Proven(), err)
			}
			for _, more := range []string{tc.signature, "v="} {
				if _, err := m.Answer([]byte(more)); !errors.Is(err, ErrFailed) || m.Proven() != tc.proven {
					t.Errorf("goes on: %v", err)
				}
			}
		})
	}
}
