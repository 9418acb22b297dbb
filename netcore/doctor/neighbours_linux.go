package doctor

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// fields calls f with the fields of each line of a file but the first.
func fields(path string, f func([]string)) {
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Scan()
	for lines.Scan() {
		f(strings.Fields(lines.Text()))
	}
}

// neighbours returns the IPv4 addresses on the own networks of machines that
// said of late that they have them (proc(5), /proc/net/arp).
func neighbours() (list []netip.Addr) {
	const complete = 2 // ATF_COM of if_arp.h
	fields("/proc/net/arp", func(f []string) {
		if len(f) < 4 {
			return
		}
		flags, err := strconv.ParseUint(f[2], 0, 32)
		a, addrErr := netip.ParseAddr(f[0])
		if err == nil && addrErr == nil && flags&complete != 0 {
			list = append(list, a)
		}
	})
	return list
}

// hearErrors has a socket tell what routers say, and not only what the machine
// at the other end does (ip(7), IP_RECVERR).
func hearErrors(conn *net.UDPConn) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { // what fails leaves it as it was
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_RECVERR, 1)
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1)
	})
}

func isNeighbour(a netip.Addr) bool { return slices.Contains(neighbours(), a) }

// gateway returns the IPv4 router to everywhere; not valid if there is none.
func gateway() (router netip.Addr) {
	fields("/proc/net/route", func(f []string) {
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" || router.IsValid() {
			return
		}
		raw, err := hex.DecodeString(f[2]) // in the byte order of this machine
		if err == nil && len(raw) == 4 && f[2] != "00000000" {
			var ip [4]byte
			binary.NativeEndian.PutUint32(ip[:], binary.BigEndian.Uint32(raw))
			router = netip.AddrFrom4(ip)
		}
	})
	return router
}
