package theme

import (
	"hash/fnv"
	"image/color"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// people are the colours that stand for authors: the ground of the avatar
// (white or near-black initials on it), and the same hue as text on a bubble.
type personColour struct{ avatar, onAvatar, lightName, darkName color.NRGBA }

var people = []personColour{
	{rgb(0xa83a4b), rgb(0xffffff), rgb(0xa32b40), rgb(0xff9aa8)}, // rose
	{rgb(0xa3521a), rgb(0xffffff), rgb(0x944410), rgb(0xffb07a)}, // copper
	{rgb(0x80650f), rgb(0xffffff), rgb(0x71570a), rgb(0xe8c763)}, // ochre
	{rgb(0x4d7326), rgb(0xffffff), rgb(0x44681f), rgb(0xaed581)}, // moss
	{rgb(0x1f7a53), rgb(0xffffff), rgb(0x176a47), rgb(0x74d6a6)}, // green
	{rgb(0x127579), rgb(0xffffff), rgb(0x0d676b), rgb(0x6dd3d8)}, // teal
	{rgb(0x1f6da3), rgb(0xffffff), rgb(0x1a6094), rgb(0x83c8f5)}, // sky
	{rgb(0x4559c4), rgb(0xffffff), rgb(0x3b4eb8), rgb(0xaab6ff)}, // indigo
	{rgb(0x7649b8), rgb(0xffffff), rgb(0x6b3dae), rgb(0xcbacff)}, // violet
	{rgb(0x9c3f8f), rgb(0xffffff), rgb(0x8f3282), rgb(0xf0a3e4)}, // magenta
}

func person(id string) personColour {
	h := fnv.New32a()
	h.Write([]byte(id))
	return people[h.Sum32()%uint32(len(people))]
}

// Avatar returns the ground of an author's avatar and the colour of the
// initials on it. The same ID has the same colours on every device.
func Avatar(id string) (ground, initials color.Color) {
	p := person(id)
	return p.avatar, p.onAvatar
}

// Name returns the colour of an author's name on a bubble, in the variant that
// is shown now.
func Name(id string) color.Color {
	p := person(id)
	if IsDark() {
		return p.darkName
	}
	return p.lightName
}

// Initials returns one or two characters that stand for a name: the first of
// its first and of its last word.
func Initials(name string) string {
	var letters []string
	for _, word := range strings.Fields(name) {
		if c := firstCluster(word); c != "" {
			letters = append(letters, c)
		}
	}
	switch len(letters) {
	case 0:
		return "?"
	case 1:
		return letters[0]
	}
	if isWide(letters[0]) {
		return letters[0]
	}
	return letters[0] + letters[len(letters)-1]
}

// firstCluster returns the first letter, digit or emoji of word in upper case.
func firstCluster(word string) string {
	graphemes := uniseg.NewGraphemes(word)
	for graphemes.Next() {
		for _, r := range graphemes.Runes()[:1] {
			if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.So, r) {
				return strings.ToUpper(graphemes.Str())
			}
		}
	}
	return ""
}

func isWide(cluster string) bool { return uniseg.StringWidth(cluster) > 1 }
