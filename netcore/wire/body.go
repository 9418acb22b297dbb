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
func TextBody(text string) []byte { return appendCBOR(nil, validText(text)) }

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
	var text *string // null is no text
	if err := decodeBody(e.Body, &text); err != nil {
		return "", err
	}
	if text == nil {
		return "", fmt.Errorf("%w: null where a text belongs", ErrMalformed)
	}
	if len(*text) > most {
		return "", fmt.Errorf("%w: text of %d bytes, the most is %d", ErrMalformed, len(*text), most)
	}
	return *text, nil
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

// GenesisBody returns the body of a KindGenesis entry. A device named twice is a
// member once.
func GenesisBody(g Genesis) []byte {
	return appendCBOR(nil, genesisBody{
		Name: validText(g.Name), Members: fromDevices(distinct(g.Members)), Nonce: g.Nonce[:],
	})
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
	if len(body.Name) > chat.MaxText {
		return Genesis{}, fmt.Errorf("%w: name of %d bytes, the most is %d", ErrMalformed, len(body.Name), chat.MaxText)
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
	if g.Members, err = toDevices(body.Members, chat.MaxMembers); err != nil {
		return Genesis{}, err
	}
	return g, nil
}

// DevicesBody returns the body of a KindAdd entry. A device named twice stands in
// it once.
func DevicesBody(devices []identity.DeviceID) []byte {
	return appendCBOR(nil, fromDevices(distinct(devices)))
}

// Devices returns whom a KindAdd or KindRemove entry adds or removes.
func (e Entry) Devices() ([]identity.DeviceID, error) {
	if e.Kind == KindRemove {
		removals, err := e.Removals()
		var devices []identity.DeviceID
		for _, r := range removals {
			devices = append(devices, r.Device)
		}
		return devices, err
	}
	if e.Kind != KindAdd {
		return nil, fmt.Errorf("entry of kind %d adds and removes nobody", e.Kind)
	}
	var body [][]byte
	if err := decodeBody(e.Body, &body); err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return nil, fmt.Errorf("%w: nobody is named", ErrMalformed)
	}
	return toDevices(body, chat.MaxMembers)
}

// Removal removes one member.
type Removal struct {
	Device identity.DeviceID
	// Known are the member's changes of the group that the remover knows. Others do
	// not count, whatever time they claim.
	Known []Hash
}

type removalBody struct {
	Device []byte   `cbor:"1,keyasint"`
	Known  [][]byte `cbor:"3,keyasint,omitempty"` // 2 was in use before
}

// RemoveBody returns the body of a KindRemove entry. Of a device named twice the
// first removal stands in it.
func RemoveBody(removals []Removal) []byte {
	seen := map[identity.DeviceID]bool{{}: true}
	body := make([]removalBody, 0, len(removals))
	for i := range removals {
		if r := &removals[i]; !seen[r.Device] {
			seen[r.Device] = true
			b := removalBody{Device: r.Device[:]}
			for k := range r.Known {
				b.Known = append(b.Known, r.Known[k][:])
			}
			body = append(body, b)
		}
	}
	return appendCBOR(nil, body)
}

// Removals returns whom a KindRemove entry removes.
func (e Entry) Removals() ([]Removal, error) {
	if e.Kind != KindRemove {
		return nil, fmt.Errorf("entry of kind %d removes nobody", e.Kind)
	}
	var body []removalBody
	if err := decodeBody(e.Body, &body); err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return nil, fmt.Errorf("%w: nobody is named", ErrMalformed)
	}
	raw := make([][]byte, len(body))
	for i := range body {
		raw[i] = body[i].Device
	}
	devices, err := toDevices(raw, chat.MaxMembers)
	if err != nil {
		return nil, err
	}
	removals := make([]Removal, len(devices))
	for i, id := range devices {
		removals[i].Device = id
		for _, raw := range body[i].Known {
			var h Hash
			if err := fixed(h[:], raw, "hash"); err != nil {
				return nil, err
			}
			removals[i].Known = append(removals[i].Known, h)
		}
	}
	return removals, nil
}

// distinct returns devices in their order, each once, without the zero ID: what
// toDevices takes.
func distinct(devices []identity.DeviceID) []identity.DeviceID {
	seen := map[identity.DeviceID]bool{{}: true}
	var kept []identity.DeviceID
	for _, d := range devices {
		if !seen[d] {
			seen[d] = true
			kept = append(kept, d)
		}
	}
	return kept
}

// fromDevices returns an empty array, not null, where there are none.
func fromDevices(devices []identity.DeviceID) [][]byte {
	raw := make([][]byte, len(devices))
	for i := range devices {
		raw[i] = devices[i][:]
	}
	return raw
}

// toDevices reads a list of at most so many devices. Nobody has the zero ID, and
// nobody stands in a list twice: the same list has one form.
func toDevices(raw [][]byte, most int) ([]identity.DeviceID, error) {
	if len(raw) > most {
		return nil, fmt.Errorf("%w: %d devices, the most is %d", ErrMalformed, len(raw), most)
	}
	var devices []identity.DeviceID
	seen := make(map[identity.DeviceID]bool, len(raw))
	for _, r := range raw {
		var id identity.DeviceID
		if err := fixed(id[:], r, "device"); err != nil {
			return nil, err
		}
		if id.IsZero() || seen[id] {
			return nil, fmt.Errorf("%w: device %s is nobody's or stands there twice", ErrMalformed, id.Short())
		}
		seen[id] = true
		devices = append(devices, id)
	}
	return devices, nil
}
