package core

import "github.com/parlance-chat/parlance/netcore/irc"

// delivery brings a message to clients: one line, or several as a batch where
// a client knows such.
type delivery struct {
	x      *call
	target string
	ref    string // of the batch
	batch  []post // for who knows draft/multiline
	lines  []post // for all others
}

func (d *delivery) to(c *client, j *job) {
	if d.x.m.Command == "TAGMSG" && !c.caps.has(capMessageTags) {
		return
	}
	posts := &d.lines
	several := len(d.x.ev.Parts) > 0 && c.caps.has(capMultiline|capBatch)
	if several {
		posts = &d.batch
	}
	if *posts == nil {
		*posts = d.make(several)
	}
	for i := range *posts {
		d.x.s.post(&(*posts)[i], c, j)
	}
}

// make writes the event as a batch, or line by line.
func (d *delivery) make(batch bool) []post {
	x := d.x
	whole := x.from(x.u, irc.Message{})
	whole.id, whole.tags = x.ev.ID, x.m.Tags
	if batch && d.ref == "" {
		d.ref = x.s.batchRef()
	}
	ref := ""
	if batch {
		ref = d.ref
	}
	var posts []post
	for i, m := range lay(x.ev, x.u.source(), d.target, ref) {
		p := whole
		p.msg = m
		switch {
		case i > 0 && batch: // the tags of the batch hold for all of it
			p = post{msg: m, at: x.at, fixed: m.Tags}
		case i > 0: // what a client means for a message it means for all lines of it
			p.id = ""
		}
		posts = append(posts, p)
	}
	return posts
}

// lay writes a message event as the lines that bring it: with ref as a batch of
// draft/multiline, otherwise each line by itself, blank ones left out. Only the
// batch's own tags stand in them.
func lay(ev *Event, source, target, ref string) []irc.Message {
	command := ev.Message.Command
	if len(ev.Parts) == 0 {
		m := irc.Text(source, command, target)
		m.Trailing = len(ev.Message.Params) > 1
		m.Params = append(m.Params, ev.Message.Params[1:]...)
		return []irc.Message{m}
	}
	var lines []irc.Message
	if ref != "" {
		lines = append(lines, irc.BatchStart(source, ref, multilineBatch, target))
	}
	for _, part := range ev.Parts {
		m := irc.Text(source, command, target, part.Text)
		if ref != "" {
			m.Tags = irc.Tags{{Key: "batch", Value: ref}}
			if part.Concat {
				m.Tags = append(m.Tags, irc.Tag{Key: concatTag})
			}
		} else if part.Text == "" {
			continue
		}
		lines = append(lines, m)
	}
	if ref != "" {
		lines = append(lines, irc.BatchEnd(source, ref))
	}
	return lines
}
