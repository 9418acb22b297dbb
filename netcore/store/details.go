package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// quoteLength is how many bytes of a message are quoted: a line or two.
const quoteLength = 200

// target names messages of one conversation.
type target struct {
	conversation int64
	id           chat.MessageID
}

// details are what few messages have: reactions, a message they answer, people
// they call, changes by their author.
type details struct {
	self identity.DeviceID

	reactions map[target][]reaction
	quotes    map[target]quote
	latest    map[target]int64             // of own messages: the place of what they last became
	devices   map[int64]identity.DeviceID  // authors of these, and of messages without a log
	names     map[identity.DeviceID]string // of these and of the people called
}

type reaction struct {
	author int64
	text   string
}

type quote struct {
	author int64 // 0: it has an address, or is not held
	chat.Quote
}

func newDetails(self identity.DeviceID) *details {
	return &details{
		self:      self,
		reactions: make(map[target][]reaction),
		quotes:    make(map[target]quote),
		latest:    make(map[target]int64),
		devices:   make(map[int64]identity.DeviceID),
		names:     make(map[identity.DeviceID]string),
	}
}

// want notes what has to be read for a message.
func (d *details) want(r *messageRow) {
	if r.log == 0 && r.author != 0 {
		d.devices[r.author] = identity.DeviceID{}
	}
	if r.Own && r.log != 0 && (r.Retracted || !r.Edited.IsZero()) {
		d.latest[target{r.conversation, r.ID}] = 0
	}
	if r.reacted && !r.Retracted {
		d.reactions[target{r.conversation, r.ID}] = nil
	}
	if r.about != (chat.MessageID{}) {
		d.quotes[target{r.conversation, r.about}] = quote{Quote: chat.Quote{ID: r.about}}
	}
	for _, p := range r.people {
		d.names[p] = ""
	}
}

// readLatest reads where the entries are that say what own messages are now: their
// retractions, or else their latest edits. How far those have come is how far the
// messages have.
func (d *details) readLatest(ctx context.Context, q querier) error {
	if len(d.latest) == 0 {
		return nil
	}
	conversations, ids := split(d.latest)
	return each(ctx, q, func(scan func(...any) error) error {
		var at target
		var id []byte
		var place int64
		if err := scan(&at.conversation, &id, &place); err != nil {
			return err
		}
		copy(at.id[:], id)
		d.latest[at] = place
		return nil
	}, `
		SELECT a.conversation, a.target, a.place
		FROM amendments a JOIN messages m ON m.id = a.target AND m.conversation = a.conversation
		WHERE a.conversation IN (SELECT value FROM json_each(?))
			AND a.target IN (SELECT unhex(value) FROM json_each(?))
			AND a.kind IN (?, ?) AND a.author = m.author AND m.own
		ORDER BY a.kind = ?, a.position -- the last one counts`, conversations, ids,
		int64(wire.KindEdit), int64(wire.KindRetraction), int64(wire.KindRetraction))
}

func (d *details) read(ctx context.Context, q querier) error {
	if len(d.reactions) > 0 {
		if err := d.readReactions(ctx, q); err != nil {
			return err
		}
	}
	if len(d.quotes) > 0 {
		if err := d.readQuotes(ctx, q); err != nil {
			return err
		}
	}
	if len(d.devices) == 0 && len(d.names) == 0 {
		return nil
	}
	return d.readNames(ctx, q)
}

// readReactions reads all but those of people who never were in the group.
func (d *details) readReactions(ctx context.Context, q querier) error {
	conversations, ids := split(d.reactions)
	return each(ctx, q, func(scan func(...any) error) error {
		var at target
		var id []byte
		var r reaction
		if err := scan(&at.conversation, &id, &r.author, &r.text); err != nil {
			return err
		}
		copy(at.id[:], id)
		d.reactions[at] = append(d.reactions[at], r)
		d.devices[r.author] = identity.DeviceID{}
		return nil
	}, `
		SELECT a.conversation, a.target, a.author, a.text
		FROM amendments a
			JOIN conversations c ON c.id = a.conversation
			JOIN devices d ON d.id = a.author
		WHERE a.conversation IN (SELECT value FROM json_each(?))
			AND a.target IN (SELECT unhex(value) FROM json_each(?))
			AND a.kind = ? AND a.text <> ''
			AND (c.kind <> 'group' OR d.key = ? OR EXISTS (
				SELECT 1 FROM members m WHERE m.conversation = a.conversation AND m.device = a.author))
		ORDER BY a.position`, conversations, ids, int64(wire.KindReaction), d.self[:])
}

// admitted says of a message m of a conversation c that its author was a member,
// where that matters.
const admitted = `(m.own OR c.kind <> 'group' OR m.log IS NULL OR EXISTS (
	SELECT 1 FROM members x WHERE x.conversation = m.conversation AND x.device = m.author))`

func (d *details) readQuotes(ctx context.Context, q querier) error {
	conversations, ids := split(d.quotes)
	return each(ctx, q, func(scan func(...any) error) error {
		var at target
		var id []byte
		var author sql.NullInt64
		var address sql.NullString
		var found quote
		if err := scan(&at.conversation, &id, &author, &address, &found.Text); err != nil {
			return err
		}
		copy(at.id[:], id)
		found.ID = at.id
		found.author = author.Int64
		found.From = chat.Author{Address: address.String, Name: address.String}
		found.Text = beginning(found.Text)
		d.quotes[at] = found
		if found.author != 0 {
			d.devices[found.author] = identity.DeviceID{}
		}
		return nil
	}, `
		SELECT m.conversation, m.id, m.author, m.address,
			CASE WHEN m.change IS NULL AND `+admitted+` THEN substr(m.text, 1, 200) ELSE '' END
		FROM messages m JOIN conversations c ON c.id = m.conversation
		WHERE m.id IN (SELECT unhex(value) FROM json_each(?2))
			AND m.conversation IN (SELECT value FROM json_each(?1))
		ORDER BY m.number DESC -- of several the first is meant`, conversations, ids)
}

// beginning cuts a text to quoteLength.
func beginning(text string) string {
	if len(text) <= quoteLength {
		return text
	}
	n := quoteLength
	for !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

func (d *details) readNames(ctx context.Context, q querier) error {
	people := slices.Collect(maps.Keys(d.names))
	return each(ctx, q, func(scan func(...any) error) error {
		var number int64
		var raw []byte
		var name sql.NullString
		if err := scan(&number, &raw, &name); err != nil {
			return err
		}
		var key identity.DeviceID
		copy(key[:], raw)
		d.devices[number] = key
		d.names[key] = name.String
		return nil
	}, `
		SELECT d.id, d.key, p.name
		FROM devices d LEFT JOIN peers p ON p.device = d.id
		WHERE d.id IN (SELECT value FROM json_each(?)) OR d.key IN (SELECT unhex(value) FROM json_each(?))`,
		jsonList(distinct(d.devices)), hexList(len(people), func(i int) []byte { return people[i][:] }))
}

func (d *details) author(number int64) chat.Author { return d.named(d.devices[number]) }

func (d *details) named(key identity.DeviceID) chat.Author {
	return chat.Author{Device: key, Name: cmp.Or(d.names[key], key.Short())}
}

// complete fills in what a message has of all that.
func (d *details) complete(r *messageRow) {
	m := &r.Message
	if m.Hidden {
		m.Text, m.Mentioned = "", false
		return
	}
	people := make([]chat.Author, len(r.people))
	for i, p := range r.people {
		people[i] = d.named(p)
	}
	if r.change != "" {
		m.Change = &chat.Change{Kind: chat.ChangeKind(r.change), Who: people, Name: m.Text}
		m.Text = ""
	} else if !m.Retracted && len(people) > 0 {
		m.Mentions = people
	}
	if r.about != (chat.MessageID{}) && !m.Retracted {
		q := d.quotes[target{r.conversation, r.about}]
		if q.author != 0 {
			q.From = d.author(q.author)
		}
		m.Answers = &q.Quote
	}
	if m.Retracted {
		return
	}
	for _, re := range d.reactions[target{r.conversation, r.ID}] {
		from := d.author(re.author)
		m.Reactions = append(m.Reactions, chat.Reaction{From: from, Own: from.Device == d.self, Text: re.text})
	}
}

// split returns the conversations and the IDs of targets as arguments of a query.
func split[T any](targets map[target]T) (conversations, ids string) {
	numbers := make(map[int64]bool)
	var list []chat.MessageID
	for t := range maps.Keys(targets) {
		numbers[t.conversation] = true
		list = append(list, t.id)
	}
	slices.SortFunc(list, func(a, b chat.MessageID) int { return slices.Compare(a[:], b[:]) })
	return jsonList(distinct(numbers)), idList(list)
}

// hexList returns n keys or IDs as the argument of a query that says
// IN (SELECT unhex(value) FROM json_each(?)).
func hexList(n int, at func(int) []byte) string {
	list := make([]string, n)
	for i := range list {
		list[i] = hex.EncodeToString(at(i))
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // strings always encode
	}
	return string(text)
}

func idList(ids []chat.MessageID) string {
	return hexList(len(ids), func(i int) []byte { return ids[i][:] })
}
