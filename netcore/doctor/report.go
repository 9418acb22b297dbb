package doctor

// Report is what was found.
type Report struct {
	Findings []Finding
	// Sentence is the one thing to do, or that all is well.
	Sentence string
}

// The states of a Finding.
const (
	Good = "good"
	Note = "note" // worth knowing, no fault
	Bad  = "bad"
)

// Finding is one thing that was looked at.
type Finding struct {
	Topic  string // such as "cards", "ports", "peer Ada"
	State  string // Good, Note or Bad
	Text   string // what was found
	Advice string // what to do; empty if nothing
}

// remedy returns the first finding of a state that says what to do.
func remedy(findings []Finding, state string) (Finding, bool) {
	for _, f := range findings {
		if f.State == state && f.Advice != "" {
			return f, true
		}
	}
	return Finding{}, false
}
