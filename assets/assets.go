// Package assets holds the pictures that are compiled into the desktop app.
//
// Only app and cmd import it: nothing under netcore carries a picture. The
// PNG files are made from icon.svg by "make icons"; the screenshots by
// "make screenshots" are for the README and are not compiled in.
package assets

import _ "embed"

// Icon is the app's icon as a PNG of 256 pixels, for the window and the tray.
//
//go:embed icon-256.png
var Icon []byte

// IconSVG is the drawing that Icon is made from, for places that scale it.
//
//go:embed icon.svg
var IconSVG []byte
