package kit

import "fyne.io/fyne/v2"

// Stack is a layout of objects below one another, each as wide as the stack and
// as tall as it needs at that width, with the gaps given: the last gap repeats.
// Unlike Fyne's own box it gives wrapped text its width before asking its height.
type Stack struct{ Gaps []float32 }

func (s Stack) gap(i int) float32 {
	if len(s.Gaps) == 0 {
		return 0
	}
	return s.Gaps[min(i, len(s.Gaps)-1)]
}

// Layout implements fyne.Layout.
func (s Stack) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var y float32
	n := 0
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		if n > 0 {
			y += s.gap(i - 1)
		}
		n++
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		height := o.MinSize().Height
		o.Resize(fyne.NewSize(size.Width, height))
		o.Move(fyne.NewPos(0, y))
		y += height
	}
}

// MinSize implements fyne.Layout.
func (s Stack) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var out fyne.Size
	n := 0
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		if n > 0 {
			out.Height += s.gap(i - 1)
		}
		n++
		m := o.MinSize()
		out.Height += m.Height
		out.Width = max(out.Width, m.Width)
	}
	return out
}

// Inset is a layout of one or more objects on top of each other, within margins.
type Inset struct{ Top, Right, Bottom, Left float32 }

// Margin returns the same inset on all sides.
func Margin(m float32) Inset { return Inset{m, m, m, m} }

// Layout implements fyne.Layout.
func (in Inset) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(in.Left, in.Top))
		o.Resize(fyne.NewSize(max(0, size.Width-in.Left-in.Right), max(0, size.Height-in.Top-in.Bottom)))
	}
}

// MinSize implements fyne.Layout.
func (in Inset) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var m fyne.Size
	for _, o := range objects {
		if o.Visible() {
			m = m.Max(o.MinSize())
		}
	}
	return m.AddWidthHeight(in.Left+in.Right, in.Top+in.Bottom)
}

// Middle is a layout that puts its objects into the middle, at most Width wide
// and as tall as they need; what is taller than the place stands at its top.
type Middle struct{ Width float32 }

// Layout implements fyne.Layout.
func (c Middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		width := min(c.Width, size.Width)
		o.Resize(fyne.NewSize(width, o.MinSize().Height))
		height := o.MinSize().Height
		o.Resize(fyne.NewSize(width, height))
		o.Move(fyne.NewPos((size.Width-width)/2, max(0, (size.Height-height)*0.42)))
	}
}

// MinSize implements fyne.Layout.
func (c Middle) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var m fyne.Size
	for _, o := range objects {
		m = m.Max(o.MinSize())
	}
	return m
}

// Row is a layout of objects beside one another with a gap, each as wide as it
// needs and centred in the height; the object at Grow takes what is left.
type Row struct {
	Gap  float32
	Grow int // -1: none
}

// Layout implements fyne.Layout.
func (r Row) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := size.Width - r.MinSize(objects).Width
	var x float32
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if i == r.Grow {
			m.Width = max(m.Width, m.Width+left)
		}
		o.Resize(m)
		if again := o.MinSize(); again.Height != m.Height { // wrapped text
			m.Height = again.Height
			o.Resize(m)
		}
		o.Move(fyne.NewPos(x, max(0, (size.Height-m.Height)/2)))
		x += m.Width + r.Gap
	}
}

// MinSize implements fyne.Layout.
func (r Row) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var out fyne.Size
	n := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		out.Width += m.Width
		out.Height = max(out.Height, m.Height)
		n++
	}
	out.Width += r.Gap * float32(max(0, n-1))
	return out
}
