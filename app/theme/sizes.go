package theme

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Sizes of the message pane and the lists, in Fyne's units.
const (
	TextSize     float32 = 14 // messages and controls
	CaptionSize  float32 = 11 // times, notes, day names
	NameSize     float32 = 12.5
	BubbleRadius float32 = 14
	BubbleJoin   float32 = 5 // corners between messages of one group
	AvatarSize   float32 = 34
	ListAvatar   float32 = 42
)

var sizes = map[fyne.ThemeSizeName]float32{
	fynetheme.SizeNameText:            TextSize,
	fynetheme.SizeNameCaptionText:     CaptionSize,
	fynetheme.SizeNameInputRadius:     8,
	fynetheme.SizeNameInputBorder:     1,
	fynetheme.SizeNameSelectionRadius: 6,
	fynetheme.SizeNameScrollBar:       10,
	fynetheme.SizeNameScrollBarSmall:  5,
	fynetheme.SizeNameScrollBarRadius: 5,
}
