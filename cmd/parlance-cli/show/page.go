package show

import (
	"html/template"
	"iter"
	"time"

	"github.com/parlance-chat/parlance/netcore/control"
)

// Page writes a conversation as a page of HTML that stands alone, message by
// message.
func Page(out *Printer, with control.Conversation, self control.Self, all iter.Seq2[control.Placed, error]) error {
	v := Of(self)
	write := func(name string, data any) error {
		if out.Err == nil {
			out.Begun = true
			out.Err = page.ExecuteTemplate(out.W, name, data)
		}
		return out.Err
	}
	if err := write("head", map[string]any{
		"Title": Single(with.Title), "Kind": with.Kind, "Self": Single(self.Name), "At": time.Now().Format(day + ", " + clock),
	}); err != nil {
		return err
	}
	last := ""
	for m, err := range all {
		if err != nil {
			return err
		}
		if d := m.Sent.Local().Format(day); d != last {
			last = d
			if err := write("day", d); err != nil {
				return err
			}
		}
		if err := write("message", v.onPage(m.Message)); err != nil {
			return err
		}
	}
	return write("foot", nil)
}

// onPage is what the template says of a message.
func (v Viewer) onPage(m control.Message) map[string]any {
	data := map[string]any{
		"Own": m.Own(), "From": Single(m.From.Name), "Notes": Notes(m, true), "Text": Clean(m.Text),
		"At": m.Sent.Local().Format(clock), "Exact": m.Sent.Format(time.RFC3339Nano),
	}
	if m.Change != nil {
		data["Change"] = v.Sentence(m)
	}
	if m.Answers != nil {
		data["Quote"] = Excerpt(v.quote(*m.Answers), 100)
	}
	if len(m.Reactions) > 0 {
		data["Reactions"] = v.reactions(m)
	}
	return data
}

var page = template.Must(template.New("").Parse(`
{{- define "head"}}<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; color: #222; background: #fff }
h2 { font-size: 1em; text-align: center; color: #777; margin: 2em 0 1em }
p { margin: .5em 0; white-space: pre-wrap; overflow-wrap: anywhere }
b { color: #26547c } .own b { color: #3a7d44 } small { color: #777 } .change { color: #777; text-align: center }
q { display: block; quotes: none; color: #777; border-left: .2em solid; padding-left: .5em }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #1b1b1b } b { color: #8ab6d9 } .own b { color: #8fd19e } }
</style>
<h1>{{.Title}}</h1>
<small>A {{.Kind}} conversation, as {{.Self}} had it on {{.At}}.</small>
{{end}}
{{- define "day"}}<h2>{{.}}</h2>
{{end}}
{{- define "message"}}{{if .Change}}<p class="change"><time datetime="{{.Exact}}">{{.At}}</time> {{.Change}}</p>
{{else}}<p{{if .Own}} class="own"{{end}}><b>{{.From}}</b> <small><time datetime="{{.Exact}}">{{.At}}</time>{{.Notes}}</small>
{{with .Quote}}<q>{{.}}</q>{{end}}{{.Text}}{{with .Reactions}}
<small>{{.}}</small>{{end}}</p>
{{end}}{{end}}
{{- define "foot"}}</html>
{{end}}`))
