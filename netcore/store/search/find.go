package search

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strings"
)

const (
	// maxTerms is how many words beginning with the one searched are searched for
	// one by one.
	maxTerms = 64

	// scanned is how many of the newest messages are looked through when more
	// words than that begin so: most probably that is enough.
	scanned = 2000

	// sameHour is how many matches of one hour are put in their exact order.
	sameHour = 2000
)

// Find returns the numbers of messages that contain all the words, the last of
// which may be the beginning of one: the limit newest, and perhaps some more
// that are hardly older. It returns none if there is no word to look for.
func (x *Index) Find(ctx context.Context, words string, limit int) ([]int64, error) {
	q := parseQuery(words)
	if len(q.phrases) == 0 {
		return nil, ctx.Err()
	}
	var keys []int64
	err := x.use(ctx, func() (err error) {
		keys, err = x.find(ctx, q, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search for %q: %w", words, err)
	}
	return numbersOf(keys), nil
}

// find returns the keys of matches that hold the newest ones: limit of them,
// and the rest of the hour in which the last of these stands.
//
// FTS5 streams the matches of words and phrases in the order of keys, so that a
// search in a million messages looks at few. Not so with prefixes: it first
// merges the lists of all the words that begin so, a second's work when they
// are frequent. Hence the three ways of finding the last word.
func (x *Index) find(ctx context.Context, q query, limit int) ([]int64, error) {
	if !q.prefix {
		return collect(x.matches(ctx, match(q.phrases)), limit)
	}
	terms, all, err := x.termsOf(ctx, q.last())
	if err != nil {
		return nil, err
	}
	if all {
		if len(terms) == 0 {
			return nil, nil
		}
		return collect(x.matches(ctx, matchAny(q, terms)), limit)
	}
	// So many words begin so that messages with one of them should be frequent.
	complete := true
	keys, err := collect(x.filtered(ctx, q, &complete), limit)
	if err != nil || complete || len(keys) >= limit {
		return keys, err
	}
	return collect(x.matches(ctx, match(q.phrases)+"*"), limit)
}

// matchAny matches the query with any of the terms as its last word.
func matchAny(q query, terms []string) string {
	var b strings.Builder
	others := q.phrases[:len(q.phrases)-1]
	if len(others) > 0 {
		b.WriteString(match(others))
		b.WriteString(" AND ")
	}
	b.WriteByte('(')
	for i, t := range terms {
		if i > 0 {
			b.WriteString(" OR ")
		}
		phrases := q.withLast(t)
		b.WriteString(match(phrases[len(others):]))
	}
	b.WriteByte(')')
	return b.String()
}

// termsOf returns the words in the index that begin with prefix, or maxTerms of
// them.
func (x *Index) termsOf(ctx context.Context, prefix string) (terms []string, all bool, err error) {
	// The table has a row for each occurrence, but finds the first of a word at once.
	next, err := x.db.PrepareContext(ctx, `SELECT term FROM terms WHERE term >= ? LIMIT 1`)
	if err != nil {
		return nil, false, err
	}
	defer next.Close()
	for from := prefix; len(terms) < maxTerms; from = terms[len(terms)-1] + "\x00" {
		var term string
		err := next.QueryRowContext(ctx, from).Scan(&term)
		if err == sql.ErrNoRows || err == nil && !strings.HasPrefix(term, prefix) {
			return terms, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		terms = append(terms, term)
	}
	return terms, false, nil
}

// matches yields the keys of matches, the highest first.
func (x *Index) matches(ctx context.Context, expression string) iter.Seq2[int64, error] {
	query, args := `SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC`, []any{expression}
	if expression == "" {
		query, args = `SELECT rowid FROM words ORDER BY rowid DESC`, nil
	}
	return func(yield func(int64, error) bool) {
		rows, err := x.db.QueryContext(ctx, query, args...)
		if err != nil {
			yield(0, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var key int64
			err := rows.Scan(&key)
			if !yield(key, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(0, err)
		}
	}
}

// filtered yields the keys of those messages that match, having read them, among
// the newest that match all but the last word. It sets complete to false if it
// gave up before the last of these.
func (x *Index) filtered(ctx context.Context, q query, complete *bool) iter.Seq2[int64, error] {
	return func(yield func(int64, error) bool) {
		const chunk = 200
		keys := make([]int64, 0, chunk)
		looked := 0
		flush := func() bool {
			found, err := x.containing(ctx, q, keys)
			if err != nil {
				yield(0, err)
				return false
			}
			for _, k := range found {
				if !yield(k, nil) {
					return false
				}
			}
			keys = keys[:0]
			return true
		}
		for key, err := range x.matches(ctx, match(q.withLast(""))) {
			if err != nil {
				yield(0, err)
				return
			}
			if looked++; looked > scanned {
				*complete = false
				break
			}
			if keys = append(keys, key); len(keys) == chunk && !flush() {
				return
			}
		}
		flush()
	}
}

// containing returns those of the keys whose messages contain the last phrase,
// in the same order.
func (x *Index) containing(ctx context.Context, q query, keys []int64) ([]int64, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	texts, err := x.cfg.Source.Texts(ctx, numbersOf(keys))
	if err != nil {
		return nil, sourceError{err}
	}
	var found []int64
	var words []string
	for _, k := range keys {
		words = split(words[:0], texts[numberOf(k)])
		if q.endsIn(words) {
			found = append(found, k)
		}
	}
	return found, nil
}

// collect returns the first keys of a sequence: limit, and on to the end of the
// hour, within which keys are not in the order of time.
func collect(keys iter.Seq2[int64, error], limit int) ([]int64, error) {
	var list []int64
	for key, err := range keys {
		if err != nil {
			return nil, err
		}
		if n := len(list); n >= limit {
			if n >= limit+sameHour || key>>numberBits != list[limit-1]>>numberBits {
				break
			}
		}
		list = append(list, key)
	}
	return list, nil
}
