package core

import (
	"strconv"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// TIME tells the server's time.
func runTime(x *call) {
	if x.here(x.m.Param(0)) {
		x.text(irc.RPL_TIME, x.s.cfg.Name, strconv.FormatInt(x.at.Unix(), 10), "0", x.at.Format(time.RFC1123))
	}
}
