package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// about says which message a call is about.
type about struct {
	target
	Message string `json:"message"`
}

func aboutOf(query url.Values) about {
	return about{targetOf(query), query.Get("message")}
}

// findMessage returns the conversation and the message that a call is about.
func (s *Server) findMessage(r *http.Request, a about) (chat.ConversationID, chat.MessageID, error) {
	message, err := messageOf(a.Message)
	if err != nil {
		return chat.ConversationID{}, message, err
	}
	id, err := s.find(r, a.target)
	return id, message, err
}

func messageOf(text string) (chat.MessageID, error) {
	if text == "" {
		return chat.MessageID{}, badRequest("the request names no message")
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return id, fmt.Errorf("%w message %q", chat.ErrUnknown, text)
	}
	return id, nil
}

func (s *Server) reply(r *http.Request) (any, error) {
	var in struct {
		about
		Text string `json:"text"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	id, message, err := s.findMessage(r, in.about)
	if err != nil {
		return nil, err
	}
	m, err := s.node.Reply(r.Context(), id, message, in.Text)
	if err != nil {
		return nil, err
	}
	return toPlaced(m), nil
}

func (s *Server) edit(r *http.Request) (any, error) {
	var in struct {
		about
		Text string `json:"text"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	id, message, err := s.findMessage(r, in.about)
	if err != nil {
		return nil, err
	}
	return nothing{}, s.node.Edit(r.Context(), id, message, in.Text)
}

func (s *Server) retract(r *http.Request) (any, error) {
	var in about
	if err := read(r, &in); err != nil {
		return nil, err
	}
	id, message, err := s.findMessage(r, in)
	if err != nil {
		return nil, err
	}
	return nothing{}, s.node.Retract(r.Context(), id, message)
}

func (s *Server) react(r *http.Request) (any, error) {
	var in struct {
		about
		Text *string `json:"text"` // a pointer: forgetting it takes nothing back
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Text == nil {
		return nil, badRequest("the request has no \"text\"; an empty one takes the reaction back")
	}
	id, message, err := s.findMessage(r, in.about)
	if err != nil {
		return nil, err
	}
	return nothing{}, s.node.React(r.Context(), id, message, *in.Text)
}

// message looks through all conversations when none is named: an ID that was
// printed is then enough.
func (s *Server) message(r *http.Request) (any, error) {
	in := aboutOf(r.URL.Query())
	if in.target != (target{}) {
		id, message, err := s.findMessage(r, in)
		if err != nil {
			return nil, err
		}
		return toOne(s.node.Message(r.Context(), id, message))
	}
	message, err := messageOf(in.Message)
	if err != nil {
		return nil, err
	}
	list, err := s.node.Conversations(r.Context())
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		m, err := s.node.Message(r.Context(), c.ID, message)
		if !errors.Is(err, chat.ErrUnknown) {
			return toOne(m, err)
		}
	}
	return nil, fmt.Errorf("%w message %s", chat.ErrUnknown, message)
}

func toOne(m chat.Message, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return toPlaced(m), nil
}

type (
	receiptList struct {
		Receipts []Receipt `json:"receipts"`
	}
	revisionList struct {
		Revisions []Revision `json:"revisions"`
	}
)

func (s *Server) receipts(r *http.Request) (any, error) {
	id, message, err := s.findMessage(r, aboutOf(r.URL.Query()))
	if err != nil {
		return nil, err
	}
	list, err := s.node.Receipts(r.Context(), id, message)
	if err != nil {
		return nil, err
	}
	out := receiptList{make([]Receipt, len(list))}
	for i, receipt := range list {
		out.Receipts[i] = Receipt{toAuthor(receipt.Peer), receipt.State}
	}
	return out, nil
}

func (s *Server) revisions(r *http.Request) (any, error) {
	id, message, err := s.findMessage(r, aboutOf(r.URL.Query()))
	if err != nil {
		return nil, err
	}
	list, err := s.node.Revisions(r.Context(), id, message)
	if err != nil {
		return nil, err
	}
	out := revisionList{make([]Revision, len(list))}
	for i, revision := range list {
		out.Revisions[i] = Revision{revision.Text, Time{revision.Sent}}
	}
	return out, nil
}

func (s *Server) typing(r *http.Request) (any, error) {
	var in struct {
		target
		Active bool `json:"active"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	id, err := s.find(r, in.target)
	if err != nil {
		return nil, err
	}
	s.node.SetTyping(id, in.Active)
	return nothing{}, nil
}

// Send stores text as an own message and sends it on its way. It is on disk
// when Send returns.
func (c *Client) Send(ctx context.Context, id chat.ConversationID, text string) (Placed, error) {
	if err := chat.CheckText(text); err != nil { // JSON would repair bad UTF-8 without a word
		return Placed{}, err
	}
	return post[Placed](ctx, c, "/v1/send", map[string]any{"conversation": id, "text": text})
}

// Reply is Send for a text that answers a message of the conversation.
func (c *Client) Reply(ctx context.Context, id chat.ConversationID, to chat.MessageID, text string) (Placed, error) {
	if err := chat.CheckText(text); err != nil {
		return Placed{}, err
	}
	return post[Placed](ctx, c, "/v1/reply", map[string]any{"conversation": id, "message": to, "text": text})
}

// Edit gives an own message another text.
func (c *Client) Edit(ctx context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	if err := chat.CheckText(text); err != nil {
		return err
	}
	_, err := post[nothing](ctx, c, "/v1/edit", map[string]any{"conversation": id, "message": message, "text": text})
	return err
}

// Retract takes an own message back: nobody keeps its text.
func (c *Client) Retract(ctx context.Context, id chat.ConversationID, message chat.MessageID) error {
	_, err := post[nothing](ctx, c, "/v1/retract", map[string]any{"conversation": id, "message": message})
	return err
}

// React says what the user thinks of a message, such as an emoji; an empty text
// takes that back.
func (c *Client) React(ctx context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	if err := checkUTF8(text); err != nil {
		return err
	}
	_, err := post[nothing](ctx, c, "/v1/react", map[string]any{"conversation": id, "message": message, "text": text})
	return err
}

// checkUTF8 refuses what JSON would repair without a word.
func checkUTF8(text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("%w: it is not valid UTF-8", chat.ErrText)
	}
	return nil
}

// Message returns one message of a conversation.
func (c *Client) Message(ctx context.Context, id chat.ConversationID, message chat.MessageID) (Placed, error) {
	return get[Placed](ctx, c, "/v1/message", messageQuery(id, message))
}

// FindMessage returns the message with that ID from whichever conversation has
// it.
func (c *Client) FindMessage(ctx context.Context, message chat.MessageID) (Placed, error) {
	return get[Placed](ctx, c, "/v1/message", url.Values{"message": {message.String()}})
}

// Receipts says how far an own message has come towards each recipient, by
// name.
func (c *Client) Receipts(ctx context.Context, id chat.ConversationID, message chat.MessageID) ([]Receipt, error) {
	out, err := get[receiptList](ctx, c, "/v1/receipts", messageQuery(id, message))
	return out.Receipts, err
}

// Revisions returns the texts that a message had, oldest first; the last is
// that of now.
func (c *Client) Revisions(ctx context.Context, id chat.ConversationID, message chat.MessageID) ([]Revision, error) {
	out, err := get[revisionList](ctx, c, "/v1/revisions", messageQuery(id, message))
	return out.Revisions, err
}

// SetTyping says that the user writes in a conversation, or has stopped. It may
// be called for each key.
func (c *Client) SetTyping(ctx context.Context, id chat.ConversationID, active bool) error {
	_, err := post[nothing](ctx, c, "/v1/typing", map[string]any{"conversation": id, "active": active})
	return err
}

func messageQuery(id chat.ConversationID, message chat.MessageID) url.Values {
	return url.Values{"conversation": {id.String()}, "message": {message.String()}}
}
