package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// sheetOver returns the sheet over the window of an object, or nil.
func sheetOver(o fyne.CanvasObject) *Sheet {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return nil
	}
	sheet, _ := c.Overlays().Top().(*Sheet)
	return sheet
}

// pass gives keys that an object has no use for to the sheet it stands on: Escape, and
// those that scroll.
func pass(o fyne.CanvasObject, e *fyne.KeyEvent) {
	if sheet := sheetOver(o); sheet != nil && !isEnter(e.Name) {
		sheet.TypedKey(e)
	}
}

// Reveal brings an object into sight, such as one that got the focus, where it stands in
// something that scrolls: on the sheet over the window, or in the window itself.
func Reveal(o fyne.CanvasObject) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return
	}
	in := c.Content()
	if sheet := sheetOver(o); sheet != nil {
		in = sheet.scroll
	}
	around, _ := scrollsAround(o, in)
	for _, scroll := range around {
		driver := fyne.CurrentApp().Driver()
		top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(scroll.Content).Y
		least := top + o.Size().Height - scroll.Size().Height
		scroll.ScrollToOffset(fyne.NewPos(0, min(max(scroll.Offset.Y, least), top)))
	}
}

// scrollsAround returns what scrolls an object that stands somewhere in another, the
// innermost first, and whether it does stand there.
func scrollsAround(o, in fyne.CanvasObject) (around []*container.Scroll, ok bool) {
	switch in := in.(type) {
	case *container.Scroll:
		if around, ok = scrollsAround(o, in.Content); ok {
			around = append(around, in)
		}
		return around, ok
	case *Tap:
		if o != in {
			return scrollsAround(o, in.ground)
		}
	case *Panel:
		return scrollsAround(o, in.object)
	case *fyne.Container:
		for _, child := range in.Objects {
			if around, ok = scrollsAround(o, child); ok {
				return around, true
			}
		}
	}
	return nil, o == in
}

func isEnter(key fyne.KeyName) bool { return key == fyne.KeyReturn || key == fyne.KeyEnter }
