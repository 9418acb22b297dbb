// Package theme is the look of Parlance: its colours in a light and a dark
// variant, its sizes, and the colours that stand for people.
//
// Every pair of text and ground that the program uses reaches a contrast of
// 4.5 to 1 in both variants (WCAG 2.2, success criterion 1.4.3), and every mark
// that means something 3 to 1 (1.4.11); the tests compute it. Fonts and icons
// are Fyne's own. Whether light or dark is shown follows the system, unless the
// user chose; where that choice is kept is the caller's business.
package theme
