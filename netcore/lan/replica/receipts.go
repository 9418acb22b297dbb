package replica

import (
	"maps"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/lan/delivery"
	"github.com/parlance-chat/parlance/netcore/store"
)

// receiptsWithin is how long receipts are gathered before they are stored. If they
// are lost meanwhile, the peer's next full frontier says them again.
const receiptsWithin = 100 * time.Millisecond

// keepReceipt notes what a peer has or read, to be stored soon.
func (r *Replica) keepReceipt(told store.Told) {
	if len(r.receipts) == 0 {
		r.receiptsDue = time.Now().Add(receiptsWithin)
	}
	of := delivery.To{Log: told.Log, Peer: told.Peer}
	noted := r.receipts[of]
	told.Highest, told.Read = max(told.Highest, noted.Highest), max(told.Read, noted.Read)
	r.receipts[of] = told
}

// storeReceipts stores the receipts that were gathered.
func (r *Replica) storeReceipts() {
	r.receiptsDue = time.Time{}
	r.cfg.Store.Enqueue(store.Write{
		Told: slices.Collect(maps.Values(r.receipts)),
		Lazy: true,
		Done: func(err error) {
			if err != nil {
				r.cfg.Log.Warn("receipts not stored", "error", err)
			}
		},
	})
	clear(r.receipts)
}
