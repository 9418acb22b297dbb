package session

import "github.com/parlance-chat/parlance/netcore/room/machine"

// Status implements machine.Machine.
func (s *Session) Status() machine.Status {
	network, _ := s.support.Get("NETWORK")
	st := machine.Status{Online: s.state == online, Nick: s.nick, Account: s.reg.account, Network: network, Blocked: s.state == stopped}
	if !st.Online {
		st.Why = s.reason
	}
	if s.state == waiting {
		st.RetryAt = s.retryAt
	}
	return st
}

// Fold returns the form of a target that all its spellings share on this server.
func (s *Session) Fold(target string) string { return s.fold(target) }

// IsChannel says whether a target is a channel on this server.
func (s *Session) IsChannel(target string) bool { return s.support.IsChannel(target) }

// Waits says whether the server has yet to answer for own messages. Who goes without
// hearing it may have to send them again.
func (s *Session) Waits() bool {
	return s.state == online && s.outbox.Waits()
}
