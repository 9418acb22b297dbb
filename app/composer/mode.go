package composer

import (
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// State is all that was typed and what it is for; its owner keeps it while
// another conversation is open.
type State struct {
	Draft     string        // the text, or what it was before editing began
	Answering *chat.Message // what the draft answers, if anything
	Editing   *chat.Message // the message that is edited, if any
	Edit      string        // its text, as it stands in the box

	unfinished map[chat.MessageID]string
}

// draft is what is in the box, with what was said about a paste.
type draft struct {
	text string
	pasted
}

// pasted is what is said about a paste that was too long.
type pasted struct {
	note string
	rest string // what it left out
}

// State returns what was typed.
func (c *Composer) State() State {
	s := State{Draft: c.Draft(), Answering: c.answering, Editing: c.editing, unfinished: c.unfinished}
	if c.editing != nil {
		s.Edit = c.box.Text
	}
	return s
}

// SetState replaces everything that was typed.
func (c *Composer) SetState(s State) {
	c.Left()
	c.pending = false
	c.err, c.pasted, c.draft = nil, pasted{}, draft{}
	c.answering, c.editing, c.unfinished = s.Answering, s.Editing, s.unfinished
	text := s.Draft
	if c.editing != nil {
		c.draft.text, text = s.Draft, s.Edit
	}
	c.put(text)
}

// Draft returns the text that is not sent, also while a message is edited.
func (c *Composer) Draft() string {
	if c.editing != nil {
		return c.draft.text
	}
	return c.box.Text
}

// Answer makes the draft an answer to a message.
func (c *Composer) Answer(m chat.Message) {
	c.pending = false // an Enter that was typed before did not mean this
	if c.editing != nil {
		c.putAside()
		c.endEdit()
	}
	c.answering = &m
	c.update()
	c.focus()
}

// Edit puts the text of a message into the box, to be changed. The draft comes
// back afterwards.
func (c *Composer) Edit(m chat.Message) {
	c.pending = false
	if c.editing != nil {
		c.putAside()
	} else {
		c.draft = draft{c.box.Text, c.pasted}
	}
	text := m.Text
	if unfinished, ok := c.unfinished[m.ID]; ok {
		text = unfinished
		delete(c.unfinished, m.ID)
	}
	c.editing = &m
	c.err, c.pasted = nil, pasted{}
	c.put(text)
	c.focus()
}

// CancelMode ends editing, else answering. The draft stays.
func (c *Composer) CancelMode() {
	if c.editing != nil {
		c.endEdit()
	} else {
		c.answering = nil
		c.update()
	}
	c.focus()
}

// sendEdit hands the text of an edited message to the owner.
func (c *Composer) sendEdit(text string) {
	if text != strings.TrimSpace(c.editing.Text) {
		if c.OnEdit == nil {
			return
		}
		if err := c.OnEdit(*c.editing, text); err != nil {
			c.SetError(err)
			return
		}
	}
	c.endEdit()
}

// endEdit brings the draft back.
func (c *Composer) endEdit() {
	c.Left()
	c.pending = false
	c.editing, c.err = nil, nil
	c.pasted = c.draft.pasted
	text := c.draft.text
	c.draft = draft{}
	c.put(text)
}

// putAside keeps an edit that is not finished for when its message is edited
// again.
func (c *Composer) putAside() {
	if c.box.Text == c.editing.Text {
		return
	}
	if c.unfinished == nil {
		c.unfinished = make(map[chat.MessageID]string)
	}
	c.unfinished[c.editing.ID] = c.box.Text
}

// put replaces what is in the box.
func (c *Composer) put(text string) {
	c.box.replace(text)
	c.dismiss()
	c.update()
}

// Left says that nobody types any more, if it was said that somebody does.
func (c *Composer) Left() {
	if c.typing {
		c.typing = false
		if c.OnTyping != nil {
			c.OnTyping(false)
		}
	}
}

// typed says that a key left text in the box, or none. A command is nobody else's
// business.
func (c *Composer) typed(text string) {
	if strings.TrimSpace(text) == "" || c.isCommand() {
		c.Left()
		return
	}
	c.typing = true
	if c.OnTyping != nil {
		c.OnTyping(true)
	}
}
