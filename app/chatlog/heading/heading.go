// Package heading is what stands above a message: the day, the line above the
// first unread one, and the author's name with the avatar.
package heading

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/chatlog/words"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Distances.
const (
	GroupGap float32 = 12 // between messages of different groups
	JoinGap  float32 = 3  // within a group
	Side     float32 = 16 // from the pane's edges

	dayHeight    float32 = 42
	unreadHeight float32 = 32
	nameHeight   float32 = 20
)

// Heading says what stands above a message.
type Heading struct {
	Day, Unread bool
	Group       bool // the message begins a group
	Name        bool // with the avatar
	Height      float32
}

// groupWithin is the pause that ends a group of messages of one author.
const groupWithin = 5 * time.Minute

// Joined says whether a message follows another so closely that they are shown
// as a group; changes of a group are one of their own.
func Joined(a, b *chat.Message) bool {
	if a.Change != nil || b.Change != nil {
		return a.Change != nil && b.Change != nil
	}
	return a.Own == b.Own && a.From.Device == b.From.Device && a.From.Address == b.From.Address && b.Sent.Sub(a.Sent).Abs() <= groupWithin
}

// Measured returns the heading with its height.
func (h Heading) Measured() Heading {
	h.Height = JoinGap
	if h.Group && !h.Day && !h.Unread {
		h.Height = GroupGap
	}
	if h.Day {
		h.Height += dayHeight
	}
	if h.Unread {
		h.Height += unreadHeight
	}
	if h.Name {
		h.Height += nameHeight
	}
	return h
}

// View is the objects that draw a heading.
type View struct {
	Day    *canvas.Text
	Unread *canvas.Text
	Avatar *avatar.Avatar // nil above one's own messages, and so is the name
	Name   *canvas.Text

	pill  *canvas.Rectangle    // around the day
	rules [2]*canvas.Rectangle // left and right of the "unread" text
}

// NewView returns a view for one's own messages or for those of others.
func NewView(own bool) *View {
	v := &View{
		Day:    canvas.NewText("", color.Transparent),
		Unread: canvas.NewText(words.Unread, color.Transparent),
		pill:   canvas.NewRectangle(color.Transparent),
	}
	v.Day.TextSize, v.Day.TextStyle.Bold = theme.CaptionSize, true
	v.Unread.TextSize, v.Unread.TextStyle.Bold = theme.CaptionSize, true
	v.pill.StrokeWidth = 1
	for i := range v.rules {
		v.rules[i] = canvas.NewRectangle(color.Transparent)
	}
	if !own {
		v.Avatar = avatar.New(theme.AvatarSize)
		v.Name = canvas.NewText("", color.Transparent)
		v.Name.TextSize, v.Name.TextStyle.Bold = theme.NameSize, true
	}
	return v
}

// Objects returns what is to be drawn, always the same.
func (v *View) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{v.pill, v.Day, v.rules[0], v.rules[1], v.Unread}
	if v.Avatar != nil {
		objects = append(objects, v.Avatar, v.Name)
	}
	return objects
}

// Manner is where a heading is shown.
type Manner struct {
	Width float32 // of the pane
	Left  float32 // where the author's bubbles begin
	Grid  theme.Grid
	Now   time.Time
}

// Show draws the heading of a message, from the row's upper left corner.
func (v *View) Show(h Heading, m *chat.Message, how Manner) {
	width, grid := how.Width, how.Grid
	y := float32(0)
	parts.Show(h.Day, v.pill, v.Day)
	if h.Day {
		v.Day.Text, v.Day.Color = words.Day(m.Sent.Local(), how.Now), theme.Color(theme.ColorPillText)
		v.pill.FillColor, v.pill.StrokeColor = theme.Color(theme.ColorPill), theme.Color(theme.ColorPillEdge)
		size := v.Day.MinSize()
		pill := fyne.NewSize(size.Width+24, size.Height+6)
		v.pill.CornerRadius = pill.Height / 2
		v.pill.Resize(pill)
		v.pill.Move(grid.Pos((width-pill.Width)/2, (dayHeight-pill.Height)/2))
		v.Day.Resize(size)
		v.Day.Move(grid.Pos((width-size.Width)/2, (dayHeight-size.Height)/2))
		y += dayHeight
	}
	parts.Show(h.Unread, v.rules[0], v.rules[1], v.Unread)
	if h.Unread {
		c := theme.Color(theme.ColorUnread)
		v.Unread.Color = c
		size := v.Unread.MinSize()
		left := grid.Round((width - size.Width) / 2)
		v.Unread.Resize(size)
		v.Unread.Move(grid.Pos(left, y+(unreadHeight-size.Height)/2))
		for i, rule := range v.rules {
			rule.FillColor = c
			rule.Resize(fyne.NewSize(max(left-Side-10, 0), 1))
			rule.Move(grid.Pos([2]float32{Side, left + size.Width + 10}[i], y+unreadHeight/2))
		}
	}
	if v.Avatar == nil {
		return
	}
	parts.Show(h.Name, v.Avatar, v.Name)
	if h.Name {
		top := h.Height - nameHeight
		v.Avatar.Set(m.From.ID(), m.From.Name)
		v.Avatar.Resize(fyne.NewSquareSize(theme.AvatarSize))
		v.Avatar.Move(fyne.NewPos(Side, top+2))
		v.Name.Text, _ = msgtext.Ellipsis(m.From.Name, width-how.Left-Side, v.Name.TextSize, v.Name.TextStyle)
		v.Name.Color = theme.Name(m.From.ID())
		v.Name.Resize(v.Name.MinSize())
		v.Name.Move(grid.Pos(how.Left+4, top))
	}
}
