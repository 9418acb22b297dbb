package theme

import (
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"
)

// inked returns the bounds of what is drawn of a text.
func inked(t *testing.T, text string) image.Rectangle {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(New(Light))
	letters := canvas.NewText(text, fynetheme.Color(fynetheme.ColorNameForeground))
	letters.TextSize = 60
	w := test.NewTempWindow(t, letters)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(120, 120))
	picture := w.Canvas().Capture()
	ground := picture.At(0, 0)
	var ink image.Rectangle
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			if picture.At(x, y) != ground {
				ink = ink.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return ink
}

// Emoji are as tall as one another, whatever their shapes, and stand in the middle.
func TestEmojiAreWhole(t *testing.T) {
	all := inked(t, "😀")
	face, middle := all.Size(), (all.Min.X+all.Max.X)/2
	if face.X < 50 || face.Y < 50 {
		t.Fatalf("a face of 60 is drawn %v", face)
	}
	for _, emoji := range []string{"👍", "👎", "🎈", "🙏"} {
		ink := inked(t, emoji)
		if got := ink.Size(); got.Y < face.Y*9/10 || got.X < face.X/2 {
			t.Errorf("%s is drawn %v, a face %v", emoji, got, face)
		}
		if got := (ink.Min.X + ink.Max.X) / 2; got < middle-2 || got > middle+2 {
			t.Errorf("the middle of %s is at %d, that of a face at %d", emoji, got, middle)
		}
	}
}

func TestSquaredLeavesOtherFonts(t *testing.T) {
	wholeEmoji()
	squaredOnce := fynetheme.DefaultEmojiFont().Content()
	for name, font := range map[string][]byte{
		"nothing": nil, "garbage": make([]byte, 5000), "half a font": squaredOnce[:len(squaredOnce)/2],
		"one of text": fynetheme.DefaultTextFont().Content(), "one without outlines": squaredOnce,
	} {
		if got, ok := squared(font); ok {
			t.Errorf("%s became a font of %d bytes", name, len(got))
		}
	}
}
