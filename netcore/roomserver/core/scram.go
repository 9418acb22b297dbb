package core

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// ScramIterations is what Hashed.Scram is expected to have: the least that RFC
// 7677 allows, for the client's sake. Names that are not known show the same.
const ScramIterations = 4096

// scramTalk is a SCRAM-SHA-256 log-in after the client's first message.
type scramTalk struct {
	name   string // of the account, "" if there is none
	keys   Scram
	nonce  string
	header string // GS2, as the client sent it
	first  string // client-first-message-bare
	server string // server-first-message
	proved bool
}

func (x *call) saslScram(data string) {
	t := x.c.sasl.scram
	switch {
	case t == nil:
		x.scramFirst(data)
	case !t.proved:
		x.scramFinal(t, data)
	case data != "" || t.name == "":
		x.saslFail()
	default:
		x.saslDone(t.name)
	}
}

// scramFirst answers the client's first message (RFC 5802 section 5).
func (x *call) scramFirst(data string) {
	parts := strings.SplitN(data, ",", 3)
	if len(parts) != 3 || parts[0] != "n" && parts[0] != "y" {
		x.saslFail()
		return
	}
	t := &scramTalk{header: parts[0] + "," + parts[1] + ",", first: parts[2]}
	fields := strings.Split(t.first, ",")
	if len(fields) < 2 || !strings.HasPrefix(fields[0], "n=") || !strings.HasPrefix(fields[1], "r=") || len(fields[1]) < 3 {
		x.saslFail()
		return
	}
	name := strings.NewReplacer("=2C", ",", "=3D", "=").Replace(fields[0][2:])
	if as, ok := strings.CutPrefix(parts[1], "a="); ok && fold(as) != fold(name) {
		x.saslFail()
		return
	}
	if a := x.s.accounts[fold(name)]; a != nil && a.secret != nil && a.secret.Scram.Iterations > 0 {
		t.name, t.keys = a.name, a.secret.Scram
	} else { // go on, so that nobody learns which names there are
		salt := mac(x.s.cfg.Seed[:], fold(name))
		t.keys = Scram{Salt: salt[:16], Iterations: ScramIterations}
	}
	var nonce [18]byte
	x.s.random(nonce[:])
	t.nonce = fields[1][2:] + base64.StdEncoding.EncodeToString(nonce[:])
	t.server = "r=" + t.nonce + ",s=" + base64.StdEncoding.EncodeToString(t.keys.Salt) + ",i=" + strconv.Itoa(t.keys.Iterations)
	x.c.sasl.scram = t
	x.saslSend(t.server)
}

// scramFinal checks the client's proof.
func (x *call) scramFinal(t *scramTalk, data string) {
	without, proof, ok := strings.Cut(data, ",p=")
	channel := "c=" + base64.StdEncoding.EncodeToString([]byte(t.header))
	given, err := base64.StdEncoding.DecodeString(proof)
	if !ok || without != channel+",r="+t.nonce || err != nil || len(given) != sha256.Size || t.name == "" {
		x.saslFail()
		return
	}
	message := t.first + "," + t.server + "," + without
	signature := mac(t.keys.StoredKey, message)
	for i := range given {
		given[i] ^= signature[i]
	}
	if key := sha256.Sum256(given); !hmac.Equal(key[:], t.keys.StoredKey) {
		x.saslFail()
		return
	}
	t.proved = true
	x.saslSend("v=" + base64.StdEncoding.EncodeToString(mac(t.keys.ServerKey, message)))
}

// saslSend sends data in pieces of 400 bytes, the last one shorter.
func (x *call) saslSend(data string) {
	text := base64.StdEncoding.EncodeToString([]byte(data))
	for len(text) >= 400 {
		x.send(irc.New("", "AUTHENTICATE", text[:400]))
		text = text[400:]
	}
	if text == "" {
		text = "+"
	}
	x.send(irc.New("", "AUTHENTICATE", text))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
