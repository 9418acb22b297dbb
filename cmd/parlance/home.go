package main

import (
	"errors"
	"fmt"

	"github.com/parlance-chat/parlance/app"
	"github.com/parlance-chat/parlance/netcore"
)

// home is the open profile and its door. Both go and come back when the device
// gets another identity.
type home struct {
	cfg  netcore.Config
	show chan struct{} // a value for each wish to see the window
	node *netcore.Node // nil: not open
	door *door
}

// openHome opens the profile.
func openHome(cfg netcore.Config) (*home, error) {
	h := &home{cfg: cfg, show: make(chan struct{}, 1)}
	return h, h.open()
}

func (h *home) open() (err error) {
	if h.node, err = open(h.cfg); err != nil {
		h.node = nil
		return err
	}
	h.door = openDoor(h.node, h.show)
	return nil
}

func (h *home) close() error {
	if h.node == nil {
		return nil
	}
	h.door.close()
	err := h.node.Close()
	h.node = nil
	return err
}

// renew gives the profile another identity. Whatever fails, the profile is opened
// again if it can be.
func (h *home) renew() (app.Core, error) {
	profile := h.node.Self().Profile
	if err := h.close(); err != nil {
		return h.back(fmt.Errorf("close the profile: %w", err))
	}
	h.cfg.Profile, h.cfg.Name = profile, "" // the name is what it was changed to since
	if err := netcore.RenewIdentity(profile); err != nil {
		return h.back(fmt.Errorf("this machine keeps the identity it had: %w", err))
	}
	return h.back(nil)
}

// back opens the profile again after something that may have failed.
func (h *home) back(failed error) (app.Core, error) {
	if err := h.open(); err != nil {
		return nil, errors.Join(failed, err)
	}
	return app.FromNode(h.node), failed
}
