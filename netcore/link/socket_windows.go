package link

import (
	"syscall"

	"golang.org/x/sys/windows"
)

var forgivableErrnos = []syscall.Errno{
	windows.WSAENETUNREACH, windows.WSAEHOSTUNREACH, windows.WSAENETDOWN, windows.WSAEHOSTDOWN,
	windows.WSAENOBUFS, windows.WSAEACCES, windows.WSAECONNREFUSED, windows.WSAECONNRESET,
}
