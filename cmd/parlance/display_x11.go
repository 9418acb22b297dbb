//go:build unix && !darwin

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// checkDisplay says why no window can be shown. Fyne would end the program from
// within, with a message about GLFW that helps nobody.
func checkDisplay() error {
	name := os.Getenv("DISPLAY")
	if name == "" {
		if os.Getenv("WAYLAND_DISPLAY") != "" {
			return errors.New("this Wayland session offers no X11 display (Xwayland), which the window needs")
		}
		return errors.New("there is no display to show a window on (DISPLAY is not set)")
	}
	network, address, err := displayAddress(name)
	if err != nil {
		return err
	}
	conn, err := net.DialTimeout(network, address, 5*time.Second)
	if err != nil && network == "unix" {
		conn, err = net.DialTimeout(network, "@"+address, 5*time.Second) // the abstract socket beside it
	}
	if err != nil {
		return fmt.Errorf("the display %s does not answer: %w", name, err)
	}
	return conn.Close()
}

// displayAddress returns where the X server of a display listens: [host]:number,
// with the number of a screen behind it that does not matter here (X(7)).
func displayAddress(name string) (network, address string, err error) {
	at := strings.LastIndexByte(name, ':')
	if at < 0 {
		return "", "", fmt.Errorf("DISPLAY is %q, which names no display", name)
	}
	host, number := name[:at], name[at+1:]
	number, _, _ = strings.Cut(number, ".")
	n, err := strconv.ParseUint(number, 10, 15)
	switch {
	case err != nil:
		return "", "", fmt.Errorf("DISPLAY is %q, which names no display", name)
	case strings.HasPrefix(host, "/"): // macOS's launchd, and some sandboxes
		return "unix", host, nil
	case host == "" || host == "unix":
		return "unix", fmt.Sprintf("/tmp/.X11-unix/X%d", n), nil
	}
	return "tcp", net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(6000+int(n))), nil
}
