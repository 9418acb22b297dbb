package app

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/apptest"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// fieldsIn returns the fields of a sheet, top down.
func fieldsIn(root fyne.CanvasObject) []*kit.Field {
	var out []*kit.Field
	walk(root, func(o fyne.CanvasObject) {
		if f, ok := o.(*kit.Field); ok {
			out = append(out, f)
		}
	})
	return out
}

func (h *harness) sheetSays(want string) {
	h.Helper()
	h.until("the sheet says "+want, func() bool { return h.sheet() != nil && strings.Contains(textIn(h.sheet()), want) })
}

func TestRawUDP(t *testing.T) {
	core := apptest.NewCore()
	core.AddCard("eth0", "10.0.0.5/24")
	h := show(t, core)
	h.sheets.RawUDP()
	h.sheetSays("10.0.0.5:12345")
	fields := fieldsIn(h.sheet())
	address, port := fields[0], fields[1]

	test.Tap(buttonIn(t, h.sheet(), "Talk"))
	h.sheetSays("Type the address of the other side")
	address.SetText("10.0.0.9")
	test.Tap(buttonIn(t, h.sheet(), "Talk"))
	h.sheetSays("needs an address and a port")
	address.SetText("10.0.0.9:5000")
	port.SetText("nonsense")
	test.Tap(buttonIn(t, h.sheet(), "Talk"))
	h.sheetSays("is no port")

	port.SetText("4000")
	h.sheetSays("10.0.0.5:4000")
	core.PlainErr = errors.New("port 4000 is taken by another program")
	test.Tap(buttonIn(t, h.sheet(), "Talk"))
	h.sheetSays("taken by another program")
	core.Lock()
	core.PlainErr = nil
	core.Unlock()
	address.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	h.until("the conversation opens", func() bool {
		return h.sheet() == nil && h.shown == chat.PlainID(netip.MustParseAddrPort("10.0.0.9:5000"))
	})
	h.asked("SetPlain true 4000")
	if !strings.Contains(h.talk.header.subtitle.Text(), "not encrypted, sender not known") {
		t.Errorf("the header says %q", h.talk.header.subtitle.Text())
	}
	if got := h.lines(); !slices.Equal(got, []string{"10.0.0.9:5000: Plain UDP"}) {
		t.Errorf("the list is %q", got)
	}
}

func TestRawUDPCopiesAddress(t *testing.T) {
	core := apptest.NewCore()
	core.AddCard("eth0", "10.0.0.5/24")
	h := show(t, core)
	h.sheets.RawUDP()
	h.sheetSays("10.0.0.5:12345")
	test.Tap(buttonIn(t, h.sheet(), "Copy"))
	if got := fyne.CurrentApp().Clipboard().Content(); got != "10.0.0.5:12345" {
		t.Errorf("copied %q", got)
	}
	fieldsIn(h.sheet())[0].TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if h.sheet() != nil {
		t.Error("Escape does not close the sheet")
	}
}

func TestConnect(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.New)
	core.ConnectErr = errors.New("nothing answers at 10.9.9.9:47475")
	h := show(t, core)
	h.sheets.Connect()
	test.Tap(buttonIn(t, h.sheet(), "Connect"))
	h.sheetSays("Type the address of the other computer")
	address := fieldsIn(h.sheet())[0]
	address.SetText("10.9.9.9")
	test.Tap(buttonIn(t, h.sheet(), "Connect"))
	h.sheetSays("Nothing answers at 10.9.9.9:47475.")
	core.Lock()
	core.ConnectErr = nil
	core.Unlock()
	test.Tap(buttonIn(t, h.sheet(), "Connect"))
	h.until("the conversation opens", func() bool { return h.sheet() == nil && h.shown == chat.DirectID(core.Me.ID, ada.ID) })
}

func TestDoctor(t *testing.T) {
	core := apptest.NewCore()
	core.Found = netcore.Report{Sentence: "Open port 47474.", Findings: []netcore.Finding{
		{Topic: "cards", State: netcore.Good, Text: "eth0 is up."},
		{Topic: "ports", State: netcore.Bad, Text: "The firewall drops 47474.", Advice: "Run ufw allow 47474."},
	}}
	h := show(t, core)
	h.sheets.Doctor()
	soon := fieldsIn(h.sheet())[0] // named before all has been looked at
	soon.SetText("Bob")
	soon.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	h.asked("DoctorFor Bob")
	h.sheets.Dismiss()

	h.sheets.Doctor()
	h.sheetSays("Open port 47474.")
	for _, want := range []string{"Cards", "eth0 is up.", "Ports", "The firewall drops 47474.", "Run ufw allow 47474."} {
		h.sheetSays(want)
	}
	test.Tap(buttonIn(t, h.sheet(), "Copy"))
	want := "Open port 47474.\n\n[good] cards: eth0 is up.\n\n[bad] ports: The firewall drops 47474.\n    Run ufw allow 47474.\n"
	if got := fyne.CurrentApp().Clipboard().Content(); got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
	core.Lock()
	core.Found.Sentence = "All is well."
	core.Unlock()
	test.Tap(buttonIn(t, h.sheet(), "Look"))
	h.sheetSays("All is well.")

	core.Lock()
	const verdict = "Ada's machine answers, its Parlance does not: start it there."
	core.Missing = netcore.Report{Sentence: verdict, Findings: []netcore.Finding{{Topic: "verdict", State: netcore.Bad, Text: verdict}}}
	core.Unlock()
	who := fieldsIn(h.sheet())[0]
	who.SetText(" Ada ")
	who.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	h.asked("DoctorFor Ada")
	h.sheetSays("start it there.")
	if text := textIn(h.sheet()); strings.Contains(text, "All is well.") || strings.Contains(text, "Verdict") {
		t.Errorf("what was found before is still there, or the same twice: %q", text)
	}
}

func TestSettings(t *testing.T) {
	core := apptest.NewCore()
	core.PlainNow = netcore.PlainStatus{Port: 12345}
	core.AddLobby(time.Hour)
	h := show(t, core)
	h.showSettings()
	h.until("the port is there", func() bool { return fieldsIn(h.sheet())[1].Text == "12345" })
	var choices []*kit.Select
	walk(h.sheet(), func(o fyne.CanvasObject) {
		if c, ok := o.(*kit.Select); ok {
			choices = append(choices, c)
		}
	})
	choices[0].SetSelected("Dark")
	if h.mode() != theme.Dark {
		t.Errorf("the theme is %s", h.mode())
	}
	choices[1].SetSelected("150 %")
	h.sheetSays("when Parlance is started again")
	h.check("Tell me about new messages while the window is in the background").SetChecked(false)
	h.check("Receive plain UDP texts on port").SetChecked(true)
	h.check("Tell others what I have read").SetChecked(false)
	h.check("Take part in “Everyone nearby”").SetChecked(false)
	fields := fieldsIn(h.sheet())
	fields[0].SetText("  ")
	test.Tap(buttonIn(t, h.sheet(), "Done"))
	h.sheetSays("Others need a name")
	fields[0].SetText("Ada")
	fields[1].SetText("0")
	test.Tap(buttonIn(t, h.sheet(), "Done"))
	h.sheetSays("is no port")
	fields[1].SetText("4000")
	test.Tap(buttonIn(t, h.sheet(), "Done"))
	h.until("the sheet closes", func() bool { return h.sheet() == nil })
	for _, call := range []string{"SetSetting theme=dark", "SetSetting scale=150", "SetSetting notifications=off", "SetName Ada", "SetPlain true 4000", "SetReadMarks false", "Leave"} {
		h.asked(call)
	}
	if h.left.name.Text() != "Ada" {
		t.Errorf("the window still calls me %q", h.left.name.Text())
	}
}

// What went wrong is in sight, also where the sheet is higher than the window.
func TestErrorInSight(t *testing.T) {
	h := show(t, apptest.NewCore())
	h.win.Resize(fyne.NewSize(700, 420))
	h.showSettings()
	fieldsIn(h.sheet())[0].SetText(" ")
	test.Tap(buttonIn(t, h.sheet(), "Done"))
	var at fyne.Position
	walk(h.sheet(), func(o fyne.CanvasObject) {
		if text, ok := o.(*canvas.Text); ok && strings.Contains(text.Text, "a name to call you by") {
			at = fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
		}
	})
	if buttons := float32(420 - 100); at.Y == 0 || at.Y > buttons {
		t.Errorf("the error stands at %v, the buttons from about %v on", at.Y, buttons)
	}
}

func TestScale(t *testing.T) {
	for _, tt := range []struct{ stored, environment, want string }{
		{"", "", ""}, {"100", "", ""}, {"125", "", "1.25"}, {"150", "", "1.50"}, {"150", "2", "2"}, {"9000", "", ""}, {"x", "", ""},
	} {
		t.Setenv(scaleVariable, tt.environment)
		if tt.environment == "" {
			os.Unsetenv(scaleVariable)
		}
		applyScale(tt.stored)
		if got := os.Getenv(scaleVariable); got != tt.want {
			t.Errorf("stored %q, set %q: %s is %q, want %q", tt.stored, tt.environment, scaleVariable, got, tt.want)
		}
	}
}

func TestAboutAndLegend(t *testing.T) {
	core := apptest.NewCore()
	h := show(t, core)
	h.sheets.About()
	h.sheetSays("Parlance 1.2.3")
	h.sheetSays(core.Me.ID.String()[:7])
	h.sheets.Legend()
	for _, want := range []string{"Queued", "Sent", "Delivered", "Plain UDP"} {
		h.sheetSays(want)
	}
	test.Tap(buttonIn(t, h.sheet(), "Close"))
	if h.sheet() != nil {
		t.Error("the sheet is still there")
	}
}

// What is to be told waits for the sheet that is shown, however that goes.
func TestNoticeAfterSheet(t *testing.T) {
	h := show(t, apptest.NewCore())
	for name, end := range map[string]func(){
		"Escape": func() { h.sheets.Escape(fyne.KeyEscape) },
		"Done":   func() { test.Tap(buttonIn(t, h.sheet(), "Done")) },
		"itself": h.sheets.Dismiss,
	} {
		h.showSettings()
		settings := h.sheet()
		h.sheets.Say("told after " + name)
		if h.sheet() != settings {
			t.Errorf("%s: the notice does not wait", name)
		}
		end()
		h.sheetSays("told after " + name)
		h.sheets.Escape(fyne.KeyEscape)
	}
	h.showSettings()
	h.sheets.Say("told in the end")
	h.sheets.Legend() // in place of the settings
	legend := h.sheet()
	h.queue.Run()
	if h.sheet() != legend {
		t.Error("the notice takes the place of a sheet that was asked for")
	}
	h.sheets.Dismiss()
	h.sheetSays("told in the end")
}

// Escape closes every sheet, and Enter does what most will want.
func TestSheetKeys(t *testing.T) {
	core := apptest.NewCore()
	id := core.AddGroup("Lunch", time.Hour, nil)
	h := show(t, core)
	key := func(name fyne.KeyName) {
		t.Helper()
		f := h.win.Canvas().Focused()
		if f == nil {
			t.Fatal("nothing has the focus")
		}
		f.TypedKey(&fyne.KeyEvent{Name: name})
	}
	for name, open := range map[string]func(){
		"about": h.sheets.About, "settings": h.showSettings, "legend": h.sheets.Legend, "doctor": h.sheets.Doctor,
		"new group": h.sheets.NewGroup, "group": func() { h.sheets.Group(id) },
		"confirm": func() { h.sheets.ConfirmLeave(h.model.Conversations[id]) },
	} {
		open()
		if h.sheet() == nil {
			t.Fatalf("%s does not open", name)
		}
		key(fyne.KeyEscape)
		if h.sheet() != nil {
			t.Errorf("Escape does not close %s", name)
		}
	}
	h.sheets.Legend()
	key(fyne.KeyReturn)
	if h.sheet() != nil {
		t.Error("Enter does not close what only tells something")
	}
	h.sheets.ConfirmLeave(h.model.Conversations[id])
	key(fyne.KeyReturn)
	if len(core.Asked("Leave")) != 0 {
		t.Error("Enter does what cannot be undone")
	}
}

func TestExplain(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want []string
	}{
		{&netcore.InUseError{Profile: "/p", Program: "parlance-cli", PID: 4711}, []string{"already running", "parlance-cli (process 4711)", "/p", "--profile"}},
		{&netcore.InUseError{Profile: "/p"}, []string{"already running", "Another program"}},
		{&fs.PathError{Op: "open", Path: "/p/device.key", Err: syscall.EACCES}, []string{"may not open", "/p/device.key"}},
		{&fs.PathError{Op: "write", Path: "/p/x", Err: syscall.ENOSPC}, []string{"disk is full", "/p/x"}},
		{errors.New("the database is from a newer version"), []string{"cannot start", "The database is from a newer version.", "--profile"}},
	} {
		f := explain(tt.err)
		all := f.title + "\n" + f.text + "\n" + f.advice
		for _, want := range tt.want {
			if !strings.Contains(all, want) {
				t.Errorf("%v is explained as %q, without %q", tt.err, all, want)
			}
		}
	}
	test.NewTempApp(t)
	var done []string
	card := failureCard(explain(errors.New("x")), func() { done = append(done, "copy") }, func() { done = append(done, "quit") })
	test.NewTempWindow(t, card).Resize(fyne.NewSize(560, 380))
	test.Tap(buttonIn(t, card, "Copy"))
	test.Tap(buttonIn(t, card, "Quit"))
	if !slices.Equal(done, []string{"copy", "quit"}) {
		t.Errorf("the buttons did %q", done)
	}
}

func TestMenu(t *testing.T) {
	core := apptest.NewCore()
	core.AddTalk(core.AddPeer(2, "Ada", chat.Online, chat.Accepted), time.Hour, "x")
	h := show(t, core)
	seen := map[string]string{}
	for _, menu := range h.win.MainMenu().Items {
		for _, item := range menu.Items {
			if item.Shortcut == nil {
				continue
			}
			name := item.Shortcut.ShortcutName()
			if seen[name] != "" {
				t.Errorf("%s is both %q and %q", name, seen[name], item.Label)
			}
			seen[name] = item.Label
		}
	}
	for shortcut, label := range map[string]string{
		"CustomDesktop:Control+K": "Search", "CustomDesktop:Control+N": "Talk to a raw UDP address…",
		"CustomDesktop:Alt+Up": "Previous conversation", "CustomDesktop:Alt+Down": "Next conversation",
		"CustomDesktop:Control+,": "Settings…", "CustomDesktop:Control+Q": "Quit",
	} {
		if seen[shortcut] != label {
			t.Errorf("%s is %q, want %q", shortcut, seen[shortcut], label)
		}
	}
}

func TestWindowSize(t *testing.T) {
	for stored, want := range map[string]fyne.Size{
		"":          fyne.NewSize(1080, 720),
		"900x600":   fyne.NewSize(900, 600),
		"1x1":       fyne.NewSize(1080, 720),
		"9e9x9e9":   fyne.NewSize(1080, 720),
		"-5x-5":     fyne.NewSize(1080, 720),
		"nonsense":  fyne.NewSize(1080, 720),
		"1200x NaN": fyne.NewSize(1080, 720),
	} {
		if got := parseSize(stored); got != want {
			t.Errorf("parseSize(%q) = %v, want %v", stored, got, want)
		}
	}
	if s := fyne.NewSize(1234, 567); parseSize(formatSize(s)) != s {
		t.Errorf("%v is stored as %q", s, formatSize(s))
	}
}
