//go:build window

package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience bounds every wait: ten times what a slow machine needs.
const patience = 60 * time.Second

// screen is an X server of the test's own, with a window manager if wanted. Its
// pixels are read from the file that the server keeps them in, which costs
// nothing and disturbs nobody.
type screen struct {
	tb      testing.TB
	display string
	pixels  string // the file, in the format of xwd(1)
}

// bare tells the window manager to draw nothing around windows, not even a line:
// what stands where is then plain.
const bare = `<openbox_config xmlns="http://openbox.org/3.4/rc">
<theme><keepBorder>no</keepBorder></theme>
<applications><application class="*"><decor>no</decor></application></applications>
</openbox_config>`

// newScreen starts an X server on a free display.
func newScreen(tb testing.TB, width, height int, managed bool) *screen {
	tb.Helper()
	folder := tb.TempDir()
	number, theirs, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height),
		"-fbdir", folder, "-nolisten", "tcp", "-noreset",
		"-r") // no key repeats by itself where it is let go late
	server.ExtraFiles = []*os.File{theirs}
	begin(tb, server)
	theirs.Close()
	line, err := bufio.NewReader(number).ReadString('\n') // closing it earlier would end the server
	if err != nil {
		tb.Fatalf("Xvfb names no display: %v", err)
	}
	number.Close()
	s := &screen{tb: tb, display: ":" + strings.TrimSpace(line), pixels: filepath.Join(folder, "Xvfb_screen0")}
	if managed {
		config := filepath.Join(folder, "openbox.xml")
		if err := os.WriteFile(config, []byte(bare), 0o600); err != nil {
			tb.Fatal(err)
		}
		manager := exec.Command("openbox", "--sm-disable", "--config-file", config)
		manager.Env = s.env()
		begin(tb, manager)
		s.until("the window manager runs", func() bool { return s.command("xdotool", "get_desktop").Run() == nil })
	}
	return s
}

// begin starts a program that is ended with the test.
func begin(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}

// env is the environment of programs on the screen: nothing of the user's own
// desktop, and a home of their own.
func (s *screen) env(extra ...string) []string {
	home := filepath.Dir(s.pixels)
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, "config"),
		"LANG=en_US.UTF-8", "DISPLAY=" + s.display, "FYNE_THEME=light",
	}
	return append(env, extra...)
}

func (s *screen) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = s.env()
	return cmd
}

// xdotool moves the pointer and types.
func (s *screen) xdotool(args ...any) string {
	s.tb.Helper()
	var words []string
	for _, a := range args {
		words = append(words, fmt.Sprint(a))
	}
	out, err := s.command("xdotool", words...).CombinedOutput()
	if err != nil {
		s.tb.Fatalf("xdotool %s: %v: %s", strings.Join(words, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// until waits for ok.
func (s *screen) until(what string, ok func() bool) {
	s.tb.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.keep("failure")
			s.tb.Fatalf("never: %s", what)
		}
	}
}

// keep saves what the screen shows beside the test's other output, for looking
// at after a failure.
func (s *screen) keep(name string) {
	path := filepath.Join(os.TempDir(), "parlance-"+strings.ReplaceAll(s.tb.Name(), "/", "-")+"-"+name+".png")
	if f, err := s.grab(); err == nil && save(path, f.picture()) == nil {
		s.tb.Logf("the screen is kept as %s", path)
	}
}

// frame is a picture of the screen as it is in the server.
type frame struct {
	width, height, stride int
	data                  []byte // four bytes a pixel: blue, green, red, none
}

// grab reads the screen.
func (s *screen) grab() (frame, error) {
	raw, err := os.ReadFile(s.pixels)
	if err != nil {
		return frame{}, err
	}
	// XWDFile.h: 25 words, big-endian; then a name up to header size, then the
	// colours, 12 bytes each, then the pixels.
	if len(raw) < 100 {
		return frame{}, io.ErrUnexpectedEOF
	}
	word := func(i int) int { return int(binary.BigEndian.Uint32(raw[4*i:])) }
	f := frame{width: word(4), height: word(5), stride: word(12)}
	start := word(0) + 12*word(19)
	if word(11) != 32 || len(raw) < start+f.stride*f.height {
		return frame{}, fmt.Errorf("a screen of %d bits a pixel and %d bytes", word(11), len(raw))
	}
	f.data = raw[start : start+f.stride*f.height]
	return f, nil
}

func (f frame) at(x, y int) color.RGBA {
	p := f.data[y*f.stride+4*x:]
	return color.RGBA{p[2], p[1], p[0], 0xff}
}

func (f frame) picture() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, f.width, f.height))
	for y := range f.height {
		for x := range f.width {
			img.SetRGBA(x, y, f.at(x, y))
		}
	}
	return img
}

// shot is the screen as a picture.
func (s *screen) shot() *image.RGBA {
	s.tb.Helper()
	f, err := s.grab()
	if err != nil {
		s.tb.Fatal(err)
	}
	return f.picture()
}

func save(path string, img image.Image) error {
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, img); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// window is a window on the screen.
type window struct {
	*screen
	id string
}

// windowOf waits for the window of a process.
func (s *screen) windowOf(pid int) *window {
	s.tb.Helper()
	w := &window{screen: s}
	s.until(fmt.Sprintf("process %d has a window", pid), func() bool {
		out, err := s.command("xdotool", "search", "--onlyvisible", "--pid", strconv.Itoa(pid)).Output()
		lines := strings.Fields(string(out))
		if err != nil || len(lines) == 0 {
			return false
		}
		w.id = lines[len(lines)-1]
		return true
	})
	return w
}

// place moves and resizes the window, and waits until it is painted there.
func (w *window) place(x, y, width, height int) {
	w.tb.Helper()
	w.xdotool("windowsize", w.id, width, height)
	w.xdotool("windowmove", w.id, x, y)
	w.until("the window is painted", func() bool {
		b := w.bounds()
		return b.Dx() == width && b.Dy() == height && colours(w.picture()) > 40
	})
}

// bounds is where the window stands, without its frame.
func (w *window) bounds() image.Rectangle {
	w.tb.Helper()
	values := map[string]int{}
	for _, line := range strings.Fields(w.xdotool("getwindowgeometry", "--shell", w.id)) {
		key, value, _ := strings.Cut(line, "=")
		values[key], _ = strconv.Atoi(value) // what is no number is not asked for
	}
	return image.Rect(values["X"], values["Y"], values["X"]+values["WIDTH"], values["Y"]+values["HEIGHT"])
}

// picture is what the window shows.
func (w *window) picture() *image.RGBA {
	w.tb.Helper()
	whole := w.shot()
	b := w.bounds().Intersect(whole.Bounds())
	img := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		copy(img.Pix[y*img.Stride:y*img.Stride+4*b.Dx()], whole.Pix[whole.PixOffset(b.Min.X, b.Min.Y+y):])
	}
	return img
}

// click taps a point of the window.
func (w *window) click(x, y int) {
	w.tb.Helper()
	w.front()
	w.xdotool("mousemove", "--window", w.id, x, y, "click", 1)
}

// front makes the window the one that keys go to.
func (w *window) front() { w.tb.Helper(); w.xdotool("windowactivate", "--sync", w.id) }

// key presses keys such as Return or ctrl+n.
func (w *window) key(keys ...any) {
	w.tb.Helper()
	w.front()
	w.xdotool(append([]any{"key", "--delay", 30}, keys...)...)
}

// write types text.
func (w *window) write(text string) {
	w.tb.Helper()
	w.front()
	w.xdotool("type", "--delay", 12, text)
}

// title is what stands in the window's frame.
func (w *window) title() string { w.tb.Helper(); return w.xdotool("getwindowname", w.id) }

// caret is more pixels than a blinking caret has.
const caret = 120

// steady waits until the window has stopped changing, as after a key.
func (w *window) steady() *image.RGBA {
	w.tb.Helper()
	last, since := w.picture(), time.Now()
	w.until("the window rests", func() bool {
		now := w.picture()
		if changed(last, now) > caret {
			last, since = now, time.Now()
		}
		return time.Since(since) > 400*time.Millisecond
	})
	return last
}

// changes waits until the window shows something else than before, by so many
// pixels.
func (w *window) changes(before *image.RGBA, pixels int) {
	w.tb.Helper()
	w.until(fmt.Sprintf("%d pixels of the window change", pixels), func() bool { return changed(before, w.picture()) >= pixels })
}

// changed counts the pixels that two pictures of one size do not share.
func changed(a, b *image.RGBA) int {
	if a.Bounds() != b.Bounds() {
		return len(b.Pix) / 4
	}
	n := 0
	for i := 0; i < len(a.Pix); i += 4 {
		if !bytes.Equal(a.Pix[i:i+3], b.Pix[i:i+3]) {
			n++
		}
	}
	return n
}

// colours counts the colours of a picture, looking at every second pixel.
func colours(img *image.RGBA) int {
	seen := map[[3]byte]bool{}
	for i := 0; i+3 < len(img.Pix); i += 8 {
		seen[[3]byte(img.Pix[i:i+3])] = true
	}
	return len(seen)
}
