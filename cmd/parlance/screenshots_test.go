//go:build window

package main

import (
	"flag"
	"fmt"
	"image"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

var screenshots = flag.String("screenshots", "", "the `folder` that TestScreenshots writes its pictures to")

// TestScreenshots takes the pictures of the README: a window in the middle of a
// day's talk, in light and dark, at 100 % and 150 %.
func TestScreenshots(t *testing.T) {
	folder := *screenshots
	if folder == "" {
		folder = t.TempDir()
	}
	plugIn(t)
	s := newScreen(t, 1800, 1200, true)
	ada := newPerson(s, "--name", "Ada Lovelace")
	day(t, s, ada)
	ada.quit()

	brightness := map[string]float64{}
	for _, look := range []struct {
		name, theme string
		scale       float64
	}{
		{"light", "light", 1}, {"dark", "dark", 1}, {"light-150", "light", 1.5}, {"dark-150", "dark", 1.5},
	} {
		cmd := s.command(parlance, "--profile", ada.profile)
		cmd.Env = append(cmd.Env, "FYNE_THEME="+look.theme, fmt.Sprintf("FYNE_SCALE=%v", look.scale))
		ada.run(cmd)
		ada.window = s.windowOf(cmd.Process.Pid)
		ada.place(20, 40, int(1080*look.scale), int(700*look.scale))
		s.until("Grace is online", func() bool { return ada.sees("Grace Hopper") })
		s.xdotool("mousemove", 1790, 1190) // nothing lights up under the pointer
		ada.steady()
		picture := ada.picture()
		brightness[look.name] = mean(picture)
		if n := colours(picture); n < 100 {
			t.Errorf("%s has %d colours, so next to nothing is in it", look.name, n)
		}
		if err := save(filepath.Join(folder, "screenshot-"+look.name+".png"), picture); err != nil {
			t.Fatal(err)
		}
		ada.quit()
	}
	picture := room(t, s, ada)
	if n := colours(picture); n < 100 {
		t.Errorf("the room has %d colours, so next to nothing is in it", n)
	}
	if err := save(filepath.Join(folder, "screenshot-room.png"), picture); err != nil {
		t.Fatal(err)
	}
	for _, scale := range []string{"", "-150"} {
		if light, dark := brightness["light"+scale], brightness["dark"+scale]; light < 200 || dark > 80 {
			t.Errorf("of 255, light%s is %.0f bright and dark%s %.0f", scale, light, scale, dark)
		}
	}
}

// mean is how bright a picture is, 0 to 255.
func mean(img *image.RGBA) float64 {
	sum := 0
	for i := 0; i < len(img.Pix); i += 4 {
		sum += int(img.Pix[i]) + int(img.Pix[i+1]) + int(img.Pix[i+2])
	}
	return float64(sum) / float64(len(img.Pix)/4*3)
}

// plugIn puts a card into a network that has none but loopback, such as the one
// make gives to tests: a window that says "No network" makes a poor picture. A
// machine's own network is left alone.
func plugIn(t *testing.T) {
	t.Helper()
	cards, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	if len(cards) > 1 {
		return
	}
	for _, args := range [][]string{
		{"link", "add", "eth0", "type", "veth", "peer", "name", "wall0"},
		{"link", "set", "wall0", "addrgenmode", "none"}, // the other end of the cable is nobody's card
		{"address", "add", "192.168.1.20/24", "dev", "eth0"},
		{"link", "set", "eth0", "up"},
		{"link", "set", "wall0", "up"},
	} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %v: %v: %s", args, err, out)
		}
	}
	t.Cleanup(func() { exec.Command("ip", "link", "del", "eth0").Run() })
}

// day fills a profile with a day's talk.
func day(t *testing.T, s *screen, ada *person) {
	t.Helper()
	others := map[string]*person{}
	join := func(names ...string) {
		for _, name := range names {
			p := &person{screen: s, profile: profileFolder(t)}
			p.run(s.command(parlanceC, "--profile", p.profile, "--name", name, "up"))
			others[name] = p
		}
		for _, name := range names {
			others[name].serves()
			s.until(name+" is there", func() bool { return ada.sees(name) && others[name].sees("Ada Lovelace") })
		}
	}
	send := func(from *person, to, text string) {
		if lines := from.cli("send", "--wait", "20s", to, text); len(lines) != 1 {
			t.Fatalf("%q was not sent to %s", text, to)
		}
		time.Sleep(5 * time.Millisecond) // no two in one millisecond: their order is part of the picture
	}
	join("Grace Hopper", "Hedy", "Margaret", "Charles B.", "Barbara", "Katherine J.")

	send(ada, "Margaret", "How did the landing go?")
	send(others["Margaret"], "Ada Lovelace", "Priority displays kept it alive. 1202, and on we went!")
	others["Margaret"].cmd.Process.Signal(os.Interrupt)
	s.until("Margaret is away", func() bool { return !ada.sees("Margaret") })

	local, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	ada.place(20, 40, wide, high)
	ada.steady()
	ada.key("ctrl+n")
	ada.steady()
	ada.write(local.LocalAddr().String())
	ada.key("Return")
	ada.steady()
	ada.write("status?")
	ada.key("Return")
	buffer := make([]byte, 100)
	local.SetReadDeadline(time.Now().Add(patience))
	if _, from, err := local.ReadFrom(buffer); err != nil {
		t.Fatal(err)
	} else if _, err := local.WriteTo([]byte("temp=21.4 fan=on"), from); err != nil {
		t.Fatal(err)
	}

	send(ada, "Hedy", "Still on for the demo?")
	send(others["Hedy"], "Ada Lovelace", "Yes, at three.")
	send(others["Charles B."], "Ada Lovelace", "Is this the Analytical Engine desk?")
	for i, text := range []string{
		"Good morning! Did the nightly build go through?",
		"It did. All 4,212 tests are green.",
		"Lovely. I found the moth, by the way: https://en.wikipedia.org/wiki/Software_bug",
		"Ha! Please frame it.",
		"Already taped into the log book.\nRelay 70, panel F.",
		"Lunch at 12:30? The canteen has that soup again, the one with the little stars that everybody queues for.",
		"Wonderful, see you there.",
	} {
		if i%2 == 0 {
			send(others["Grace Hopper"], "Ada Lovelace", text)
		} else {
			send(ada, "Grace Hopper", text)
		}
	}
	send(others["Barbara"], "lobby", "Morning! The coffee machine on floor 2 works again.")
	send(others["Katherine J."], "lobby", "Best news of the week.")
	lunch(t, s, ada, others, send)
	send(others["Hedy"], "Ada Lovelace", "Room 88. Bring your keys.")
	s.until("all of it arrived", func() bool {
		return len(ada.texts("Grace Hopper")) == 7 && slices.Contains(ada.texts("Hedy"), "Room 88. Bring your keys.")
	})
	ada.steady()
}

// lunch makes a group, lets it talk, and leaves it open in ada's window.
func lunch(t *testing.T, s *screen, ada *person, others map[string]*person, send func(*person, string, string)) {
	t.Helper()
	id := func(p *person, text string) string {
		for _, m := range p.cli("history", "Lunch") {
			if m["text"] == text {
				return m["id"].(string)
			}
		}
		t.Fatalf("%q is not in the group", text)
		return ""
	}
	ada.key("ctrl+g")
	ada.steady()
	ada.write("Lunch")
	ada.key("Return")
	for _, name := range []string{"grace", "hedy", "barb"} {
		ada.write(name)
		ada.key("Return")
	}
	ada.key("Return")
	s.until("the group is everywhere", func() bool {
		for _, name := range []string{"Grace Hopper", "Hedy", "Barbara"} {
			if len(others[name].cli("history", "Lunch")) == 0 {
				return false
			}
		}
		return true
	})
	grace, hedy, barbara := others["Grace Hopper"], others["Hedy"], others["Barbara"]
	const soup, coming = "Soup again today, the one with the little stars?", "I am in. @Grace Hopper, are you coming?"
	ada.steady()
	ada.write(soup)
	ada.key("Return")
	s.until("the question arrived", func() bool { return len(hedy.cli("history", "Lunch")) == 2 })
	send(hedy, "Lunch", coming)
	s.until("so did the answer", func() bool { return len(ada.texts("Lunch")) == 3 && len(grace.texts("Lunch")) == 3 })
	grace.cli("send", "--reply", id(grace, coming), "--wait", "20s", "Lunch", "Of course. Twelve thirty, at the door?")
	s.until("she answered", func() bool { return len(ada.texts("Lunch")) == 4 })
	send(barbara, "Lunch", "Keep me a seat, I come straight from the lab.")
	for _, p := range []*person{hedy, barbara} {
		p.cli("react", id(p, soup), "🍜")
	}
	ada.cli("react", id(ada, "Of course. Twelve thirty, at the door?"), "👍")
	ada.steady()
	ada.write("Done. Four seats by the window.")
	ada.key("Return")
	s.until("all have it", func() bool {
		return slices.Contains(ada.texts("Lunch"), ">Done. Four seats by the window. (delivered)")
	})
}

// room joins a room on a server, where others talk, and returns what ada sees.
func room(t *testing.T, s *screen, ada *person) *image.RGBA {
	t.Helper()
	_, secure := roomServer(t)
	address := "ircs://127.0.0.1:" + secure + "/#garden"
	ada.start()
	ada.place(20, 40, 1080, 700)
	ada.steady()
	ada.joinRoom("127.0.0.1:"+secure, "#garden")
	ada.key("Return") // the card with the server's certificate
	ada.steady()
	ada.write("/topic Saturday at ten, bring gloves")
	ada.key("Return")
	others := map[string]*person{}
	for _, name := range []string{"rosa", "marie", "jane"} {
		p := &person{screen: s, profile: profileFolder(t)}
		p.run(s.command(parlanceC, "--profile", p.profile, "--name", name, "up"))
		p.serves()
		if len(p.cli("room", "join", "--nick", name, address)) == 0 {
			t.Fatalf("%s cannot join the room", name)
		}
		others[name] = p
	}
	for _, line := range []struct{ who, text string }{
		{"rosa", "The beans are up!"},
		{"marie", "Already? Mine are still asleep."},
		{"jane", "/me waters everything twice"},
		{"rosa", "Ada: do you still have the long hose?"},
	} {
		if len(others[line.who].cli("send", "--wait", "20s", "#garden", line.text)) != 1 {
			t.Fatalf("%q was not said", line.text)
		}
	}
	ada.says("#garden", "It hangs in the shed. Take the small one too.")
	s.xdotool("mousemove", 1790, 1190)
	ada.steady()
	return ada.picture()
}
