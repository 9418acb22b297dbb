package link

import (
	"fmt"
	"sync"
	"time"
)

// datagrams are what a link sends beside its stream (RFC 9221): each arrives
// whole or not at all, and none is sent twice. QUIC queues some and then blocks,
// which is why a goroutine hands them to it; as with the outbox, it is there
// only while there is something to send.
type datagrams struct {
	taken bool // the peer takes datagrams
	in    rate // used by receiveDatagrams only

	mu     sync.Mutex
	out    rate
	queue  [][]byte
	busy   bool // there is a goroutine
	ended  bool
	writer sync.WaitGroup // Go only under mu, before ended
}

// rate counts datagrams of the present second.
type rate struct {
	second time.Time // when it began
	count  int
}

// admit says whether another may pass in this second, and counts it if so.
func (r *rate) admit(now time.Time, most int) bool {
	if now.Sub(r.second) >= time.Second || now.Before(r.second) {
		*r = rate{second: now}
	}
	if r.count >= most {
		return false
	}
	r.count++
	return true
}

// SendDatagram sends data, which may get lost; it never blocks. It is an error
// if data is longer than MaxDatagram or the link has ended. What is more than
// the link bears, or the peer takes, is dropped and counted, without an error:
// nobody may rely on a datagram.
func (l *Link) SendDatagram(data []byte) error {
	if len(data) > MaxDatagram {
		return fmt.Errorf("datagram has %d bytes, the most is %d", len(data), MaxDatagram)
	}
	if err := l.Err(); err != nil {
		return err
	}
	if !l.dgrams.push(data, l.endpoint.bounds.datagramRate, l.writeDatagrams) {
		l.endpoint.count(func(s *Stats) { s.DatagramsUnsent++ })
	}
	return nil
}

// push queues a copy of data, and starts write if there is no goroutine; it
// returns false if data is to be dropped, as it is beyond most in a second.
func (d *datagrams) push(data []byte, most int, write func()) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.taken || d.ended || len(d.queue) >= maxDatagrams || !d.out.admit(time.Now(), most) {
		return false
	}
	d.queue = append(d.queue, append([]byte(nil), data...))
	if !d.busy {
		d.busy = true
		d.writer.Go(write)
	}
	return true
}

// next returns what to send, and false if the goroutine is to end.
func (d *datagrams) next() ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.queue) == 0 || d.ended {
		d.busy, d.queue = false, nil
		return nil, false
	}
	data := d.queue[0]
	d.queue = d.queue[1:]
	return data, true
}

func (l *Link) writeDatagrams() {
	for {
		data, ok := l.dgrams.next()
		if !ok {
			return
		}
		if err := l.conn.SendDatagram(data); err != nil { // the link has ended, or the peer takes smaller ones only
			l.endpoint.count(func(s *Stats) { s.DatagramsUnsent++ })
		}
	}
}

// endDatagrams waits until none is sent any more. The link has ended.
func (l *Link) endDatagrams() {
	d := &l.dgrams
	d.mu.Lock()
	d.ended = true
	d.mu.Unlock()
	d.writer.Wait()
}

// receiveDatagrams hands what arrives to Config.Datagram until the link ends.
func (l *Link) receiveDatagrams() {
	for {
		data, err := l.conn.ReceiveDatagram(l.conn.Context())
		if err != nil {
			return
		}
		if !l.dgrams.in.admit(time.Now(), l.endpoint.bounds.datagramRate) {
			l.endpoint.count(func(s *Stats) { s.DatagramsRefused++ })
			continue
		}
		l.endpoint.cfg.Datagram(l, data)
	}
}
