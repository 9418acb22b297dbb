package people

import (
	"image/color"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
)

// CreateRenderer implements fyne.Widget.
func (v *rowView) CreateRenderer() fyne.WidgetRenderer {
	r := &rowRenderer{
		view:    v,
		back:    canvas.NewRectangle(color.Transparent),
		avatar:  avatar.New(theme.ListAvatar),
		wire:    kit.NewWire(theme.ListAvatar),
		crowd:   kit.NewCrowd(theme.ListAvatar),
		aside:   canvas.NewText("", color.Black),
		muted:   canvas.NewImageFromResource(nil),
		called:  canvas.NewText("@", color.White),
		callee:  canvas.NewRectangle(color.Transparent),
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
	r.called.TextStyle.Bold = true
	r.arrow.FillMode, r.muted.FillMode = canvas.ImageFillContain, canvas.ImageFillContain
	r.person = []fyne.CanvasObject{r.avatar, r.wire, r.crowd, r.aside, r.muted, r.preview, r.lead, r.badge, r.count, r.callee, r.called}
	r.objects = append([]fyne.CanvasObject{r.back, r.title, r.time, r.arrow}, r.person...)
	r.Refresh()
	return r
}

type rowRenderer struct {
	view                       *rowView
	avatar                     *avatar.Avatar
	wire                       *kit.Wire
	crowd                      *kit.Crowd
	back, badge, callee        *canvas.Rectangle // callee: under the "@"
	aside, called              *canvas.Text
	muted                      *canvas.Image
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
	for _, o := range []fyne.CanvasObject{r.avatar, r.wire, r.crowd} {
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
		before := right - t.Width - 8
		whole := fyne.MeasureText(row.Title, r.title.TextSize, r.title.TextStyle).Width + r.behindTitle()
		// The time gives way to what stands behind a title, or the title would be cut.
		if r.time.Hidden = row.Aside != "" && whole > before-left; !r.time.Hidden {
			r.time.Move(fyne.NewPos(right-t.Width, top+(titleHeight-t.Height)/2))
			r.time.Resize(t)
			titleRight = before
		}
	}
	r.layoutTitle(left, titleRight, top, titleHeight)

	previewRight := right
	pill := func(ground *canvas.Rectangle, text *canvas.Text) {
		n := text.MinSize()
		height := n.Height + 3
		width := max(height, n.Width+11)
		at := fyne.NewPos(previewRight-width, bottom+(previewHeight-height)/2)
		ground.CornerRadius = height / 2
		ground.Move(at)
		ground.Resize(fyne.NewSize(width, height))
		text.Move(at.AddXY((width-n.Width)/2, (height-n.Height)/2))
		text.Resize(n)
		previewRight -= width + 4
	}
	if row.Unread > 0 {
		pill(r.badge, r.count)
	}
	if row.Mentioned {
		pill(r.callee, r.called)
	}
	if previewRight < right {
		previewRight -= 4
	}
	if row.Lead != "" {
		// A long name leaves room for what was said.
		r.lead.Text = fitLead(row.Lead, r.lead, (previewRight-left)*0.55)
		lead := fyne.MeasureText(r.lead.Text+" ", r.lead.TextSize, r.lead.TextStyle)
		r.lead.Move(fyne.NewPos(left, bottom))
		r.lead.Resize(lead)
		left += lead.Width
	}
	r.preview.Text = kit.Fit(row.Preview, r.preview.TextSize, r.preview.TextStyle, previewRight-left)
	r.preview.Move(fyne.NewPos(left, bottom))
	r.preview.Resize(fyne.NewSize(previewRight-left, previewHeight))
}

// fitLead shortens a lead, not the colon at its end.
func fitLead(lead string, as *canvas.Text, width float32) string {
	name, colon := strings.CutSuffix(lead, ":")
	if !colon {
		return kit.Fit(lead, as.TextSize, as.TextStyle, width)
	}
	return kit.Fit(name, as.TextSize, as.TextStyle, width-fyne.MeasureText(":", as.TextSize, as.TextStyle).Width) + ":"
}

const asideGap, mutedGap float32 = 6, 5 // to what stands before them

// behindTitle is how much room what stands behind the title takes.
func (r *rowRenderer) behindTitle() (width float32) {
	if r.view.row.Aside != "" {
		width += r.aside.MinSize().Width + asideGap
	}
	if r.view.row.Muted {
		width += mutedSize + mutedGap
	}
	return width
}

// layoutTitle lays out the title and what stands behind it, from left to right.
func (r *rowRenderer) layoutTitle(left, right, top, height float32) {
	row, room := r.view.row, right-left-r.behindTitle()
	r.title.Text = kit.Fit(row.Title, r.title.TextSize, r.title.TextStyle, room)
	width := min(room, fyne.MeasureText(r.title.Text, r.title.TextSize, r.title.TextStyle).Width)
	r.title.Move(fyne.NewPos(left, top))
	r.title.Resize(fyne.NewSize(width, height))
	left += width
	if row.Aside != "" {
		aside := r.aside.MinSize()
		r.aside.Move(fyne.NewPos(left+asideGap, top+(height-aside.Height)/2))
		r.aside.Resize(aside)
		left += aside.Width + asideGap
	}
	if row.Muted {
		r.muted.Move(fyne.NewPos(left+mutedGap, top+(height-mutedSize)/2))
		r.muted.Resize(fyne.NewSquareSize(mutedSize))
	}
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
	r.title.TextStyle.Bold = row.Heading || row.Unread > 0 && !row.Hushed
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
		icon = fynetheme.MenuExpandIcon()
	}
	r.arrow.Resource = fynetheme.NewColoredResource(icon, fynetheme.ColorNamePlaceHolder)
}

func (r *rowRenderer) refreshPerson() {
	row := r.view.row
	r.arrow.Hide()
	r.avatar.Hidden, r.wire.Hidden = row.Picture != Person, row.Picture != Wire
	r.crowd.Hidden = !r.avatar.Hidden || !r.wire.Hidden
	switch row.Picture {
	case Person:
		r.avatar.Set(row.ID, row.Title)
		r.avatar.SetPresence(row.Presence)
	case Group:
		r.crowd.Set(row.ID, row.Title)
	case Everyone:
		r.crowd.SetEveryone()
	case Room:
		r.crowd.SetRoom(row.ID, row.Open)
	case Server:
		r.crowd.SetServer(row.ID, row.Open)
	}
	muted, normal := theme.Color(fynetheme.ColorNamePlaceHolder), theme.Color(fynetheme.ColorNameForeground)
	r.title.Color, r.title.TextSize = normal, theme.TextSize
	r.preview.Color, r.preview.TextSize = muted, theme.NameSize
	if row.Unread > 0 && !row.Hushed {
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
	r.aside.Text, r.aside.TextSize, r.aside.Color = row.Aside, theme.CaptionSize, muted
	r.aside.Hidden = row.Aside == ""
	r.muted.Resource = fynetheme.NewColoredResource(fynetheme.VolumeMuteIcon(), fynetheme.ColorNamePlaceHolder)
	r.muted.Hidden = !row.Muted
	r.refreshBadges()
}

// refreshBadges draws what is unread: loudly where it is to be noticed, and a
// mention always.
func (r *rowRenderer) refreshBadges() {
	row := r.view.row
	loud, onLoud := theme.Color(theme.ColorUnread), theme.Color(theme.ColorOnUnread)
	r.badge.FillColor, r.count.Color = loud, onLoud
	if row.Hushed {
		r.badge.FillColor, r.count.Color = theme.Color(fynetheme.ColorNameButton), theme.Color(fynetheme.ColorNameForeground)
	}
	r.count.TextSize, r.count.Text = theme.CaptionSize, countText(row.Unread)
	r.badge.Hidden, r.count.Hidden = row.Unread == 0, row.Unread == 0
	r.callee.FillColor, r.called.Color, r.called.TextSize = loud, onLoud, theme.CaptionSize
	r.callee.Hidden, r.called.Hidden = !row.Mentioned, !row.Mentioned
}

func (r *rowRenderer) refreshBack() {
	r.back.FillColor, r.back.StrokeWidth = color.Transparent, 0
	switch v := r.view; {
	case v.row.Heading:
	case v.selected:
		r.back.FillColor = theme.Color(theme.ColorSelectedRow)
	case v.hovered:
		r.back.FillColor = theme.Color(fynetheme.ColorNameHover)
	}
	if r.view.focused {
		r.back.StrokeWidth, r.back.StrokeColor = 1.5, theme.Color(fynetheme.ColorNamePrimary)
	}
}

func countText(n int) string {
	if n > 999 {
		return "999+"
	}
	return strconv.Itoa(n)
}
