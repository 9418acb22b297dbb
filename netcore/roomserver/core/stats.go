package core

import (
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// STATS tells how long the server is up (u); it keeps no other statistics.
func runStats(x *call) {
	if !x.here(x.m.Param(1)) {
		return
	}
	letter := word(clip(x.m.Params[0], 1))
	if letter == "u" {
		up := x.at.Sub(x.s.started)
		day := 24 * time.Hour
		x.text(irc.RPL_STATSUPTIME, fmt.Sprintf("Server Up %d days %d:%02d:%02d", up/day, up%day/time.Hour, up%time.Hour/time.Minute, up%time.Minute/time.Second))
	}
	x.reply(irc.RPL_ENDOFSTATS, letter)
}
