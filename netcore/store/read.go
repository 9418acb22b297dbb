package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/parlance-chat/parlance/netcore/store/dbfile"
)

// reader runs queries on the reading connections. Queries are few and each is
// prepared once: for the small ones that takes longer than running them.
type reader struct {
	db *sql.DB

	mu       sync.Mutex
	prepared map[string]*sql.Stmt
}

// querier is a reader, or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func openReader(path string) (*reader, error) {
	db, err := sql.Open("sqlite", dbfile.Source(path,
		"mode=ro",
		fmt.Sprintf("_pragma=busy_timeout(%d)", busyTimeout),
		"_pragma=temp_store(memory)",
		fmt.Sprintf("_pragma=cache_size(-%d)", readerCache),
	))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	return &reader{db: db, prepared: make(map[string]*sql.Stmt)}, nil
}

func (r *reader) Close() error { return r.db.Close() }

// QueryContext runs a query whose text is the same each time.
func (r *reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	statement, err := r.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

func (r *reader) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	r.mu.Lock()
	statement := r.prepared[query]
	r.mu.Unlock()
	if statement != nil {
		return statement, nil
	}
	statement, err := r.db.PrepareContext(ctx, query) // may wait for a connection
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other := r.prepared[query]; other != nil {
		return other, statement.Close()
	}
	r.prepared[query] = statement
	return statement, nil
}

// read runs f, which reads what, and gives its errors their meaning.
func (s *Store) read(ctx context.Context, what string, f func(querier) error) error {
	err := f(s.reader)
	if err == nil {
		return nil
	}
	select {
	case <-s.written:
		err = ErrClosed
	default:
		err = cmp.Or(ctx.Err(), s.explain(err))
	}
	return fmt.Errorf("read %s: %w", what, err)
}

// each calls f for each row of a query until one returns an error; f scans it.
func each(ctx context.Context, q querier, f func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return rows.Err()
}

// errEnough is returned by the function that an each calls, to end without error.
var errEnough = errors.New("enough")

// jsonList returns numbers as the argument of a query that says
// IN (SELECT value FROM json_each(?)).
func jsonList(numbers []int64) string {
	text, err := json.Marshal(numbers)
	if err != nil {
		panic(err) // numbers always encode
	}
	return string(text)
}

// distinct returns the keys of a map in order.
func distinct[T any](m map[int64]T) []int64 {
	keys := make([]int64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
