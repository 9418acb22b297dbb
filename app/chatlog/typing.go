package chatlog

import (
	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/chatlog/words"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
)

// SetTyping says under the newest message who types. The room for it is always
// there, so that nothing moves.
func (l *Log) SetTyping(names []string) {
	if text := words.Typing(names); text != l.typists {
		l.typists = text
		l.place()
	}
}

// updateTyping puts the line under the newest message, if that is in view.
func (l *Log) updateTyping(visible []placed) {
	size := l.Size()
	foot := size.Height - footMargin
	if n := len(visible); n > 0 {
		end := visible[n-1]
		foot = end.y + l.rowHeight(end.index)
	}
	if l.typists == "" || !l.opened || l.win.Newer || foot >= size.Height {
		parts.Show(false, l.typing)
		return
	}
	x := sideMargin + 4
	if l.conv.Authors {
		x += theme.AvatarSize + avatarGap
	}
	var text fyne.Size
	l.typing.Text, text = msgtext.Ellipsis(l.typists, size.Width-x-sideMargin, l.typing.TextSize, l.typing.TextStyle)
	l.typing.Color = theme.Color(theme.ColorMeta)
	l.typing.Resize(text)
	l.typing.Move(l.look.grid.Pos(x, foot+(footMargin-text.Height)/2))
	parts.Show(true, l.typing)
	l.typing.Refresh()
}
