package store

import (
	"context"
	"encoding/binary"
	"strings"

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
		found, err = readMessages(ctx, q, `
			WHERE m.number IN (SELECT value FROM json_each(?))
			ORDER BY m.position DESC, m.number DESC LIMIT ?`, jsonList(numbers), limit)
		return err
	})
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
			SELECT number, position, text FROM messages
			WHERE number > ? AND number <= ? ORDER BY number LIMIT ?`, above, upTo, limit)
	})
	return messages, err
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
