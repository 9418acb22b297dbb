package ring

import (
	"encoding/binary"
	"math"
	"math/rand"
	"slices"
	"testing"

	"github.com/parlance-chat/parlance/netcore/identity"
)

func devices(n int) []identity.DeviceID {
	rnd := rand.New(rand.NewSource(int64(n)))
	list := make([]identity.DeviceID, n)
	for i := range list {
		rnd.Read(list[i][:])
		binary.BigEndian.PutUint32(list[i][28:], uint32(i))
	}
	return list
}

func TestFewAreAllLinked(t *testing.T) {
	for _, n := range []int{1, 2, 7, Everyone} {
		all := devices(n)
		for _, d := range all {
			if got := Neighbours(d, all); len(got) != n-1 || slices.Contains(got, d) {
				t.Errorf("of %d, one has %d neighbours", n, len(got))
			}
		}
	}
}

// TestLinksAreMutual: whom I keep a link with keeps it with me, else one of the
// two would let it go.
func TestLinksAreMutual(t *testing.T) {
	for _, n := range []int{Everyone + 1, 100, 256, 1000} {
		all := devices(n)
		most := 2 * int(math.Ceil(math.Log2(float64(n))))
		for _, d := range all {
			list := Neighbours(d, all)
			if len(list) > most {
				t.Errorf("of %d, one has %d neighbours, more than %d", n, len(list), most)
			}
			for _, o := range list {
				if !slices.Contains(Neighbours(o, all), d) {
					t.Fatalf("of %d, one link is wanted by one side only", n)
				}
			}
			if n == 1000 && d == all[20] {
				break // each costs a sort of all
			}
		}
	}
}

// TestEveryoneIsNear: the way from one to any other is within log2 N hops.
func TestEveryoneIsNear(t *testing.T) {
	for _, n := range []int{17, 100, 1000} {
		all := devices(n)
		hops := map[identity.DeviceID]int{all[0]: 0}
		for queue := []identity.DeviceID{all[0]}; len(queue) > 0; queue = queue[1:] {
			for _, o := range Neighbours(queue[0], all) {
				if _, seen := hops[o]; !seen {
					hops[o] = hops[queue[0]] + 1
					queue = append(queue, o)
				}
			}
		}
		if len(hops) != n {
			t.Errorf("of %d, %d are reached", n, len(hops))
		}
		for _, h := range hops {
			if h > int(math.Ceil(math.Log2(float64(n)))) {
				t.Errorf("of %d, one is %d hops away", n, h)
			}
		}
	}
}
