package sheets

import (
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// picker lets choose among the people known.
type picker struct {
	s      *Sheets
	leave  map[identity.DeviceID]bool // not offered
	chosen []chat.Peer                // in the order of choosing
	filter *kit.Field
	count  *kit.Prose
	rows   *fyne.Container
	object fyne.CanvasObject
}

// newPicker returns a picker of all but some; enter is done at the Enter key when
// there is nothing to pick by it.
func (s *Sheets) newPicker(leave map[identity.DeviceID]bool, enter func()) *picker {
	p := &picker{s: s, leave: leave, count: kit.NewProse("").Sized(theme.NameSize).Muted(), rows: container.New(kit.Stack{})}
	p.filter = s.Field("Type a name to find people", func() {
		// Enter takes the only one who is left; of several it goes to the first.
		switch found := p.matching(); {
		case strings.TrimSpace(p.filter.Text) == "":
			enter()
		case len(found) == 1:
			p.toggle(found[0])
			p.filter.SetText("")
		case len(found) > 1:
			p.s.host.Canvas().Focus(p.rows.Objects[0].(*kit.Tap))
		}
	})
	p.filter.SetIcon(fynetheme.SearchIcon())
	p.filter.OnChanged = func(string) { p.show() }
	scroll := container.NewVScroll(p.rows)
	p.object = container.New(kit.Stack{Gaps: []float32{6, 6}}, p.filter, container.New(kit.Tall{Height: listHeight}, scroll), p.count)
	p.show()
	return p
}

// matching returns whom the words in the field name.
func (p *picker) matching() []chat.Peer {
	words := strings.Fields(strings.ToLower(p.filter.Text))
	var out []chat.Peer
	for _, peer := range p.s.model.Peers {
		switch {
		case p.leave[peer.ID], peer.ID == p.s.model.Self.ID, peer.Trust == chat.Blocked, peer.Trust == chat.Changed:
		case model.Has(words, peer.Name, peer.ID.String()):
			out = append(out, peer)
		}
	}
	byPresence(out)
	return out
}

func (p *picker) index(id identity.DeviceID) int {
	for i, c := range p.chosen {
		if c.ID == id {
			return i
		}
	}
	return -1
}

func (p *picker) toggle(peer chat.Peer) {
	if i := p.index(peer.ID); i >= 0 {
		p.chosen = append(p.chosen[:i:i], p.chosen[i+1:]...)
	} else {
		p.chosen = append(p.chosen, peer)
	}
	p.show()
}

// show lists who matches, and says who is chosen.
func (p *picker) show() {
	focused, _ := p.s.host.Canvas().Focused().(fyne.CanvasObject)
	at := slices.Index(p.rows.Objects, focused)
	p.rows.RemoveAll()
	found := p.matching()
	for i, peer := range found {
		if i == mostPeople {
			more := fmt.Sprintf("And %d more: type to find them.", len(found)-mostPeople)
			p.rows.Add(kit.NewProse(more).Sized(theme.NameSize).Muted())
			break
		}
		icon, tone := fynetheme.CheckButtonIcon(), fynetheme.ColorNameInputBorder
		if p.index(peer.ID) >= 0 {
			icon, tone = fynetheme.CheckButtonCheckedIcon(), fynetheme.ColorNamePrimary
		}
		p.rows.Add(person(peer, peer.Name, p.s.caption(peer), false,
			widget.NewIcon(fynetheme.NewColoredResource(icon, tone)), func() { p.toggle(peer) }))
	}
	if len(found) == 0 {
		text := "Nobody of that name is known here."
		if strings.TrimSpace(p.filter.Text) == "" {
			text = "Nobody has been seen on this network yet."
		}
		p.rows.Add(container.New(kit.Margin(8), kit.NewProse(text).Muted()))
	}
	p.count.SetText("Nobody chosen yet.")
	if len(p.chosen) > 0 {
		p.count.SetText("Chosen: " + phrase.Stopped(phrase.Listed(model.NamesOf(p.chosen), 6)))
	}
	p.rows.Refresh()
	if at >= 0 && at < len(found) { // who goes through the list by keys stays there
		p.s.host.Canvas().Focus(p.rows.Objects[at].(*kit.Tap))
	}
}

func (p *picker) ids() []identity.DeviceID {
	var out []identity.DeviceID
	for _, c := range p.chosen {
		out = append(out, c.ID)
	}
	return out
}
