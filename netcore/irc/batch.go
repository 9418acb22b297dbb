package irc

import (
	"errors"
	"fmt"
)

// ErrBatch is wrapped when batches do not fit together.
var ErrBatch = errors.New("batches do not fit together")

// Batch is messages that belong together (IRCv3 batch).
type Batch struct {
	Type     string // such as chathistory
	Params   []string
	Tags     Tags // of the message that began it: its label, its time
	Messages []Message
	Inner    []*Batch // batches inside, complete
}

// Collector puts batches together, from one server. Its memory is bounded: past
// one of its bounds the server is in error.
type Collector struct {
	MaxOpen     int // batches at a time; 0: 16
	MaxMessages int // in all the open ones together; 0: 2,000
	MaxBytes    int // likewise; 0: 4 MiB

	open     map[string]*openBatch
	messages int
	bytes    int
}

type openBatch struct {
	Batch
	outer           *openBatch
	messages, bytes int // of its own
}

// Add takes a message. It returns complete=nil and taken=false for one that stands
// by itself, taken=true for one that is part of a batch, and the batch when its
// last message came and it is in no other. After an error nothing that comes can be
// trusted to be what it seems.
func (c *Collector) Add(m Message) (complete *Batch, taken bool, err error) {
	var outer *openBatch
	if ref, ok := m.Tags.Get("batch"); ok {
		if outer = c.open[ref]; outer == nil {
			return nil, false, fmt.Errorf("%w: message %s in batch %q, which is not open", ErrBatch, m.Command, ref)
		}
	}
	if m.Command != "BATCH" {
		if outer == nil {
			return nil, false, nil
		}
		return nil, true, c.put(outer, m)
	}
	ref := m.Param(0)
	switch {
	case len(ref) > 1 && ref[0] == '+':
		return nil, true, c.begin(ref[1:], outer, &m)
	case len(ref) > 1 && ref[0] == '-':
		complete, err = c.end(ref[1:])
		return complete, true, err
	}
	return nil, false, fmt.Errorf("%w: BATCH %q neither begins nor ends one", ErrBatch, ref)
}

// Open returns how many batches are not complete.
func (c *Collector) Open() int { return len(c.open) }

func (c *Collector) begin(ref string, outer *openBatch, m *Message) error {
	most := c.MaxOpen
	if most == 0 {
		most = 16
	}
	switch {
	case c.open[ref] != nil:
		return fmt.Errorf("%w: batch %q begins twice", ErrBatch, ref)
	case len(c.open) >= most:
		return fmt.Errorf("%w: more than %d at a time", ErrBatch, most)
	case len(m.Params) < 2:
		return fmt.Errorf("%w: batch %q has no type", ErrBatch, ref)
	}
	if c.open == nil {
		c.open = make(map[string]*openBatch)
	}
	b := &openBatch{Batch: Batch{Type: m.Params[1], Params: m.Params[2:], Tags: m.Tags}, outer: outer}
	if err := c.count(b, m); err != nil { // empty batches inside one take room as well
		return err
	}
	c.open[ref] = b
	return nil
}

func (c *Collector) put(b *openBatch, m Message) error {
	if err := c.count(b, &m); err != nil {
		return err
	}
	b.Messages = append(b.Messages, m)
	return nil
}

// count takes room for a message.
func (c *Collector) count(b *openBatch, m *Message) error {
	messages, bytes := c.MaxMessages, c.MaxBytes
	if messages == 0 {
		messages = 2000
	}
	if bytes == 0 {
		bytes = 4 << 20
	}
	size := m.memory()
	if c.messages+1 > messages || c.bytes+size > bytes {
		return fmt.Errorf("%w: more than %d messages or %d bytes in them", ErrBatch, messages, bytes)
	}
	b.messages, b.bytes = b.messages+1, b.bytes+size
	c.messages, c.bytes = c.messages+1, c.bytes+size
	return nil
}

func (c *Collector) end(ref string) (*Batch, error) {
	b := c.open[ref]
	if b == nil {
		return nil, fmt.Errorf("%w: batch %q ends and is not open", ErrBatch, ref)
	}
	for _, other := range c.open {
		if other.outer == b {
			return nil, fmt.Errorf("%w: batch %q ends before one inside it", ErrBatch, ref)
		}
	}
	delete(c.open, ref)
	if b.outer != nil {
		b.outer.Inner = append(b.outer.Inner, &b.Batch)
		b.outer.messages += b.messages
		b.outer.bytes += b.bytes
		return nil, nil
	}
	c.messages -= b.messages
	c.bytes -= b.bytes
	return &b.Batch, nil
}

// memory returns about how many bytes a message occupies.
func (m *Message) memory() int {
	n := 128 + len(m.Source) + len(m.Command)
	for _, p := range m.Params {
		n += 16 + len(p)
	}
	for _, t := range m.Tags {
		n += 32 + len(t.Key) + len(t.Value)
	}
	return n
}

// BatchStart returns the message that begins a batch.
func BatchStart(source, ref, kind string, params ...string) Message {
	return New(source, "BATCH", append([]string{"+" + ref, kind}, params...)...)
}

// BatchEnd returns the message that ends a batch.
func BatchEnd(source, ref string) Message { return New(source, "BATCH", "-"+ref) }

// Labelled returns the answer to a command that bore a label (IRCv3
// labeled-response): one message with the label, several in a batch with it, ACK for
// none. ref is the batch's name and has to be one that is not open.
func Labelled(source, label, ref string, answer []Message) []Message {
	switch len(answer) {
	case 0:
		ack := New(source, "ACK")
		ack.Tags.Set("label", label)
		return []Message{ack}
	case 1:
		answer[0].Tags = append(Tags{{"label", label}}, answer[0].Tags...)
		return answer
	}
	if first, last := &answer[0], &answer[len(answer)-1]; first.Command == "BATCH" && last.Command == "BATCH" &&
		len(first.Param(0)) > 1 && last.Param(0) == "-"+first.Param(0)[1:] { // one batch already
		first.Tags = append(Tags{{"label", label}}, first.Tags...)
		return answer
	}
	start := BatchStart(source, ref, "labeled-response")
	start.Tags.Set("label", label)
	out := append(make([]Message, 0, len(answer)+2), start)
	for _, m := range answer {
		if _, inner := m.Tags.Get("batch"); !inner { // of a batch inside: its beginning bears ours
			m.Tags = append(Tags{{"batch", ref}}, m.Tags...)
		}
		out = append(out, m)
	}
	return append(out, BatchEnd(source, ref))
}
