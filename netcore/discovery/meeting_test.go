package discovery

import (
	"slices"
	"testing"
	"time"
)

// meetings starts a second device beside one that runs, over and over, and
// returns how long the later one took to see the earlier, sorted.
func meetings(t *testing.T, loss float64, count int) []time.Duration {
	var took []time.Duration
	for seed := range uint64(count) {
		l := newLab(t, seed)
		l.loss = loss
		first := l.add(0)
		l.run(time.Duration(seed) * time.Second)
		second := l.add(0)
		from := l.now
		if !l.until(time.Minute, func() bool { return first.sees(second) && second.sees(first) }) {
			t.Fatalf("seed %d: the two do not see each other", seed)
		}
		took = append(took, second.seenAt[first.id].Sub(from))
	}
	slices.Sort(took)
	return took
}

func TestNewcomerSeesWhoIsThere(t *testing.T) {
	for _, c := range []struct {
		loss          float64
		median, worst time.Duration
	}{
		{0, 300 * time.Millisecond, 2 * time.Second},
		{0.2, 300 * time.Millisecond, 4 * time.Second},
	} {
		took := meetings(t, c.loss, 100)
		median, worst := took[len(took)/2], took[len(took)-1]
		t.Logf("loss %v: median %v, worst %v", c.loss, median, worst)
		if median > c.median || worst > c.worst {
			t.Errorf("loss %v: median %v, want %v; worst %v, want %v", c.loss, median, c.median, worst, c.worst)
		}
	}
}

func TestAllSeeAll(t *testing.T) {
	l := newLab(t, 1)
	l.loss, l.trusting = 0.2, true
	for range 25 {
		l.add(0)
		l.run(time.Duration(l.random.Int64N(int64(500 * time.Millisecond))))
	}
	complete := func() bool {
		for _, n := range l.nodes {
			if n.Stats().Online != len(l.nodes)-1 {
				return false
			}
		}
		return true
	}
	if !l.until(35*time.Second, complete) { // what all questions missed, the next turn brings
		t.Fatal("not all see all")
	}
	// And it stays so, with loss, for long.
	for range 60 {
		l.run(5 * time.Second)
		if !complete() {
			t.Fatalf("after %v some do not see some", l.now.Sub(begin))
		}
	}
}

func TestGoodbyeShowsAtOnce(t *testing.T) {
	for seed := range uint64(50) {
		l := newLab(t, seed)
		l.loss = 0.2
		a, b := l.add(0), l.add(0)
		l.mustSee(10*time.Second, a, b)
		farewell := announces(b.step(Leave{}))
		if len(farewell) != goodbyes || !farewell[0].Goodbye || farewell[0].Sequence != farewell[goodbyes-1].Sequence {
			t.Errorf("it left with %+v", farewell)
		}
		if effects := b.step(Tick{}); !b.Next().IsZero() || len(effects) > 0 {
			t.Errorf("a device that left wants to be called at %v and does %v", b.Next(), effects)
		}
		l.mustMiss(5*time.Millisecond, a, b)
	}
}

func TestCrashShowsWithinThreeIntervals(t *testing.T) {
	l := newLab(t, 3)
	a, b := l.add(0), l.add(0)
	l.mustSee(time.Second, a, b)
	l.run(10 * time.Minute)
	b.crash()
	last := a.Peers()[0].LastSeen
	l.mustMiss(2*time.Minute, a, b)
	if silent := l.now.Sub(last); silent != silenceOf(2) {
		t.Errorf("offline after %v of silence, want %v", silent, silenceOf(2))
	}
}

func TestRestartAndReturn(t *testing.T) {
	l := newLab(t, 4)
	a, b := l.add(0), l.add(0)
	l.mustSee(time.Second, a, b)
	b.crash()
	l.run(5 * time.Second)
	b2 := l.addAs(0, b.index, uint64(l.now.UnixMilli()))
	l.run(3 * time.Second)
	p := a.peers[b.id]
	if p.Instance != b2.cfg.Instance || !a.sees(b2) {
		t.Errorf("the restarted device is shown as %+v", p)
	}
	b2.step(Leave{})
	l.mustMiss(time.Second, a, b2)
	l.run(time.Minute)
	l.addAs(0, b.index, uint64(l.now.UnixMilli()))
	l.mustSee(time.Second, a, b)
}

func TestNameAndStatusShowAtOnce(t *testing.T) {
	l := newLab(t, 5)
	a, b := l.add(0), l.add(0)
	l.run(10 * time.Second)
	b.step(NameChanged{"Ada\u202e\nLovelace"})
	l.run(5 * time.Millisecond)
	b.step(StatusChanged{"at lunch"})
	l.run(150 * time.Millisecond)
	if p := a.peers[b.id]; p.Name != "Ada Lovelace" || p.Status != "at lunch" {
		t.Errorf("shown as %q, %q", p.Name, p.Status)
	}
	b.step(NameChanged{" "})
	l.run(150 * time.Millisecond)
	if p := a.peers[b.id]; p.Name != b.id.Short() {
		t.Errorf("without a name shown as %q", p.Name)
	}
	before := b.Stats().Announced
	for range 1000 {
		b.step(StatusChanged{"typing"})
		l.run(time.Millisecond)
	}
	if n := b.Stats().Announced - before; n > 12 {
		t.Errorf("%d announcements in a second of changes", n)
	}
}

// TestOneWayBroadcast has a device that hears no announcements, as behind a
// firewall that lets in answers only.
func TestOneWayBroadcast(t *testing.T) {
	l := newLab(t, 6)
	a := l.add(0)
	l.deaf = func(_, to *node) bool { return to.index == 1 }
	b := l.add(0)
	l.mustSee(time.Second, a, b)
	l.mustSee(time.Second, b, a)
	for range 100 {
		l.run(10 * time.Second)
		if !b.sees(a) || !a.sees(b) {
			t.Fatalf("lost sight after %v", l.now.Sub(begin))
		}
	}
	a.crash()
	l.mustMiss(silenceOf(2)+time.Second, b, a)
}

func TestConfiguredAddressOnAnotherSubnet(t *testing.T) {
	l := newLab(t, 7)
	l.loss = 0.1
	a, b := l.add(0), l.add(1)
	l.run(time.Minute)
	if a.sees(b) {
		t.Fatal("they see each other across subnets")
	}
	a.step(AddAddress{netip4(b, 0)})
	l.mustSee(3*time.Second, a, b)
	l.mustSee(time.Second, b, a)
	for range 100 {
		l.run(10 * time.Second)
		if !b.sees(a) || !a.sees(b) {
			t.Fatalf("lost sight after %v", l.now.Sub(begin))
		}
	}
	b.step(NameChanged{"moved on"})
	l.run(1500 * time.Millisecond)
	if name := a.peers[b.id].Name; name != "moved on" {
		t.Errorf("the change of name did not cross: %q", name)
	}
	b.step(Leave{})
	l.mustMiss(time.Second, a, b)
}

func TestIntroductionAcrossSubnets(t *testing.T) {
	l := newLab(t, 8)
	a, between, b := l.add(0), l.add(0), l.add(1)
	between.step(AddAddress{netip4(b, 0)})
	l.mustSee(3*time.Second, between, b)
	for _, h := range between.Introduction(l.now, 100) {
		a.step(Introduced{Datagram: h.Datagram, Addresses: h.Addresses, By: between.id})
	}
	if !a.sees(b) {
		t.Fatal("the introduced device is not shown")
	}
	if got := a.peers[b.id].Addresses; !slices.Contains(got, netip4(b, linkPort)) {
		t.Errorf("it has the addresses %v", got)
	}
	// They stay in sight by unicast, without a link and without further ado.
	for range 100 {
		l.run(10 * time.Second)
		if !a.sees(b) {
			t.Fatalf("lost sight after %v", l.now.Sub(begin))
		}
	}
}

func TestNetworkChange(t *testing.T) {
	l := newLab(t, 9)
	a, b, c := l.add(0), l.add(0), l.add(1)
	l.mustSee(time.Second, a, b)
	l.run(time.Minute)
	a.subnet = 1 // the cable moved
	a.step(NetworkChanged{})
	l.mustSee(5*time.Second, a, c)
	l.mustSee(time.Second, c, a)
	// b is reachable by unicast still, and so remains; when it is not, it is gone
	// long before three intervals passed.
	l.run(10 * time.Second)
	if !a.sees(b) {
		t.Error("a device that answers by unicast is shown as gone")
	}
	b.crash()
	a.step(NetworkChanged{})
	l.mustMiss(10*time.Second, a, b)
	if !a.sees(c) {
		t.Error("a device that answers is shown as gone")
	}
}

func TestNetworkThatChangesAllTheTime(t *testing.T) {
	l := newLab(t, 10)
	a := l.add(0)
	l.run(time.Minute)
	before := a.Stats().Announced
	for range 120 {
		a.step(NetworkChanged{})
		l.run(500 * time.Millisecond)
	}
	if n := a.Stats().Announced - before; n > 150 || n < 60 { // bursts all the time would be 240
		t.Errorf("%d announcements in a minute of changes", n)
	}
}

// TestThousandDevices computes what a device of a thousand has to hear. The
// others are told how many they are; all else is as it would be.
func TestThousandDevices(t *testing.T) {
	const devices = 1000
	l := newLab(t, 11)
	l.trusting = true
	observer := (*node)(nil)
	crowd := make([]*node, 0, devices)
	l.deaf = func(_, to *node) bool { return to != observer } // each knows the crowd already
	for range devices - 1 {
		n := l.add(0)
		n.crowd = devices - 2
		n.planned = nil // its start was long ago
		n.regular = l.now.Add(upTo(l.random, intervalOf(devices)))
		n.scheduleAnnounce()
		crowd = append(crowd, n)
	}
	l.coming = alarms{}
	for _, n := range crowd {
		n.wake.place = 0
		n.rest()
	}
	observer = l.add(0)
	for _, n := range crowd { // hear the newcomer's questions
		n.crowd = devices - 2
	}
	l.deaf = func(from, to *node) bool { return to != observer && from != observer }

	l.run(25 * time.Second)
	t.Logf("after 25 s the newcomer knows %d and heard %.1f datagrams a second", observer.Stats().Online, float64(observer.received)/25)
	if n := observer.Stats().Online; n < devices*9/10 {
		t.Errorf("after 25 s the newcomer knows %d", n)
	}
	if rate := float64(observer.received) / 25; rate > 150 {
		t.Errorf("the newcomer hears %.1f datagrams a second", rate)
	}
	l.run(100 * time.Second)
	if n := observer.Stats().Online; n != devices-1 {
		t.Errorf("after two minutes the newcomer knows %d", n)
	}
	for range 2 {
		before := observer.received
		l.run(time.Minute)
		rate := float64(observer.received-before) / 60
		t.Logf("%.1f datagrams a second", rate)
		if rate >= 50 {
			t.Errorf("it hears %.1f datagrams a second", rate)
		}
		if n := observer.Stats().Online; n != devices-1 {
			t.Errorf("it sees %d of %d", n, devices-1)
		}
	}
	if d := observer.Stats().Dropped; len(d) > 0 {
		t.Errorf("dropped %v", d)
	}
}
