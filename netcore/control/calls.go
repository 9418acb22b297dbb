package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// defaultPage is how many messages a call returns that names no limit.
const defaultPage = 100

// A call answers one request with a value to be encoded, or an error.
type call func(*Server, *http.Request) (any, error)

// calls are the API but for /v1/events, which is a stream.
var calls = map[string]struct{ get, post call }{
	"/v1/self":          {get: (*Server).self},
	"/v1/name":          {post: (*Server).setName},
	"/v1/interfaces":    {get: (*Server).interfaces},
	"/v1/peers":         {get: (*Server).peers},
	"/v1/conversations": {get: (*Server).conversations},
	"/v1/resolve":       {get: (*Server).resolve},
	"/v1/history":       {get: (*Server).history},
	"/v1/search":        {get: (*Server).search},
	"/v1/send":          {post: (*Server).send},
	"/v1/reply":         {post: (*Server).reply},
	"/v1/edit":          {post: (*Server).edit},
	"/v1/retract":       {post: (*Server).retract},
	"/v1/react":         {post: (*Server).react},
	"/v1/message":       {get: (*Server).message},
	"/v1/receipts":      {get: (*Server).receipts},
	"/v1/revisions":     {get: (*Server).revisions},
	"/v1/typing":        {post: (*Server).typing},
	"/v1/group":         {post: (*Server).createGroup},
	"/v1/group/add":     {post: (*Server).addMembers},
	"/v1/group/remove":  {post: (*Server).removeMembers},
	"/v1/group/rename":  {post: (*Server).renameGroup},
	"/v1/members":       {get: (*Server).members},
	"/v1/leave":         {post: (*Server).leave},
	"/v1/join":          {post: (*Server).join},
	"/v1/mute":          {post: (*Server).mute},
	"/v1/rooms":         {get: (*Server).rooms},
	"/v1/room/join":     {post: (*Server).joinRoom},
	"/v1/room/command":  {post: (*Server).roomCommand},
	"/v1/room/trust":    {post: (*Server).trustServer},
	"/v1/readmarks":     {get: (*Server).readMarks, post: (*Server).setReadMarks},
	"/v1/seen":          {post: (*Server).seen},
	"/v1/trust":         {post: (*Server).trust},
	"/v1/connect":       {post: (*Server).connect},
	"/v1/doctor":        {get: (*Server).doctor},
	"/v1/show":          {post: (*Server).showWindow},
}

const eventsPath = "/v1/events"

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == eventsPath && r.Method == http.MethodGet {
		s.stream(w, r)
		return
	}
	answer, err := s.answer(w, r)
	status := http.StatusOK
	if err != nil {
		answer, status = toError(err)
	}
	var body bytes.Buffer
	if err := newEncoder(&body).Encode(answer); err != nil {
		s.log.Error("control call has no answer", "call", r.URL.Path, "error", err)
		answer, status = toError(fmt.Errorf("encode answer: %w", err))
		body.Reset()
		_ = newEncoder(&body).Encode(answer) // an Error can always be encoded
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the caller may be gone; nobody else wants it
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) (any, error) {
	c, ok := calls[r.URL.Path]
	run := c.get
	if r.Method == http.MethodPost {
		run = c.post
	}
	switch {
	case !ok && r.URL.Path != eventsPath:
		return nil, &Error{Message: fmt.Sprintf("this program knows no call %q; it may be older than the one that asks", r.URL.Path), Kind: KindCall}
	case run == nil || r.Method != http.MethodPost && r.Method != http.MethodGet:
		return nil, badRequest("%s is not asked with %s", r.URL.Path, r.Method)
	}
	r.Body = http.MaxBytesReader(w, r.Body, chat.MaxControlRequest)
	return run(s, r)
}

func newEncoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc
}

// read decodes the body of a POST into v.
func read(r *http.Request, v any) error {
	body, err := io.ReadAll(r.Body)
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return &Error{Message: fmt.Sprintf("the request is larger than %d bytes", large.Limit), Kind: KindLarge}
	}
	if err != nil {
		return badRequest("read request: %v", err)
	}
	// encoding/json would replace bad bytes without a word.
	if !utf8.Valid(body) {
		return badRequest("the request is not valid UTF-8")
	}
	if err := json.Unmarshal(body, v); err != nil {
		return badRequest("the request is not the JSON object this call wants: %v", err)
	}
	return nil
}

// target says which conversation a call is about.
type target struct {
	Conversation string `json:"conversation"`
	To           string `json:"to"`
}

func targetOf(query url.Values) target {
	return target{Conversation: query.Get("conversation"), To: query.Get("to")}
}

func (s *Server) find(r *http.Request, t target) (id chat.ConversationID, err error) {
	switch {
	case t.Conversation != "":
		return id, id.UnmarshalText([]byte(t.Conversation))
	case t.To != "":
		return s.node.Resolve(r.Context(), t.To)
	}
	return id, badRequest("the request names no conversation: give \"conversation\" or \"to\"")
}

func limitOf(query url.Values) (int, error) {
	text := query.Get("limit")
	if text == "" {
		return defaultPage, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, badRequest("limit %q is not a number above 0", text)
	}
	return min(n, MaxPage), nil
}

func positionOf(query url.Values, name string) (chat.Position, error) {
	var p chat.Position
	if text := query.Get(name); text != "" {
		if err := p.UnmarshalText([]byte(text)); err != nil {
			return p, badRequest("%s: %v", name, err)
		}
	}
	return p, nil
}

func (s *Server) self(*http.Request) (any, error) {
	return toSelf(s.node.Self(), s.node.SharedIdentity(), s.since), nil
}

func (s *Server) setName(r *http.Request) (any, error) {
	var in struct {
		Name string `json:"name"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if err := s.node.SetName(r.Context(), in.Name); err != nil {
		return nil, err
	}
	return s.self(r)
}

func (s *Server) interfaces(*http.Request) (any, error) {
	return Network{toInterfaces(s.node.Interfaces())}, nil
}

// The lists, in objects so that they can grow.
type (
	peerList struct {
		Peers []PeerDetails `json:"peers"`
	}
	conversationList struct {
		Conversations []Conversation `json:"conversations"`
	}
	messageList struct {
		Messages []Placed `json:"messages"`
	}
)

func (s *Server) peers(*http.Request) (any, error) {
	peers := s.node.Peers()
	out := peerList{make([]PeerDetails, len(peers))}
	for i, p := range peers {
		out.Peers[i] = toPeerDetails(p)
	}
	return out, nil
}

func (s *Server) conversations(r *http.Request) (any, error) {
	list, err := s.node.Conversations(r.Context())
	if err != nil {
		return nil, err
	}
	out := conversationList{make([]Conversation, len(list))}
	for i, c := range list {
		out.Conversations[i] = toConversation(c)
	}
	return out, nil
}

func (s *Server) resolve(r *http.Request) (any, error) {
	id, err := s.find(r, targetOf(r.URL.Query()))
	if err != nil {
		return nil, err
	}
	return s.conversation(r, id)
}

func (s *Server) conversation(r *http.Request, id chat.ConversationID) (any, error) {
	c, err := s.node.Conversation(r.Context(), id)
	if err != nil {
		return nil, err
	}
	return toConversation(c), nil
}

func (s *Server) history(r *http.Request) (any, error) {
	query := r.URL.Query()
	var page netcore.Page
	var err error
	if page.Limit, err = limitOf(query); err != nil {
		return nil, err
	}
	if page.Before, err = positionOf(query, "before"); err != nil {
		return nil, err
	}
	if page.After, err = positionOf(query, "after"); err != nil {
		return nil, err
	}
	if !page.Before.IsZero() && !page.After.IsZero() {
		return nil, badRequest("a page is before a position or after one, not both")
	}
	id, err := s.find(r, targetOf(query))
	if err != nil {
		return nil, err
	}
	return toMessages(s.node.History(r.Context(), id, page))
}

func (s *Server) search(r *http.Request) (any, error) {
	query := r.URL.Query()
	words := query.Get("words")
	if words == "" {
		return nil, badRequest("the request names no words to search for")
	}
	limit, err := limitOf(query)
	if err != nil {
		return nil, err
	}
	return toMessages(s.node.Search(r.Context(), words, limit))
}

func toMessages(messages []chat.Message, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	out := messageList{make([]Placed, len(messages))}
	for i, m := range messages {
		out.Messages[i] = toPlaced(m)
	}
	return out, nil
}

func (s *Server) send(r *http.Request) (any, error) {
	var in struct {
		target
		Text string `json:"text"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	id, err := s.find(r, in.target)
	if err != nil {
		return nil, err
	}
	m, err := s.node.Send(r.Context(), id, in.Text)
	if err != nil {
		return nil, err
	}
	return toPlaced(m), nil
}

// nothing is the answer that says only that a thing was done.
type nothing struct{}

func (s *Server) seen(r *http.Request) (any, error) {
	var in target
	if err := read(r, &in); err != nil {
		return nil, err
	}
	id, err := s.find(r, in)
	if err != nil {
		return nil, err
	}
	return nothing{}, s.node.MarkSeen(r.Context(), id)
}

func (s *Server) trust(r *http.Request) (any, error) {
	var in struct {
		Peer  string     `json:"peer"`
		Trust chat.Trust `json:"trust"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	switch in.Trust {
	case chat.Accepted, chat.Verified, chat.Blocked:
	default:
		return nil, badRequest("trust %q is not accepted, verified or blocked", in.Trust)
	}
	p, err := findPeer(s.node.Peers(), in.Peer)
	if err != nil {
		return nil, err
	}
	if err := s.node.SetTrust(r.Context(), p.ID, in.Trust); err != nil {
		return nil, err
	}
	p.Trust = in.Trust
	return toPeerDetails(p), nil
}

func (s *Server) connect(r *http.Request) (any, error) {
	var in struct {
		Address string `json:"address"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Address == "" {
		return nil, badRequest("the request names no address")
	}
	p, err := s.node.Connect(r.Context(), in.Address)
	if err != nil {
		return nil, err
	}
	return toPeerDetails(p), nil
}

func (s *Server) doctor(r *http.Request) (any, error) {
	if who := r.URL.Query().Get("about"); who != "" {
		return toReport(s.node.DoctorFor(r.Context(), who)), nil
	}
	return toReport(s.node.Doctor(r.Context())), nil
}

func (s *Server) showWindow(*http.Request) (any, error) {
	if s.show == nil {
		return nil, &Error{Message: "the program that has this profile open has no window", Kind: KindCall}
	}
	s.show()
	return nothing{}, nil
}
