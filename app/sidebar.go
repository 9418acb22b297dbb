package app

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/app/people"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	// searchDelay is how long typing must rest before messages are searched.
	searchDelay = 150 * time.Millisecond
	// mostFound is how many messages a search shows.
	mostFound = 50
)

// sidebar is the left side: oneself and the network, the search box, the list.
type sidebar struct {
	me      *avatar.Avatar
	name    *kit.Line
	network *kit.Line
	search  *kit.Field
	clear   *kit.Button
	list    *people.List
	nobody  *kit.Prose
	object  fyne.CanvasObject
}

func newSidebar(w *window) *sidebar {
	s := &sidebar{
		me:      avatar.New(theme.AvatarSize),
		name:    kit.NewLine(theme.TextSize, fyne.TextStyle{Bold: true}, fynetheme.ColorNameForeground),
		network: kit.NewLine(theme.CaptionSize, fyne.TextStyle{}, fynetheme.ColorNamePlaceHolder),
		search:  kit.NewField("Search"),
		list:    people.NewList(),
		nobody:  kit.NewProse("").Sized(theme.NameSize).Muted().Centered(),
	}
	s.search.SetIcon(fynetheme.SearchIcon())
	s.clear = kit.NewQuietButton("", fynetheme.CancelIcon(), func() { s.search.SetText("") })
	s.clear.Hide()
	s.search.ActionItem = s.clear
	s.search.OnChanged = w.searched
	s.search.OnKey = w.searchKey
	s.search.OnSubmitted = func(string) { w.searchEntered() }
	s.list.OnSelected = func(key string) { w.openRow(key) }
	s.list.OnEntered = w.focusComposer
	s.list.OnTyped = w.typeAnywhere
	s.list.OnFold = w.fold
	s.list.OnMenu = func(key string, at fyne.Position) {
		var id chat.ConversationID
		if id.UnmarshalText([]byte(key)) == nil {
			w.showMenuOf(id, at)
		}
	}
	var add *kit.Button
	add = kit.NewQuietButton("", fynetheme.ContentAddIcon(), func() { w.showAddMenu(add) })
	top := container.New(kit.Row{Gap: 4, Grow: 1},
		container.New(kit.Inset{Right: 7}, s.me),
		container.New(kit.Stack{Gaps: []float32{0}}, s.name, s.network),
		add, kit.NewQuietButton("", fynetheme.SettingsIcon(), w.showSettings))
	head := container.New(kit.Stack{Gaps: []float32{10, 6}},
		container.New(kit.Inset{Top: 9, Right: 8, Left: 16}, top),
		container.New(kit.Inset{Right: 12, Left: 12}, s.search))
	foot := container.New(kit.Inset{Top: 5, Right: 8, Bottom: 5, Left: 8}, kit.NewLink("Can't see someone?", w.sheets.Doctor))
	list := container.NewStack(s.list, container.New(kit.Inset{Top: 28, Left: 24, Right: 24}, container.New(kit.Stack{}, s.nobody)))
	s.object = kit.NewPanel(theme.ColorSidebar, kit.Inset{}, container.NewBorder(head, foot, nil, nil, list))
	return s
}

// show brings the upper part up to date.
func (s *sidebar) show(m *model.Model) {
	s.me.Set(m.Self.ID.String(), m.Self.Name)
	s.name.SetText(m.Self.Name)
	tone := fynetheme.ColorNamePlaceHolder
	if len(m.Cards()) == 0 {
		tone = fynetheme.ColorNameWarning
	}
	s.network.Set(m.NetworkLine(), tone)
}

// refreshList computes the rows afresh.
func (w *window) refreshList() {
	s := w.left
	rows := w.model.Rows(model.View{
		Words:  s.search.Text,
		Found:  w.found,
		Folded: w.folded,
		Open:   w.shown,
		Drafts: w.drafts.text,
		Now:    w.cfg.now(),
	})
	s.list.SetRows(rows)
	switch {
	case len(rows) > 0:
		s.nobody.SetText("")
	case strings.TrimSpace(s.search.Text) != "":
		s.nobody.SetText("Nobody and nothing found.")
	default:
		s.nobody.SetText("People on your network show up here by themselves.")
	}
	s.nobody.Hidden = len(rows) > 0
	s.nobody.Refresh()
}

// searched says that the words in the search box changed.
func (w *window) searched(words string) {
	w.left.clear.Hidden = words == ""
	w.left.clear.Refresh()
	if w.searchTimer != nil {
		w.searchTimer.Stop()
	}
	if len([]rune(strings.TrimSpace(words))) < 2 {
		w.found = nil
	} else {
		w.searchTimer = time.AfterFunc(searchDelay, func() { w.do(func() { w.searchMessages(words) }) })
	}
	w.refreshList()
}

func (w *window) searchMessages(words string) {
	w.ask(func(ctx context.Context) func() {
		found, err := w.core.Search(ctx, words, mostFound)
		return func() {
			if w.left.search.Text != words {
				return // typed on meanwhile
			}
			w.found = found
			if err != nil {
				w.found = nil
				w.report(err)
			}
			w.refreshList()
		}
	})
}

// searchKey moves through the list while the words are being typed.
func (w *window) searchKey(key fyne.KeyName) {
	switch key {
	case fyne.KeyEscape:
		w.left.search.SetText("")
		w.focusComposer()
	case fyne.KeyDown:
		w.left.list.Step(1)
	case fyne.KeyUp:
		w.left.list.Step(-1)
	}
}

// searchEntered opens the first row, unless one was chosen already.
func (w *window) searchEntered() {
	list := w.left.list
	chosen := false
	for _, r := range list.Rows() {
		chosen = chosen || r.Key == list.Selected()
	}
	if !chosen {
		list.Step(1)
	}
	w.focusComposer()
}

func (w *window) foundMessage(key string) (chat.Message, bool) {
	id, ok := strings.CutPrefix(key, model.FoundPrefix)
	if ok {
		for _, m := range w.found {
			if m.ID.String() == id {
				return m, true
			}
		}
	}
	return chat.Message{}, false
}

func (w *window) fold(key string) {
	w.folded[key] = !w.folded[key]
	w.refreshList()
}

// step opens the conversation above or below in the list.
func (w *window) step(by int) { w.left.list.Step(by) }

// showAddMenu offers the ways to reach somebody who is not in the list.
func (w *window) showAddMenu(from *kit.Button) {
	menu := widget.NewPopUpMenu(fyne.NewMenu("",
		fyne.NewMenuItem("New group…", w.sheets.NewGroup),
		fyne.NewMenuItem("Join a room…", w.joinRoom),
		fyne.NewMenuItem("Connect to an address…", w.sheets.Connect),
		fyne.NewMenuItem("Talk to a raw UDP address…", w.sheets.RawUDP),
	), w.win.Canvas())
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(from)
	menu.ShowAtPosition(at.AddXY(0, from.Size().Height))
}
