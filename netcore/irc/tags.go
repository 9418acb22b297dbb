package irc

import (
	"fmt"
	"strings"
)

// Tag is one tag of a message. Without a value it is as with an empty one (IRCv3
// message-tags, "Rules for naming and values").
type Tag struct{ Key, Value string }

// ClientOnly says whether servers pass the tag on as it is and give it no meaning.
func (t Tag) ClientOnly() bool { return strings.HasPrefix(t.Key, "+") }

// Tags are a message's tags, each key once as parsed.
type Tags []Tag

// Get returns a tag's value, and whether there is such a tag.
func (t Tags) Get(key string) (string, bool) {
	for i := range t {
		if t[i].Key == key {
			return t[i].Value, true
		}
	}
	return "", false
}

// Value returns a tag's value, "" if there is no such tag.
func (t Tags) Value(key string) string {
	value, _ := t.Get(key)
	return value
}

// Set gives a tag a value, adding it if there is none with this key.
func (t *Tags) Set(key, value string) {
	for i := range *t {
		if (*t)[i].Key == key {
			(*t)[i].Value = value
			return
		}
	}
	*t = append(*t, Tag{key, value})
}

// ClientOnly returns the tags that clients mean for clients, nil if there are none.
func (t Tags) ClientOnly() Tags {
	var only Tags
	for _, tag := range t {
		if tag.ClientOnly() {
			only = append(only, tag)
		}
	}
	return only
}

// Size returns how many bytes the tags take between @ and space.
func (t Tags) Size() int {
	n := 0
	for i := range t {
		n += len(t[i].Key) + 1
		if v := t[i].Value; v != "" {
			n++
			for j := range len(v) {
				if escapeOf(v[j]) != 0 {
					n++
				}
				n++
			}
		}
	}
	return max(n-1, 0)
}

// parseTags reads what stands between @ and space. Of a key that comes twice the
// last counts; a key without characters is passed over.
func parseTags(s string) Tags {
	if s == "" {
		return nil
	}
	tags := make(Tags, 0, min(1+strings.Count(s, ";"), 32))
	var known map[string]int // of many tags only: a tag bomb must not take quadratic time
	for s != "" {
		var one string
		one, s, _ = strings.Cut(s, ";")
		key, value, _ := strings.Cut(one, "=")
		if key == "" || key == "+" {
			continue
		}
		value = unescape(value)
		if len(tags) < 16 {
			tags.Set(key, value)
			continue
		}
		if known == nil {
			known = make(map[string]int)
			for i := range tags {
				known[tags[i].Key] = i
			}
		}
		if i, ok := known[key]; ok {
			tags[i].Value = value
			continue
		}
		known[key] = len(tags)
		tags = append(tags, Tag{key, value})
	}
	return tags
}

func appendTags(dst []byte, tags Tags) ([]byte, error) {
	for i := range tags {
		key := tags[i].Key
		if key == "" || key == "+" || strings.ContainsAny(key, " ;=\r\n\x00") {
			return dst, fmt.Errorf("%w: tag key %q", ErrMalformed, key)
		}
		if i == 0 {
			dst = append(dst, '@')
		} else {
			dst = append(dst, ';')
		}
		dst = append(dst, key...)
		if value := tags[i].Value; value != "" {
			if strings.IndexByte(value, 0) >= 0 {
				return dst, fmt.Errorf("%w: tag %s=%q", ErrForbidden, key, value)
			}
			dst = append(dst, '=')
			dst = appendEscaped(dst, value)
		}
	}
	if len(tags) > 0 {
		dst = append(dst, ' ')
	}
	return dst, nil
}

// escapeOf returns the character that stands after a backslash for c, 0 if c
// stands for itself (IRCv3 message-tags, "Escaping values").
func escapeOf(c byte) byte {
	switch c {
	case ';':
		return ':'
	case ' ':
		return 's'
	case '\\':
		return '\\'
	case '\r':
		return 'r'
	case '\n':
		return 'n'
	}
	return 0
}

func appendEscaped(dst []byte, value string) []byte {
	for i := range len(value) {
		if e := escapeOf(value[i]); e != 0 {
			dst = append(dst, '\\', e)
		} else {
			dst = append(dst, value[i])
		}
	}
	return dst
}

func unescape(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0; i = strings.IndexByte(s, '\\') {
		b.WriteString(s[:i])
		if s = s[i+1:]; s == "" {
			break // a backslash at the end is dropped
		}
		switch s[0] {
		case ':':
			b.WriteByte(';')
		case 's':
			b.WriteByte(' ')
		case 'r':
			b.WriteByte('\r')
		case 'n':
			b.WriteByte('\n')
		default: // the backslash itself, and characters that needed none
			b.WriteByte(s[0])
		}
		s = s[1:]
	}
	b.WriteString(s)
	return b.String()
}
