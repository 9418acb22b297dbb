package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/app/chatlog"
	"github.com/parlance-chat/parlance/app/composer"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/model"
	"github.com/parlance-chat/parlance/app/notify"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/rooms"
	"github.com/parlance-chat/parlance/app/sheets"
	"github.com/parlance-chat/parlance/app/tasks"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// window is the one window and all it holds. Everything in it belongs to the UI
// goroutine.
type window struct {
	app      fyne.App
	win      fyne.Window
	cfg      Config
	core     Core
	do       func(func()) // runs a function on the UI goroutine, later
	tasks    *tasks.Tasks
	model    *model.Model
	drafts   *drafts
	notifier notifier
	sheets   *sheets.Sheets
	rooms    *rooms.Rooms

	firstRun *sheets.FirstRun
	left     *sidebar
	talk     *talk  // nil until a conversation is opened
	empty    *empty // nil until there is nothing else to show
	blank    fyne.CanvasObject
	main     fyne.CanvasObject // sidebar and stage
	stage    *fyne.Container   // empty or talk

	loaded      bool                // the first snapshot came
	shown       chat.ConversationID // the open conversation; zero: none
	failed      map[chat.ConversationID]error
	folded      map[string]bool                        // headings of the list
	learning    map[chat.ConversationID]bool           // asked for; true: to be asked for again
	unfinished  map[chat.ConversationID]composer.State // of those not open: answers and edits begun
	places      map[chat.ConversationID]chatlog.Place  // of those not open: where they were left
	tallies     []chat.MessageID                       // own messages whose tallies changed
	counting    bool                                   // tallies are being asked for
	counted     map[chat.ConversationID]bool           // members asked for; true: to be asked for again
	asking      bool                                   // how conversations on servers stand
	askAgain    bool                                   // likewise, and once more
	typingTimer *time.Timer                            // until somebody is believed to have stopped
	doubles     map[string]bool                        // addresses of machines with the same identity
	renew       func()                                 // gives this device another identity; nil: cannot
	found       []chat.Message
	searchTimer *time.Timer
	focused     bool // the window has the keyboard
	notifying   bool
	scale       string
}

// notifier is what the window uses of notify.Notifier.
type notifier interface {
	Show(notify.Notification)
	Close()
}

// newWindow fills win.
func newWindow(a fyne.App, win fyne.Window, cfg Config) *window {
	t := tasks.New(cfg.do)
	w := &window{
		app:        a,
		win:        win,
		cfg:        cfg,
		core:       cfg.Core,
		do:         t.Do,
		tasks:      t,
		model:      model.New(),
		drafts:     newDrafts(t, cfg.Core),
		failed:     make(map[chat.ConversationID]error),
		folded:     map[string]bool{model.HeadBlocked: true, model.HeadClosed: true},
		unfinished: make(map[chat.ConversationID]composer.State),
		places:     make(map[chat.ConversationID]chatlog.Place),
		counted:    make(map[chat.ConversationID]bool),
		doubles:    make(map[string]bool),
		learning:   make(map[chat.ConversationID]bool),
		notifying:  cfg.Core.Setting(settingNotifications) != "off",
		scale:      cfg.Core.Setting(settingScale),
	}
	if w.scale == "" {
		w.scale = sheets.Scales[0]
	}
	w.notifier = cfg.notifier
	if w.notifier == nil {
		w.notifier = notify.New(notify.Config{
			Program: program, AppID: appID, Do: t.Do,
			Send: func(title, body string) { a.SendNotification(fyne.NewNotification(title, body)) },
		})
	}
	w.sheets = sheets.New(host{w}, cfg.Core, w.model, cfg.Version)
	w.rooms = rooms.New(host{w}, cfg.Core, w.model, w.sheets)
	w.left = newSidebar(w)
	w.stage = container.NewStack()
	w.blank = kit.NewPanel(theme.ColorPane, kit.Inset{}, nil)
	w.main = container.New(split{}, w.left.object, kit.NewRule(), w.stage)
	w.model.Self = cfg.Core.Self()
	w.model.Interfaces = cfg.Core.Interfaces()

	w.win.SetPadded(false)
	w.win.SetMainMenu(w.menu())
	w.win.Resize(parseSize(cfg.Core.Setting(settingWindow)))
	w.win.SetMaster()
	w.win.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { w.sheets.Escape(e.Name) })
	w.win.Canvas().SetOnTypedRune(w.typeAnywhere)
	w.refresh()
	return w
}

// start begins to load and to listen.
func (w *window) start() {
	events, end := w.core.Subscribe() // before loading, so that nothing falls between
	w.tasks.Read(func(ctx context.Context) {
		defer end()
		tasks.Pump(ctx, events, w.do, w.apply)
	})
	w.reload()
	if address := w.core.SharedIdentity(); address != "" {
		w.shared(address)
	}
	for _, n := range w.core.Notices() {
		w.sheets.Say(n.Text)
	}
	for _, text := range w.cfg.Notices {
		w.sheets.Say(text)
	}
}

// rest stores what is not stored yet. Nothing may be typed after it.
func (w *window) rest() {
	size := w.win.Canvas().Size()
	if size.Width > 0 {
		w.saveSetting(settingWindow, formatSize(size))
	}
	if w.typingTimer != nil {
		w.typingTimer.Stop()
	}
	if w.talk != nil {
		w.talk.composer.Left()
	}
	w.drafts.flush()
}

// end ends all that was started, once rest was called.
func (w *window) end() {
	w.tasks.Close()
	if w.talk != nil {
		w.talk.log.Close()
	}
	w.notifier.Close()
}

// ask runs question beside the UI and what it returns on the UI goroutine.
func (w *window) ask(question func(context.Context) func()) {
	w.tasks.Read(func(ctx context.Context) {
		if answer := question(ctx); answer != nil && ctx.Err() == nil {
			w.do(answer)
		}
	})
}

// reload asks the core for everything afresh.
func (w *window) reload() {
	w.ask(func(ctx context.Context) func() {
		s, err := model.Load(ctx, w.core)
		return func() {
			w.report(err)
			w.model.Replace(s)
			for _, c := range s.Conversations {
				w.drafts.loaded(c)
			}
			if !w.loaded {
				w.loaded = true
				w.openLast()
			}
			w.refresh()
		}
	})
}

// openLast opens the conversation that was open when the program ended.
func (w *window) openLast() {
	var id chat.ConversationID
	if id.UnmarshalText([]byte(w.core.Setting(settingConversation))) != nil {
		return
	}
	if c, ok := w.model.Conversations[id]; ok {
		if p, isPeer := w.model.PeerOf(c); !isPeer || p.Trust != chat.Blocked {
			w.open(id)
			w.focusComposer()
		}
	}
}

// apply takes in a frame's events and shows what they changed.
func (w *window) apply(events []chat.Event) {
	var fresh []chat.Message // of the open conversation, not yet in the log
	arrived := make(map[chat.ConversationID][]chat.Message)
	for _, ev := range events {
		for _, id := range w.model.Apply(ev, w.cfg.now()) {
			w.learn(id)
		}
		switch ev := ev.(type) {
		case chat.Lagged:
			if w.talk != nil {
				w.talk.log.Reload()
			}
			w.reload()
		case chat.Notice:
			switch {
			case !ev.Conversation.IsZero(): // which shows it
			case ev.Fingerprint != "":
				w.rooms.Certificate(ev)
			default:
				w.sheets.Say(ev.Text)
			}
		case chat.IdentityShared:
			w.shared(ev.Address)
		case chat.MessagesAdded:
			for _, m := range ev.Messages {
				arrived[m.Conversation] = append(arrived[m.Conversation], m)
				if m.Conversation == w.shown {
					fresh = append(fresh, m)
				}
			}
		default:
			// The log has to know a message before it hears more of it.
			if len(fresh) > 0 {
				w.talk.log.Append(fresh)
				fresh = nil
			}
			w.follow(ev)
		}
		w.sheets.Apply(ev)
	}
	if len(fresh) > 0 {
		w.talk.log.Append(fresh)
	}
	for id, messages := range arrived {
		if id == w.shown {
			w.showTyping() // who wrote has stopped
		}
		w.announce(id, messages)
	}
	w.refresh()
	w.markSeen()
}

// shared says that another machine has this device's identity, once of each.
func (w *window) shared(address string) {
	if !w.doubles[address] {
		w.doubles[address] = true
		w.sheets.SharedIdentity(address, w.renew)
	}
}

// learn asks for a conversation that an event spoke of, once at a time.
func (w *window) learn(id chat.ConversationID) {
	if _, asked := w.learning[id]; asked {
		w.learning[id] = true // and once more
		return
	}
	w.learning[id] = false
	// Among the writes, so that the answer is no older than the last MarkSeen.
	w.tasks.Write(func(ctx context.Context) {
		c, err := w.core.Conversation(ctx, id)
		w.do(func() {
			again := w.learning[id]
			delete(w.learning, id)
			if again {
				w.learn(id)
			}
			if err != nil {
				return // gone again; the next event will say
			}
			w.model.Apply(chat.ConversationChanged{Conversation: c}, w.cfg.now())
			if _, known := w.model.Rooms[id]; c.Kind == chat.Room && !known {
				w.learnRooms()
			}
			w.refresh()
			w.markSeen()
		})
	})
}

// refresh shows what the model says now.
func (w *window) refresh() {
	title := program
	if n := w.model.Unread(); n > 0 {
		title = fmt.Sprintf("(%d) %s", n, program)
	}
	if w.win.Title() != title {
		w.win.SetTitle(title)
	}
	if !w.model.Self.Named {
		if w.firstRun == nil {
			w.firstRun = sheets.NewFirstRun(sheets.GuessName(), w.nameSelf)
			w.win.SetContent(w.firstRun.Object)
			w.win.Canvas().Focus(w.firstRun.Name)
			w.firstRun.Name.SelectAll()
		}
		w.firstRun.Show(w.model)
		return
	}
	if w.firstRun != nil || w.win.Content() != w.main {
		w.firstRun = nil
		w.win.SetContent(w.main)
	}
	w.left.show(w.model)
	w.refreshList()
	var side fyne.CanvasObject
	if c, ok := w.model.Conversation(w.shown); ok {
		w.showTalk(c)
		side = w.talk.object
	} else if !w.loaded {
		side = w.blank // for the few milliseconds until it is known what to show
	} else {
		if w.empty == nil {
			w.empty = newEmpty(w.sheets.Connect, w.sheets.RawUDP, w.sheets.Doctor, w.joinRoom)
		}
		w.empty.show(w.model.Outlook())
		side = w.empty.object
	}
	if len(w.stage.Objects) != 1 || w.stage.Objects[0] != side {
		w.stage.Objects = []fyne.CanvasObject{side}
		w.stage.Refresh()
	}
}

// setFocused says whether the window has the keyboard.
func (w *window) setFocused(on bool) {
	w.focused = on
	if on {
		w.markSeen()
	}
}

// front brings the window before all others.
func (w *window) front() {
	w.win.Show()
	w.win.RequestFocus()
}

// report shows an error of something that was asked for in passing.
func (w *window) report(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	w.do(func() { w.sheets.Say(phrase.Sentence(err)) })
}

// typeAnywhere puts what is typed with nothing focused into the box.
func (w *window) typeAnywhere(r rune) {
	if w.sheets.Shown() == nil && w.firstRun == nil && !w.shown.IsZero() {
		w.focusComposer()
		w.talk.composer.Insert(string(r))
	}
}

// split is the layout of the window: the list, a hairline, the rest.
type split struct{}

const (
	leastList, mostList float32 = 250, 340
	leastStage          float32 = 340
)

// MinSize implements fyne.Layout.
func (split) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(leastList+1+leastStage, 400)
}

// Layout implements fyne.Layout.
func (split) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	list := min(max(size.Width*0.3, leastList), mostList)
	objects[0].Resize(fyne.NewSize(list, size.Height))
	objects[1].Move(fyne.NewPos(list, 0))
	objects[1].Resize(fyne.NewSize(1, size.Height))
	objects[2].Move(fyne.NewPos(list+1, 0))
	objects[2].Resize(fyne.NewSize(size.Width-list-1, size.Height))
}

// mode is the theme that is shown now.
func (w *window) mode() theme.Mode {
	if t, ok := w.app.Settings().Theme().(*theme.Theme); ok && t.Mode() != "" {
		return t.Mode()
	}
	return theme.System
}

func formatSize(s fyne.Size) string { return fmt.Sprintf("%.0fx%.0f", s.Width, s.Height) }

func parseSize(s string) fyne.Size {
	size := fyne.NewSize(1080, 720)
	var width, height float32
	if n, _ := fmt.Sscanf(s, "%fx%f", &width, &height); n == 2 && width >= 400 && height >= 300 && width < 10000 && height < 10000 {
		size = fyne.NewSize(width, height)
	}
	return size
}

// watch brings the window to the front whenever another process asks for it.
func (w *window) watch(show <-chan struct{}) {
	w.tasks.Read(func(ctx context.Context) {
		for {
			select {
			case <-ctx.Done():
				return
			case <-show:
				w.do(w.front)
			}
		}
	})
}
