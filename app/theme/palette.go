package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// The colours that Fyne has no name for.
const (
	ColorPane         fyne.ThemeColorName = "parlancePane"         // ground of the message pane
	ColorSidebar      fyne.ThemeColorName = "parlanceSidebar"      // ground of the conversation list
	ColorSelectedRow  fyne.ThemeColorName = "parlanceSelectedRow"  // the open conversation in that list
	ColorBubble       fyne.ThemeColorName = "parlanceBubble"       // a message of somebody else
	ColorBubbleEdge   fyne.ThemeColorName = "parlanceBubbleEdge"   // its hairline
	ColorOwnBubble    fyne.ThemeColorName = "parlanceOwnBubble"    // a message of one's own
	ColorMeta         fyne.ThemeColorName = "parlanceMeta"         // time and marks in a bubble, secondary text
	ColorRead         fyne.ThemeColorName = "parlanceRead"         // the ticks of a read message
	ColorLink         fyne.ThemeColorName = "parlanceLink"         // links in messages
	ColorCode         fyne.ThemeColorName = "parlanceCode"         // ground of inline code
	ColorMark         fyne.ThemeColorName = "parlanceMark"         // ground of words that were searched for
	ColorFlash        fyne.ThemeColorName = "parlanceFlash"        // ground of a message that was jumped to
	ColorUnread       fyne.ThemeColorName = "parlanceUnread"       // the "unread" line, badges
	ColorOnUnread     fyne.ThemeColorName = "parlanceOnUnread"     // the number on a badge
	ColorOnline       fyne.ThemeColorName = "parlanceOnline"       // the dot of somebody who is there
	ColorNote         fyne.ThemeColorName = "parlanceNote"         // ground of a hint above or in the pane
	ColorNoteText     fyne.ThemeColorName = "parlanceNoteText"     // its text
	ColorTooltip      fyne.ThemeColorName = "parlanceTooltip"      // ground of a tooltip
	ColorTooltipText  fyne.ThemeColorName = "parlanceTooltipText"  // its text
	ColorErrorText    fyne.ThemeColorName = "parlanceErrorText"    // an error said in words
	ColorPill         fyne.ThemeColorName = "parlancePill"         // ground of "3 new messages" and of day names
	ColorPillText     fyne.ThemeColorName = "parlancePillText"     // its text
	ColorPillEdge     fyne.ThemeColorName = "parlancePillEdge"     // its hairline
	ColorTextSelected fyne.ThemeColorName = "parlanceTextSelected" // ground of selected text in messages
)

const ownPrefix = "parlance"

// The contrast of every text with its ground is checked in contrast_test.go.
var (
	lightPalette = map[fyne.ThemeColorName]color.Color{
		fynetheme.ColorNameBackground:          rgb(0xffffff),
		fynetheme.ColorNameForeground:          rgb(0x1b1e2a),
		fynetheme.ColorNamePrimary:             rgb(0x4356c8),
		fynetheme.ColorNameForegroundOnPrimary: rgb(0xffffff),
		fynetheme.ColorNameHyperlink:           rgb(0x3547b8),
		fynetheme.ColorNameFocus:               rgba(0x4356c8, 0x33),
		fynetheme.ColorNameSelection:           rgba(0x4356c8, 0x3a),
		fynetheme.ColorNameButton:              rgb(0xeceef5),
		fynetheme.ColorNameDisabledButton:      rgb(0xf1f2f6),
		fynetheme.ColorNameDisabled:            rgb(0x8d92a3),
		fynetheme.ColorNamePlaceHolder:         rgb(0x60667a),
		fynetheme.ColorNameHover:               rgba(0x1b1e2a, 0x0d),
		fynetheme.ColorNamePressed:             rgba(0x1b1e2a, 0x1a),
		fynetheme.ColorNameInputBackground:     rgb(0xf4f5f9),
		fynetheme.ColorNameInputBorder:         rgb(0x8b91a6),
		fynetheme.ColorNameSeparator:           rgb(0xe3e5ee),
		fynetheme.ColorNameShadow:              rgba(0x141724, 0x2e),
		fynetheme.ColorNameMenuBackground:      rgb(0xffffff),
		fynetheme.ColorNameOverlayBackground:   rgb(0xffffff),
		fynetheme.ColorNameHeaderBackground:    rgb(0xffffff),
		fynetheme.ColorNameScrollBar:           rgba(0x3a4056, 0x66),
		fynetheme.ColorNameScrollBarBackground: rgba(0x3a4056, 0x14),
		fynetheme.ColorNameError:               rgb(0xb3261e),
		fynetheme.ColorNameForegroundOnError:   rgb(0xffffff),
		fynetheme.ColorNameSuccess:             rgb(0x1d7a46),
		fynetheme.ColorNameForegroundOnSuccess: rgb(0xffffff),
		fynetheme.ColorNameWarning:             rgb(0x8a5300),
		fynetheme.ColorNameForegroundOnWarning: rgb(0xffffff),

		ColorPane:         rgb(0xf3f4f8),
		ColorSidebar:      rgb(0xfbfbfd),
		ColorSelectedRow:  rgb(0xe6e9f8),
		ColorBubble:       rgb(0xffffff),
		ColorBubbleEdge:   rgb(0xe3e6ef),
		ColorOwnBubble:    rgb(0xdde2fa),
		ColorMeta:         rgb(0x595f74),
		ColorRead:         rgb(0x2b46d8),
		ColorLink:         rgb(0x2a3ba8),
		ColorCode:         rgba(0x1b1e2a, 0x0f),
		ColorMark:         rgb(0xffe08a),
		ColorFlash:        rgba(0xf2a900, 0x40),
		ColorUnread:       rgb(0x4356c8),
		ColorOnUnread:     rgb(0xffffff),
		ColorOnline:       rgb(0x1d8a4e),
		ColorNote:         rgb(0xfff4d6),
		ColorNoteText:     rgb(0x5c4300),
		ColorTooltip:      rgb(0x2a2e3d),
		ColorTooltipText:  rgb(0xf4f5fa),
		ColorErrorText:    rgb(0xb3261e),
		ColorPill:         rgb(0xffffff),
		ColorPillText:     rgb(0x3a4056),
		ColorPillEdge:     rgb(0xdfe2ec),
		ColorTextSelected: rgba(0x4356c8, 0x42),
	}
	darkPalette = map[fyne.ThemeColorName]color.Color{
		fynetheme.ColorNameBackground:          rgb(0x191b22),
		fynetheme.ColorNameForeground:          rgb(0xe8eaf2),
		fynetheme.ColorNamePrimary:             rgb(0x95a4ff),
		fynetheme.ColorNameForegroundOnPrimary: rgb(0x10142b),
		fynetheme.ColorNameHyperlink:           rgb(0xa9b5ff),
		fynetheme.ColorNameFocus:               rgba(0x95a4ff, 0x3a),
		fynetheme.ColorNameSelection:           rgba(0x95a4ff, 0x4d),
		fynetheme.ColorNameButton:              rgb(0x2c303c),
		fynetheme.ColorNameDisabledButton:      rgb(0x23262f),
		fynetheme.ColorNameDisabled:            rgb(0x6f7587),
		fynetheme.ColorNamePlaceHolder:         rgb(0x9aa0b4),
		fynetheme.ColorNameHover:               rgba(0xffffff, 0x12),
		fynetheme.ColorNamePressed:             rgba(0xffffff, 0x24),
		fynetheme.ColorNameInputBackground:     rgb(0x22252e),
		fynetheme.ColorNameInputBorder:         rgb(0x6c7286),
		fynetheme.ColorNameSeparator:           rgb(0x2b2f3a),
		fynetheme.ColorNameShadow:              rgba(0x000000, 0x66),
		fynetheme.ColorNameMenuBackground:      rgb(0x262a34),
		fynetheme.ColorNameOverlayBackground:   rgb(0x20232b),
		fynetheme.ColorNameHeaderBackground:    rgb(0x1d2028),
		fynetheme.ColorNameScrollBar:           rgba(0xc9cee0, 0x59),
		fynetheme.ColorNameScrollBarBackground: rgba(0xc9cee0, 0x14),
		fynetheme.ColorNameError:               rgb(0xff8a80),
		fynetheme.ColorNameForegroundOnError:   rgb(0x2b0b08),
		fynetheme.ColorNameSuccess:             rgb(0x6fd699),
		fynetheme.ColorNameForegroundOnSuccess: rgb(0x06210f),
		fynetheme.ColorNameWarning:             rgb(0xf2b857),
		fynetheme.ColorNameForegroundOnWarning: rgb(0x2a1b00),

		ColorPane:         rgb(0x14161c),
		ColorSidebar:      rgb(0x191b22),
		ColorSelectedRow:  rgb(0x2b3150),
		ColorBubble:       rgb(0x23262f),
		ColorBubbleEdge:   rgb(0x2c303b),
		ColorOwnBubble:    rgb(0x333c6e),
		ColorMeta:         rgb(0xaab0c6),
		ColorRead:         rgb(0x8fd0ff),
		ColorLink:         rgb(0xc6ceff),
		ColorCode:         rgba(0xffffff, 0x14),
		ColorMark:         rgb(0x574200),
		ColorFlash:        rgba(0xf5c451, 0x33),
		ColorUnread:       rgb(0x95a4ff),
		ColorOnUnread:     rgb(0x10142b),
		ColorOnline:       rgb(0x5fd08f),
		ColorNote:         rgb(0x3a3115),
		ColorNoteText:     rgb(0xf6dfa0),
		ColorTooltip:      rgb(0xe4e7f2),
		ColorTooltipText:  rgb(0x1b1e2a),
		ColorErrorText:    rgb(0xff9c93),
		ColorPill:         rgb(0x262a34),
		ColorPillText:     rgb(0xd5d9e6),
		ColorPillEdge:     rgb(0x343947),
		ColorTextSelected: rgba(0x95a4ff, 0x3c),
	}
)

func rgb(hex uint32) color.NRGBA { return rgba(hex, 0xff) }

func rgba(hex uint32, alpha uint8) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: alpha}
}
