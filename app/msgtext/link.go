package msgtext

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Link is a link in a text.
type Link struct {
	Start, End int    // in the text
	URL        string // what it opens: http, https or mailto
	host       int    // where the host ends in the text
}

// Parse returns the link's target, or an error for any scheme but http, https
// and mailto, whatever the link came from.
func (l Link) Parse() (*url.URL, error) {
	u, err := url.Parse(l.URL)
	if err != nil {
		return nil, fmt.Errorf("read link: %w", err)
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host != "" {
			return u, nil
		}
	case "mailto":
		if strings.Contains(u.Opaque, "@") {
			return u, nil
		}
	}
	return nil, fmt.Errorf("link %q is not one of http, https and mailto", l.URL)
}

var schemes = []struct{ prefix, add string }{
	{"https://", ""},
	{"http://", ""},
	{"mailto:", ""},
	{"www.", "https://"},
}

// findLinks finds the links that text shows letter by letter.
func findLinks(text string) []Link {
	var links []Link
	boundary := true // no letter or digit stands before
	for i := 0; i < len(text); {
		if boundary {
			if l, ok := linkAt(text, i); ok {
				links = append(links, l)
				i = l.End
				boundary = false
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		boundary = !unicode.IsLetter(r) && !unicode.IsDigit(r) || r > 0x2e80 // no spaces between words there
		i += size
	}
	return links
}

func linkAt(text string, start int) (Link, bool) {
	for _, s := range schemes {
		if len(text)-start <= len(s.prefix) || !strings.EqualFold(text[start:start+len(s.prefix)], s.prefix) {
			continue
		}
		end := linkEnd(text, start)
		l := Link{Start: start, End: end, URL: s.add + lowerScheme(text[start:end], len(s.prefix))}
		if _, err := l.Parse(); err != nil || end <= start+len(s.prefix) {
			return Link{}, false
		}
		if s.prefix == "www." && !strings.Contains(text[start+len("www."):end], ".") {
			return Link{}, false
		}
		l.host = end
		if i := strings.IndexAny(text[start+len(s.prefix):end], "/?#"); i >= 0 {
			l.host = start + len(s.prefix) + i
		}
		return l, true
	}
	return Link{}, false
}

func lowerScheme(link string, n int) string { return strings.ToLower(link[:n]) + link[n:] }

// linkEnd returns where the link that begins at start ends: at a blank, a quote
// or a bracket that cannot belong to it, and before the punctuation of the
// sentence around it.
func linkEnd(text string, start int) int {
	end := start
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>\"`«»“”„、。，；：！？（）「」『』【】《》", r) {
			break
		}
		end += size
	}
	for end > start {
		r, size := utf8.DecodeLastRuneInString(text[start:end])
		closing := strings.IndexRune(")]}", r)
		if closing >= 0 && strings.Count(text[start:end], string(r)) > strings.Count(text[start:end], string("([{"[closing])) {
			end -= size
			continue
		}
		if !strings.ContainsRune(".,;:!?'’*_~", r) {
			break
		}
		end -= size
	}
	return end
}
