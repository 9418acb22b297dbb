// Package locale keeps Fyne from complaining about the locale C.UTF-8, the one
// of containers and fresh servers, which it takes for a language it cannot parse.
//
// Fyne looks while its packages are initialised, before main. This package has
// nothing but an init function and imports nothing but os and strings: Go
// initialises packages that are ready in the order of their import paths, so it
// comes before golang.org/x/text, which Fyne waits for. It changes what language
// messages are in (plain C, that is English) and leaves the character set alone,
// which the input of letters depends on.
package locale

import (
	"os"
	"strings"
)

func init() { settle(os.Getenv, func(key, value string) { os.Setenv(key, value) }) }

// settle names the language of messages where the locale has none.
func settle(get func(string) string, set func(key, value string)) {
	for _, key := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} { // the first that is set counts
		value := get(key)
		if value == "" {
			continue
		}
		if !strings.HasPrefix(value, "C.") && !strings.HasPrefix(value, "POSIX.") {
			return
		}
		if key == "LC_ALL" { // it would outweigh the next
			set("LC_ALL", "")
			set("LC_CTYPE", value)
		}
		set("LC_MESSAGES", "C")
		return
	}
}
