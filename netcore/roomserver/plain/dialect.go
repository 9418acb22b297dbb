package plain

import "fmt"

// Dialect is what a client expects of its server.
type Dialect int

const (
	Broadcast Dialect = iota
	Addressed
	Paired
)

var dialects = []string{"broadcast", "addressed", "paired"}

// ParseDialect reads the name of a dialect.
func ParseDialect(name string) (Dialect, error) {
	for i, known := range dialects {
		if name == known {
			return Dialect(i), nil
		}
	}
	return 0, fmt.Errorf("plain dialect %q is none of broadcast, addressed and paired", name)
}

func (d Dialect) String() string { return dialects[d] }
