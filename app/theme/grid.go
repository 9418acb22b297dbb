package theme

import (
	"math"

	"fyne.io/fyne/v2"
)

// Grid is the grid of the screen's pixels: how many stand for one of Fyne's
// units. Text that is not placed on it is drawn blurred, since Fyne stretches
// its picture to the nearest pixels.
type Grid float32

// GridOf returns the grid of the screen an object is on, or the plain one if it
// is on none yet.
func GridOf(o fyne.CanvasObject) Grid {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil && c.Scale() > 0 {
		return Grid(c.Scale())
	}
	return 1
}

// Round returns the nearest place on the grid.
func (g Grid) Round(v float32) float32 {
	return float32(math.Round(float64(v)*float64(g)) / float64(g))
}

// Ceil returns the next place on the grid.
func (g Grid) Ceil(v float32) float32 {
	const slack = 0.001 // what rounding left of a place on the grid
	return float32(math.Ceil(float64(v)*float64(g)-slack) / float64(g))
}

// Pos returns the nearest position on the grid.
func (g Grid) Pos(x, y float32) fyne.Position { return fyne.NewPos(g.Round(x), g.Round(y)) }
