package words

import (
	"golang.org/x/net/idna"

	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// AuthorTip says who an author is, beyond the name that anybody can take.
func AuthorTip(a chat.Author) string {
	switch {
	case a.Device.IsZero() && a.Address == a.Name: // somebody in a room
		return a.Name
	case a.Device.IsZero():
		return a.Name + " · " + a.Address
	}
	return a.Name + " · " + a.Device.Short()
}

// HostTip spells out a host with letters beyond ASCII, some of which look
// like others.
func HostTip(link msgtext.Link) string {
	u, err := link.Parse()
	if err != nil {
		return ""
	}
	host := u.Hostname()
	for _, r := range host {
		if r > 0x7f {
			if ascii, err := idna.ToASCII(host); err == nil {
				return "Opens " + ascii
			}
			return "This host's name is not valid"
		}
	}
	return ""
}
