package search

import (
	"context"
	"strings"
)

// reviseSome takes up the next batch of the changes up to a number.
func (x *Index) reviseSome(ctx context.Context, upTo int64) error {
	changes, err := x.cfg.Source.Changes(ctx, x.revised, upTo, batch)
	if err != nil {
		return sourceError{err}
	}
	last := upTo
	if len(changes) == batch {
		last = changes[batch-1].Number
	}
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, c := range changes {
		if c.Message.Number > x.indexed {
			continue // it will be indexed as it is then
		}
		was := c.Message
		was.Time = c.Was
		// It may be there under both times: indexed as it is, before this was told.
		for _, key := range []int64{was.key(), c.Message.key()} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM words WHERE rowid = ?`, key); err != nil {
				return err
			}
		}
		if words := split(nil, c.Message.Text); len(words) > 0 {
			_, err := tx.ExecContext(ctx, `INSERT INTO words (rowid, text) VALUES (?, ?)`,
				c.Message.key(), strings.Join(words, " "))
			if err != nil {
				return err
			}
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE state SET revised = ?`, last); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	x.revised = last
	return nil
}
