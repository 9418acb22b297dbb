package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"modernc.org/sqlite"
)

// conn is one connection to a database, used by one goroutine at a time. It is
// the driver's own: database/sql on top of it would add a fifth to the cost of
// a write.
type conn struct {
	driver interface {
		driver.Conn
		driver.ConnPrepareContext
		driver.ExecerContext
		driver.QueryerContext
	}
	prepared []*statement
}

func connect(dataSource string) (*conn, error) {
	opened, err := new(sqlite.Driver).Open(dataSource)
	if err != nil {
		return nil, err
	}
	c := &conn{}
	c.driver = opened.(interface {
		driver.Conn
		driver.ConnPrepareContext
		driver.ExecerContext
		driver.QueryerContext
	})
	return c, nil
}

// Close finalises the statements and closes the connection.
func (c *conn) Close() error {
	var errs []error
	for _, s := range c.prepared {
		errs = append(errs, s.driver.Close())
	}
	c.prepared = nil
	return errors.Join(append(errs, c.driver.Close())...)
}

// exec runs one or several statements without arguments.
func (c *conn) exec(script string) error {
	_, err := c.driver.ExecContext(context.Background(), script, nil)
	return err
}

// number returns the integer that query, without arguments, yields.
func (c *conn) number(query string) (int64, error) {
	rows, err := c.driver.QueryContext(context.Background(), query, nil)
	if err != nil {
		return 0, err
	}
	var n int64
	_, err = first(rows, &n)
	return n, err
}

// prepare makes a statement that lives as long as the connection.
func (c *conn) prepare(query string) (*statement, error) {
	s, err := c.driver.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	made := &statement{driver: s.(driverStatement)}
	c.prepared = append(c.prepared, made)
	return made, nil
}

type driverStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type statement struct {
	driver driverStatement
	args   []driver.NamedValue
}

// bind puts the arguments, each nil, int64, string or []byte, into the form of
// the driver. The result is valid until the next call.
func (s *statement) bind(args []driver.Value) []driver.NamedValue {
	s.args = s.args[:0]
	for i, a := range args {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return s.args
}

func (s *statement) exec(args ...driver.Value) error {
	_, err := s.driver.ExecContext(context.Background(), s.bind(args))
	return err
}

// insert returns the number of the row that it inserted.
func (s *statement) insert(args ...driver.Value) (int64, error) {
	result, err := s.driver.ExecContext(context.Background(), s.bind(args))
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// row reads the first row into dest: pointers to int64, string or []byte, which
// NULL leaves as they are. It returns false if there is none.
func (s *statement) row(dest []any, args ...driver.Value) (bool, error) {
	rows, err := s.driver.QueryContext(context.Background(), s.bind(args))
	if err != nil {
		return false, err
	}
	return first(rows, dest...)
}

// each reads one row after the other into dest, as row does, and calls f for
// each, which must not change the tables that are being read, and may return
// errEnough.
func (s *statement) each(dest []any, f func() error, args ...driver.Value) (err error) {
	rows, err := s.driver.QueryContext(context.Background(), s.bind(args))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make([]driver.Value, len(rows.Columns()))
	for {
		if found, err := next(rows, values, dest); !found || err != nil {
			return err
		}
		if err := f(); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// first reads the first row into dest and closes rows.
func first(rows driver.Rows, dest ...any) (found bool, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	return next(rows, make([]driver.Value, len(rows.Columns())), dest)
}

// next reads the next row into dest, by way of values.
func next(rows driver.Rows, values []driver.Value, dest []any) (found bool, err error) {
	if err := rows.Next(values); err == io.EOF {
		return false, nil
	} else if err != nil {
		return false, err
	}
	for i, d := range dest {
		ok := values[i] == nil
		switch d := d.(type) {
		case *int64:
			if v, is := values[i].(int64); is {
				*d, ok = v, true
			}
		case *string:
			if v, is := values[i].(string); is {
				*d, ok = v, true
			}
		case *[]byte:
			if v, is := values[i].([]byte); is {
				*d, ok = v, true
			}
		}
		if !ok {
			return false, fmt.Errorf("column %d holds a %T, not for a %T", i, values[i], d)
		}
	}
	return true, nil
}
