package irc

import "strings"

// MatchMask says whether a name such as nick!user@host fits a mask, in which *
// stands for any characters, also none, and ? for one byte; a backslash takes the
// meaning from the one after it. It takes at most as many steps as the product of
// the two lengths, whatever the mask.
func MatchMask(mapping Mapping, mask, name string) bool {
	// Where to go on when what follows a star does not fit: the star, one further.
	star, from := -1, 0
	i, j := 0, 0
	for j < len(name) {
		literal := i < len(mask)
		if literal {
			switch c := mask[i]; {
			case c == '*':
				star, from = i, j
				i++
				continue
			case c == '?':
				i, j = i+1, j+1
				continue
			case c == '\\' && i+1 < len(mask) && strings.IndexByte(`*?\`, mask[i+1]) >= 0:
				if mask[i+1] == name[j] {
					i, j = i+2, j+1
					continue
				}
				literal = false
			}
		}
		if literal && mapping.lower(mask[i]) == mapping.lower(name[j]) {
			i, j = i+1, j+1
			continue
		}
		if star < 0 {
			return false
		}
		from++
		i, j = star+1, from
	}
	for i < len(mask) && mask[i] == '*' {
		i++
	}
	return i == len(mask)
}

// FullMask completes what a person typed for a mask: a nick becomes nick!*@*,
// user@host *!user@host, a host *!*@host. Stars in a row become one.
func FullMask(mask string) string {
	at, bang := strings.IndexByte(mask, '@'), strings.IndexByte(mask, '!')
	switch {
	case bang >= 0 && at > bang:
	case bang >= 0:
		mask += "@*"
	case at >= 0:
		mask = "*!" + mask
	case strings.ContainsAny(mask, ".:"):
		mask = "*!*@" + mask
	default:
		mask += "!*@*"
	}
	parts := strings.FieldsFunc(mask, func(r rune) bool { return r == '!' || r == '@' })
	if len(parts) < 3 { // such as "!@host"
		nick, rest, _ := strings.Cut(mask, "!")
		user, host, _ := strings.Cut(rest, "@")
		for _, p := range []*string{&nick, &user, &host} {
			if *p == "" {
				*p = "*"
			}
		}
		mask = nick + "!" + user + "@" + host
	}
	return compactStars(mask)
}

func compactStars(mask string) string {
	out := make([]byte, 0, len(mask))
	star := false // the last byte written is a star that stands for something
	for i := 0; i < len(mask); i++ {
		c := mask[i]
		if c == '*' && star {
			continue
		}
		star = c == '*'
		out = append(out, c)
		if c == '\\' && i+1 < len(mask) {
			i++
			out = append(out, mask[i])
		}
	}
	return string(out)
}
