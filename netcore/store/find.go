package store

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/store/search"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func indexPath(path string) string { return strings.TrimSuffix(path, ".db") + "-search.db" }

// Search returns messages that contain all the words, newest first; the last
// word may be the beginning of one. It finds everything that was Done before
// (Lazy writes apart), and nothing if there is no word to look for. A limit of 0
// means 100.
func (s *Store) Search(ctx context.Context, words string, limit int) ([]Message, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	numbers, err := s.index.Find(ctx, words, limit)
	if err != nil {
		select {
		case <-s.written:
			err = ErrClosed
		default:
		}
		return nil, err
	}
	if len(numbers) == 0 {
		return nil, nil
	}
	var found []Message
	err = s.read(ctx, "messages found", func(q querier) (err error) {
		found, err = s.readMessages(ctx, q, `
			WHERE m.number IN (SELECT value FROM json_each(?))
			ORDER BY m.position DESC, m.number DESC LIMIT ?`, jsonList(numbers), limit)
		return err
	})
	// What is not shown is not found either, nor what was taken back so lately that
	// the index does not know.
	found = slices.DeleteFunc(found, func(m Message) bool { return m.Hidden || m.Retracted })
	return found, err
}

// searchSource shows the search index the messages.
type searchSource struct{ store *Store }

// Messages implements search.Source.
func (s searchSource) Messages(ctx context.Context, above, upTo int64, limit int) ([]search.Message, error) {
	var messages []search.Message
	err := s.store.read(ctx, "messages", func(q querier) error {
		return each(ctx, q, func(scan func(...any) error) error {
			var m search.Message
			position := make([]byte, 0, 24)
			if err := scan(&m.Number, &position, &m.Text); err != nil {
				return err
			}
			if len(position) >= 8 {
				m.Time = wire.HybridTime(binary.BigEndian.Uint64(position)).Wall()
			}
			messages = append(messages, m)
			return nil
		}, `
			SELECT number, position, CASE WHEN change IS NULL THEN text ELSE '' END FROM messages
			WHERE number > ? AND number <= ? ORDER BY number LIMIT ?`, above, upTo, limit)
	})
	return messages, err
}

// Changes implements search.Source.
func (s searchSource) Changes(ctx context.Context, above, upTo int64, limit int) ([]search.Change, error) {
	var changes []search.Change
	err := s.store.read(ctx, "messages", func(q querier) error {
		return each(ctx, q, func(scan func(...any) error) error {
			var c search.Change
			var was int64
			var position []byte
			if err := scan(&c.Number, &c.Message.Number, &was, &position, &c.Message.Text); err != nil {
				return err
			}
			c.Was = time.UnixMilli(was)
			c.Message.Time = c.Was
			if len(position) >= 8 {
				c.Message.Time = wire.HybridTime(binary.BigEndian.Uint64(position)).Wall()
			}
			changes = append(changes, c)
			return nil
		}, `
			SELECT r.revision, r.message, r.time, m.position, CASE WHEN m.change IS NULL THEN coalesce(m.text, '') ELSE '' END
			FROM revised r LEFT JOIN messages m ON m.number = r.message
			WHERE r.revision > ? AND r.revision <= ? ORDER BY r.revision LIMIT ?`, above, upTo, limit)
	})
	return changes, err
}

// Texts implements search.Source.
func (s searchSource) Texts(ctx context.Context, numbers []int64) (map[int64]string, error) {
	texts := make(map[int64]string, len(numbers))
	err := s.store.read(ctx, "messages", func(q querier) error {
		return each(ctx, q, func(scan func(...any) error) error {
			var number int64
			var text string
			err := scan(&number, &text)
			texts[number] = text
			return err
		}, `SELECT number, text FROM messages WHERE number IN (SELECT value FROM json_each(?))`, jsonList(numbers))
	})
	return texts, err
}
