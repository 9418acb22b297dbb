package core

import (
	"strconv"
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

const (
	multilineBatch = "draft/multiline"
	concatTag      = "draft/multiline-concat"
	refCharacters  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
)

// collecting is a batch that a client has begun to send.
type collecting struct {
	ref    string
	target string
	tags   irc.Tags
	label  string
	kind   string // PRIVMSG or NOTICE
	parts  []Part
	bytes  int
	text   bool // a line is not blank
	failed bool // an error was told: what still comes is passed over
}

// BATCH begins or ends a message of several lines (IRCv3 draft/multiline).
func runBatch(x *call) {
	ref := x.m.Params[0]
	c := x.c
	switch {
	case ref[0] == '+' && c.collecting != nil:
		x.multilineFail("MULTILINE_INVALID", nil, "One batch at a time")
	case ref[0] == '+':
		c.collecting = &collecting{ref: ref[1:], target: x.m.Param(2), tags: x.m.Tags.ClientOnly()}
		x.beginBatch()
	case len(ref) > 1 && ref[0] == '-' && c.collecting != nil && c.collecting.ref == ref[1:]:
		b := c.collecting
		c.collecting = nil
		if x.j.label == "" {
			x.j.label = b.label
		}
		x.multiline(b)
	default:
		x.multilineFail("MULTILINE_INVALID", nil, "Unknown batch")
	}
}

// beginBatch looks whether a batch can be taken; the lines of one that cannot
// are passed over until its end.
func (x *call) beginBatch() {
	b, kind := x.c.collecting, x.m.Param(1)
	switch {
	case b.ref == "" || strings.Trim(b.ref, refCharacters) != "":
		x.multilineFail("INVALID_REFTAG", []string{b.ref}, "A reference tag has letters, digits and hyphens only")
	case kind != multilineBatch || !x.c.caps.has(capMultiline|capBatch):
		x.multilineFail("UNKNOWN_TYPE", []string{b.ref, kind}, "This type of batch is not known, or was not negotiated")
	case b.target == "":
		x.multilineFail("MULTILINE_INVALID", nil, "The batch has no target")
	case x.j.label != "": // the answer comes with the end of the batch
		b.label, x.j.label = x.j.label, ""
	}
}

func (x *call) multilineFail(code string, context []string, text string) {
	if x.c.collecting != nil {
		x.c.collecting.failed = true
	}
	x.fail("BATCH", code, context, text)
}

// collect takes a line of a batch.
func (x *call) collect(ref string) {
	b := x.c.collecting
	_, concat := x.m.Tags.Get(concatTag)
	lim := &x.s.lim
	switch {
	case x.tried != nil:
		*x.tried = true
	case b == nil || b.ref != ref:
		x.multilineFail("MULTILINE_INVALID", nil, "Unknown batch")
	case b.failed:
	case x.m.Command != "PRIVMSG" && x.m.Command != "NOTICE" || len(x.m.Params) < 2 || b.kind != "" && b.kind != x.m.Command:
		x.multilineFail("MULTILINE_INVALID", nil, "A batch holds only PRIVMSG, or only NOTICE")
	case fold(x.m.Params[0]) != fold(b.target):
		x.multilineFail("MULTILINE_INVALID_TARGET", []string{b.target, x.m.Params[0]}, "The target is not that of the batch")
	case concat && (x.m.Params[1] == "" || len(b.parts) == 0):
		x.multilineFail("MULTILINE_INVALID", nil, "There is nothing to join")
	case len(b.parts) >= lim.MultilineLines:
		x.multilineFail("MULTILINE_MAX_LINES", []string{strconv.Itoa(lim.MultilineLines)}, "Too many lines")
	default:
		text := x.m.Params[1]
		b.bytes += len(text)
		if !concat && len(b.parts) > 0 {
			b.bytes++
		}
		if b.bytes > lim.MultilineBytes {
			x.multilineFail("MULTILINE_MAX_BYTES", []string{strconv.Itoa(lim.MultilineBytes)}, "Too many bytes")
			return
		}
		b.kind = x.m.Command
		b.text = b.text || text != ""
		b.parts = append(b.parts, Part{Text: strings.Clone(text), Concat: concat}) // or all of its line is kept
	}
}

// multiline sends what was collected.
func (x *call) multiline(b *collecting) {
	switch {
	case b.failed:
	case !b.text:
		x.multilineFail("MULTILINE_INVALID", nil, "There is no text")
	default:
		m := irc.Text("", b.kind, b.target, b.parts[0].Text)
		m.Tags = b.tags
		ev := x.message(m)
		ev.Parts = b.parts
		x.append(ev)
	}
}
