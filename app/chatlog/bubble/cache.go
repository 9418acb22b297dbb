package bubble

import "github.com/parlance-chat/parlance/netcore/chat"

// Cache keeps measured messages: two generations, so that those in use stay.
type Cache struct{ young, old map[chat.MessageID]*Body }

// MaxCached is how many bodies a generation holds: a few screens.
const MaxCached = 150

// Get returns the body of a message, nil if it is not kept.
func (c *Cache) Get(id chat.MessageID) *Body {
	if b, ok := c.young[id]; ok {
		return b
	}
	b, ok := c.old[id]
	if ok {
		c.Put(id, b)
	}
	return b
}

// Put keeps the body of a message.
func (c *Cache) Put(id chat.MessageID, b *Body) {
	if c.young == nil || len(c.young) >= MaxCached {
		c.young, c.old = make(map[chat.MessageID]*Body), c.young
	}
	c.young[id] = b
}

// Drop forgets a message.
func (c *Cache) Drop(id chat.MessageID) {
	delete(c.young, id)
	delete(c.old, id)
}

// Len returns how many are kept, those of both generations twice.
func (c *Cache) Len() int { return len(c.young) + len(c.old) }

// Reset forgets all.
func (c *Cache) Reset() { *c = Cache{} }
