package people

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
)

// Tone says how the words that lead the second line of a row are drawn.
type Tone int

// The tones.
const (
	Quiet   Tone = iota // like the rest of the line
	Draft               // something typed and not sent
	Warning             // something to look at before answering
)

// Row is one line of the list: a person, a conversation or a heading.
type Row struct {
	// Key tells the row apart from all others.
	Key string
	// Heading makes the row a heading with Title and Count; Folded says that the
	// rows below it are hidden.
	Heading bool
	Folded  bool
	Count   int

	// ID chooses the avatar's colour: the device ID, so that a person who changes
	// their name keeps it. Wire draws an address instead of a person.
	ID       string
	Wire     bool
	Presence avatar.Presence

	Title   string
	Time    string
	Lead    string // comes before Preview, in the row's Tone
	Tone    Tone
	Preview string
	Unread  int
	Faint   bool // somebody blocked
}

const (
	rowHeight     float32 = 62
	headingHeight float32 = 36
	rowInset      float32 = 8 // from the list's edge to a row's background
	rowPadding    float32 = 9
	rowRadius     float32 = 10
	arrowSize     float32 = 16
)

func (r Row) height() float32 {
	if r.Heading {
		return headingHeight
	}
	return rowHeight
}

// rowView shows one Row. It is recycled: set gives it another one.
type rowView struct {
	widget.BaseWidget
	row      Row
	selected bool
	focused  bool
	hovered  bool
	onTap    func(Row)
	onMenu   func(Row, fyne.Position)
}

func newRowView(onTap func(Row), onMenu func(Row, fyne.Position)) *rowView {
	v := &rowView{onTap: onTap, onMenu: onMenu}
	v.ExtendBaseWidget(v)
	return v
}

func (v *rowView) set(row Row, selected, focused bool) {
	if v.row == row && v.selected == selected && v.focused == focused {
		return
	}
	if v.row.Key != row.Key {
		v.hovered = false
	}
	v.row, v.selected, v.focused = row, selected, focused
	v.Refresh()
}

// Tapped implements fyne.Tappable.
func (v *rowView) Tapped(*fyne.PointEvent) { v.onTap(v.row) }

// TappedSecondary implements fyne.SecondaryTappable.
func (v *rowView) TappedSecondary(e *fyne.PointEvent) {
	if !v.row.Heading {
		v.onMenu(v.row, e.AbsolutePosition)
	}
}

// MouseIn implements desktop.Hoverable.
func (v *rowView) MouseIn(*desktop.MouseEvent) { v.hover(true) }

// MouseMoved implements desktop.Hoverable.
func (v *rowView) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (v *rowView) MouseOut() { v.hover(false) }

func (v *rowView) hover(on bool) {
	if v.hovered != on {
		v.hovered = on
		v.Refresh()
	}
}

// Cursor implements desktop.Cursorable.
func (v *rowView) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (v *rowView) CreateRenderer() fyne.WidgetRenderer {
	r := &rowRenderer{
		view:    v,
		back:    canvas.NewRectangle(color.Transparent),
		avatar:  avatar.New(theme.ListAvatar),
		wire:    kit.NewWire(theme.ListAvatar),
		title:   canvas.NewText("", color.Black),
		time:    canvas.NewText("", color.Black),
		lead:    canvas.NewText("", color.Black),
		preview: canvas.NewText("", color.Black),
		badge:   canvas.NewRectangle(color.Transparent),
		count:   canvas.NewText("", color.White),
		arrow:   canvas.NewImageFromResource(fynetheme.MenuDropDownIcon()),
	}
	r.back.CornerRadius = rowRadius
	r.count.TextStyle.Bold = true
	r.arrow.FillMode = canvas.ImageFillContain
	r.person = []fyne.CanvasObject{r.avatar, r.wire, r.preview, r.lead, r.badge, r.count}
	r.objects = append([]fyne.CanvasObject{r.back, r.title, r.time, r.arrow}, r.person...)
	r.Refresh()
	return r
}

type rowRenderer struct {
	view                       *rowView
	avatar                     *avatar.Avatar
	wire                       *kit.Wire
	back, badge                *canvas.Rectangle
	title, time, lead, preview *canvas.Text
	count                      *canvas.Text
	arrow                      *canvas.Image
	person, objects            []fyne.CanvasObject
}

// Destroy implements fyne.WidgetRenderer.
func (r *rowRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *rowRenderer) Objects() []fyne.CanvasObject { return r.objects }

// MinSize implements fyne.WidgetRenderer.
func (r *rowRenderer) MinSize() fyne.Size { return fyne.NewSize(140, r.view.row.height()) }

// Layout implements fyne.WidgetRenderer.
func (r *rowRenderer) Layout(size fyne.Size) {
	if r.view.row.Heading {
		r.layoutHeading(size)
	} else {
		r.layoutPerson(size)
	}
}

func (r *rowRenderer) layoutPerson(size fyne.Size) {
	row := r.view.row
	r.back.Move(fyne.NewPos(rowInset, 1))
	r.back.Resize(fyne.NewSize(size.Width-2*rowInset, size.Height-2))
	left, right := rowInset+rowPadding, size.Width-rowInset-rowPadding
	for _, o := range []fyne.CanvasObject{r.avatar, r.wire} {
		o.Move(fyne.NewPos(left, (size.Height-theme.ListAvatar)/2))
		o.Resize(fyne.NewSquareSize(theme.ListAvatar))
	}
	left += theme.ListAvatar + 11

	titleHeight := fyne.MeasureText("Mg", r.title.TextSize, r.title.TextStyle).Height
	previewHeight := fyne.MeasureText("Mg", r.preview.TextSize, r.preview.TextStyle).Height
	top := (size.Height - titleHeight - previewHeight - 1) / 2
	bottom := top + titleHeight + 1

	titleRight := right
	if row.Time != "" {
		t := r.time.MinSize()
		r.time.Move(fyne.NewPos(right-t.Width, top+(titleHeight-t.Height)/2))
		r.time.Resize(t)
		titleRight -= t.Width + 8
	}
	r.title.Text = kit.Fit(row.Title, r.title.TextSize, r.title.TextStyle, titleRight-left)
	r.title.Move(fyne.NewPos(left, top))
	r.title.Resize(fyne.NewSize(titleRight-left, titleHeight))

	previewRight := right
	if row.Unread > 0 {
		n := r.count.MinSize()
		height := n.Height + 3
		width := max(height, n.Width+11)
		at := fyne.NewPos(right-width, bottom+(previewHeight-height)/2)
		r.badge.CornerRadius = height / 2
		r.badge.Move(at)
		r.badge.Resize(fyne.NewSize(width, height))
		r.count.Move(at.AddXY((width-n.Width)/2, (height-n.Height)/2))
		r.count.Resize(n)
		previewRight -= width + 8
	}
	if row.Lead != "" {
		lead := fyne.MeasureText(row.Lead+" ", r.lead.TextSize, r.lead.TextStyle)
		r.lead.Move(fyne.NewPos(left, bottom))
		r.lead.Resize(lead)
		left += lead.Width
	}
	r.preview.Text = kit.Fit(row.Preview, r.preview.TextSize, r.preview.TextStyle, previewRight-left)
	r.preview.Move(fyne.NewPos(left, bottom))
	r.preview.Resize(fyne.NewSize(previewRight-left, previewHeight))
}

func (r *rowRenderer) layoutHeading(size fyne.Size) {
	left, right := rowInset+rowPadding, size.Width-rowInset-rowPadding
	count := r.time.MinSize()
	r.title.Text = kit.Fit(r.view.row.Title, r.title.TextSize, r.title.TextStyle, right-left-arrowSize-count.Width-14)
	title := r.title.MinSize()
	base := size.Height - title.Height - 7
	r.title.Move(fyne.NewPos(left, base))
	r.title.Resize(title)
	r.time.Move(fyne.NewPos(left+title.Width+7, base+(title.Height-count.Height)/2))
	r.time.Resize(count)
	r.arrow.Move(fyne.NewPos(right-arrowSize, base+(title.Height-arrowSize)/2))
	r.arrow.Resize(fyne.NewSquareSize(arrowSize))
}

// Refresh implements fyne.WidgetRenderer.
func (r *rowRenderer) Refresh() {
	row, caption := r.view.row, theme.CaptionSize
	for _, o := range r.objects {
		o.Show()
	}
	r.time.Color, r.time.TextSize, r.time.Text = theme.Color(fynetheme.ColorNamePlaceHolder), caption, row.Time
	r.title.TextStyle.Bold = row.Heading || row.Unread > 0
	if row.Heading {
		r.refreshHeading()
	} else {
		r.refreshPerson()
	}
	r.refreshBack()
	r.Layout(r.view.Size())
	for _, o := range r.objects {
		o.Refresh()
	}
}

func (r *rowRenderer) refreshHeading() {
	row := r.view.row
	for _, o := range r.person {
		o.Hide()
	}
	r.title.Color, r.title.TextSize = theme.Color(fynetheme.ColorNamePlaceHolder), theme.CaptionSize+1
	if row.Count > 0 {
		r.time.Text = countText(row.Count)
	}
	icon := fynetheme.MenuDropDownIcon()
	if row.Folded {
		icon = fynetheme.NavigateNextIcon()
	}
	r.arrow.Resource = fynetheme.NewColoredResource(icon, fynetheme.ColorNamePlaceHolder)
}

func (r *rowRenderer) refreshPerson() {
	row := r.view.row
	r.arrow.Hide()
	if row.Wire {
		r.avatar.Hide()
	} else {
		r.wire.Hide()
		r.avatar.Set(row.ID, row.Title)
		r.avatar.SetPresence(row.Presence)
	}
	muted, normal := theme.Color(fynetheme.ColorNamePlaceHolder), theme.Color(fynetheme.ColorNameForeground)
	r.title.Color, r.title.TextSize = normal, theme.TextSize
	r.preview.Color, r.preview.TextSize = muted, theme.NameSize
	if row.Unread > 0 {
		r.preview.Color = normal
	}
	if row.Faint {
		r.title.Color = muted
	}
	r.lead.Text, r.lead.TextSize = row.Lead, theme.NameSize
	switch row.Tone {
	case Draft:
		r.lead.Color = theme.Color(fynetheme.ColorNamePrimary)
	case Warning:
		r.lead.Color = theme.Color(fynetheme.ColorNameWarning)
	default:
		r.lead.Color = r.preview.Color
	}
	if row.Lead == "" {
		r.lead.Hide()
	}
	if row.Unread > 0 {
		r.badge.FillColor = theme.Color(theme.ColorUnread)
		r.count.Color, r.count.TextSize, r.count.Text = theme.Color(theme.ColorOnUnread), theme.CaptionSize, countText(row.Unread)
	} else {
		r.badge.Hide()
		r.count.Hide()
	}
}

func (r *rowRenderer) refreshBack() {
	r.back.FillColor, r.back.StrokeWidth = color.Transparent, 0
	switch v := r.view; {
	case v.row.Heading:
	case v.selected:
		r.back.FillColor = theme.Color(theme.ColorSelectedRow)
		if v.focused {
			r.back.StrokeWidth, r.back.StrokeColor = 1.5, theme.Color(fynetheme.ColorNamePrimary)
		}
	case v.hovered:
		r.back.FillColor = theme.Color(fynetheme.ColorNameHover)
	}
}

func countText(n int) string {
	if n > 999 {
		return "999+"
	}
	return strconv.Itoa(n)
}
