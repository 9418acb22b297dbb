package chatlog

import (
	"fmt"
	"testing"
)

// BenchmarkScrollStep is one notch of the wheel, with as many messages as said:
// it has to fit into a frame of 16 ms whatever their number.
func BenchmarkScrollStep(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := opened(b, conversation(n), Conversation{Authors: true})
			dy, i := float32(30), 0
			for b.Loop() {
				if i++; i%4000 == 0 { // up and down again, through pages of both sides
					dy = -dy
				}
				f.scrollBy(dy)
			}
		})
	}
}

// BenchmarkOpen is opening a conversation: reading, measuring, laying out.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{0, 1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := conversation(n)
			f := newFixture(b)
			for b.Loop() {
				f.SetConversation(Conversation{Source: s, Authors: true})
			}
		})
	}
}

// BenchmarkResize is one step of dragging the window's edge.
func BenchmarkResize(b *testing.B) {
	f := opened(b, conversation(1000), Conversation{Authors: true})
	size, i := f.Size(), 0
	for b.Loop() {
		i++
		size.Width = 500 + float32(i%200)
		f.Resize(size)
	}
}

// BenchmarkAppend is a message that comes while the end is in view.
func BenchmarkAppend(b *testing.B) {
	s := conversation(1000)
	f := opened(b, s, Conversation{Authors: true})
	n := len(s.messages)
	for b.Loop() {
		n++
		m := messageAt(n, n%4, "One more message of the usual length, or so.")
		s.messages = append(s.messages, m)
		f.Append(s.messages[len(s.messages)-1:])
	}
}
