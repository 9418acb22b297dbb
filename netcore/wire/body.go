package wire

import (
	"fmt"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// NullBody is the body of entries that say all by their kind.
var NullBody = []byte{0xf6}

// TextBody returns the body of an entry that is a text: KindText, KindEdit,
// KindReaction, KindRename.
func TextBody(text string) []byte { return appendCBOR(nil, text) }

// Text returns the text of a KindText or KindEdit entry, as sent and not
// neutralised.
func (e Entry) Text() (string, error) {
	if e.Kind != KindText && e.Kind != KindEdit {
		return "", fmt.Errorf("entry of kind %d is no text", e.Kind)
	}
	return e.text(chat.MaxText)
}

// Reaction returns the text of a KindReaction entry, empty where one is taken
// back.
func (e Entry) Reaction() (string, error) {
	if e.Kind != KindReaction {
		return "", fmt.Errorf("entry of kind %d is no reaction", e.Kind)
	}
	return e.text(chat.MaxReaction)
}

// Name returns the name that a KindRename entry gives.
func (e Entry) Name() (string, error) {
	if e.Kind != KindRename {
		return "", fmt.Errorf("entry of kind %d names nothing", e.Kind)
	}
	return e.text(chat.MaxText) // cut to size when it is shown
}

func (e Entry) text(most int) (string, error) {
	var text string
	if err := decodeBody(e.Body, &text); err != nil {
		return "", err
	}
	if len(text) > most {
		return "", fmt.Errorf("%w: text of %d bytes, the most is %d", ErrMalformed, len(text), most)
	}
	return text, nil
}

// Genesis is what founds a group.
type Genesis struct {
	Name string
	// Members are the first ones besides the founder.
	Members []identity.DeviceID
	// Nonce makes the group's ID, with the founder; see chat.GroupID.
	Nonce [16]byte
}

type genesisBody struct {
	Name    string   `cbor:"1,keyasint"`
	Members [][]byte `cbor:"2,keyasint"`
	Nonce   []byte   `cbor:"3,keyasint"`
}

// GenesisBody returns the body of a KindGenesis entry.
func GenesisBody(g Genesis) []byte {
	return appendCBOR(nil, genesisBody{Name: g.Name, Members: fromDevices(g.Members), Nonce: g.Nonce[:]})
}

// Genesis returns what a KindGenesis entry founds. It is an error if the
// conversation is not the one that founder and nonce make.
func (e Entry) Genesis() (Genesis, error) {
	if e.Kind != KindGenesis {
		return Genesis{}, fmt.Errorf("entry of kind %d founds nothing", e.Kind)
	}
	var body genesisBody
	if err := decodeBody(e.Body, &body); err != nil {
		return Genesis{}, err
	}
	g := Genesis{Name: body.Name}
	if err := fixed(g.Nonce[:], body.Nonce, "nonce"); err != nil {
		return Genesis{}, err
	}
	if e.Log.Conversation != chat.GroupID(e.Log.Author, g.Nonce) {
		return Genesis{}, fmt.Errorf("%w: genesis of another conversation, or by another than its founder", ErrMalformed)
	}
	if e.Sequence != 1 {
		return Genesis{}, fmt.Errorf("%w: genesis as entry %d", ErrMalformed, e.Sequence)
	}
	var err error
	g.Members, err = toDevices(body.Members)
	return g, err
}

// DevicesBody returns the body of a KindAdd or KindRemove entry.
func DevicesBody(devices []identity.DeviceID) []byte { return appendCBOR(nil, fromDevices(devices)) }

// Devices returns whom a KindAdd or KindRemove entry adds or removes.
func (e Entry) Devices() ([]identity.DeviceID, error) {
	if e.Kind != KindAdd && e.Kind != KindRemove {
		return nil, fmt.Errorf("entry of kind %d adds and removes nobody", e.Kind)
	}
	var body [][]byte
	if err := decodeBody(e.Body, &body); err != nil {
		return nil, err
	}
	return toDevices(body)
}

func fromDevices(devices []identity.DeviceID) [][]byte {
	raw := make([][]byte, len(devices))
	for i := range devices {
		raw[i] = devices[i][:]
	}
	return raw
}

func toDevices(raw [][]byte) ([]identity.DeviceID, error) {
	if len(raw) > chat.MaxMembers {
		return nil, fmt.Errorf("%w: %d devices, a group has at most %d members", ErrMalformed, len(raw), chat.MaxMembers)
	}
	devices := make([]identity.DeviceID, len(raw))
	for i, r := range raw {
		if err := fixed(devices[i][:], r, "device"); err != nil {
			return nil, err
		}
	}
	return devices, nil
}
