package composer

import (
	"strings"
	"unicode"
)

// Command is something that a text which begins with a slash may ask for.
type Command struct {
	Name   string // without the slash
	Params string // such as "nick [why]"; may be empty
	Does   string // in a few words
}

func (c Command) usage() string { return strings.TrimSpace("/" + c.Name + " " + c.Params) }

// SetCommands sets the commands that are offered after a slash at the beginning;
// nil: a slash means nothing.
func (c *Composer) SetCommands(commands []Command) {
	c.commands = commands
	c.update()
}

// commandAt finds the command that is typed before a place in a text: what of it
// stands there. Two slashes begin a text that begins with one.
func (c *Composer) commandAt(text []rune, at int) (typed string, ok bool) {
	if len(c.commands) == 0 || c.editing != nil || at == 0 || text[0] != '/' || len(text) > 1 && text[1] == '/' {
		return "", false
	}
	for _, r := range text[:at] {
		if unicode.IsSpace(r) {
			return "", false
		}
	}
	return string(text[1:at]), true
}

// isCommand says whether the text in the box is a command.
func (c *Composer) isCommand() bool {
	text := []rune(c.box.Text)
	_, ok := c.commandAt(text, min(1, len(text)))
	return ok
}

// commandsFor returns the commands that begin with what was typed; none if that is
// one of them already.
func (c *Composer) commandsFor(typed string) []suggestion {
	var list []suggestion
	for _, known := range c.commands {
		if strings.EqualFold(known.Name, typed) {
			return nil
		}
		if len(known.Name) > len(typed) && strings.EqualFold(known.Name[:len(typed)], typed) {
			list = append(list, suggestion{"/" + known.Name, known.Does})
		}
	}
	return list
}

// completeCommand puts a command in for what was typed of it.
func (c *Composer) completeCommand(at int, name string) {
	put := name
	for _, known := range c.commands {
		if "/"+known.Name == name && known.Params != "" {
			put += " "
		}
	}
	c.box.exchange(at, put)
	c.dismiss()
	c.update()
	c.focus()
}

// commandHint says of a command that stands in the box what it takes and does, or
// that there is none of that name.
func (c *Composer) commandHint() string {
	text := []rune(c.box.Text)
	end := len(text)
	for i, r := range text {
		if unicode.IsSpace(r) {
			end = i
			break
		}
	}
	name, ok := c.commandAt(text, end)
	if !ok {
		return ""
	}
	for _, known := range c.commands {
		if strings.EqualFold(known.Name, name) {
			return known.usage() + " – " + known.Does
		}
	}
	if end < len(text) || len(c.commandsFor(name)) == 0 {
		return "There is no command /" + name + "; /help lists those there are. To send a text that begins with a slash, begin with two."
	}
	return ""
}
