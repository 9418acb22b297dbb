// Package msgtext shows the text of one message: words, links, inline code and
// emoji, wrapped to a width, with a selection and marked words.
//
// A text is parsed once (Parse) and wrapped once for each width (Metrics.Wrap):
// greedily, over word widths that are measured once and kept. Fyne's own
// wrapping takes time quadratic in the length of a paragraph, its rich text
// neither wraps links nor can be selected. The widget Text draws a Layout with
// one canvas.Text per run, and only the lines that are in view.
//
// Positions in a text are byte offsets into it, always between two grapheme
// clusters, so that an emoji or an accented letter is never cut. Text is data:
// nothing in it is interpreted but links (http, https and mailto only, shown
// letter by letter as they are) and single backticks.
//
// The package handles no pointer and no keys: the owner of the messages does,
// since a selection runs over several of them, and asks a Layout what lies
// where. Nothing here is safe for use by several goroutines.
package msgtext
