package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
)

// Shared says that other servers may read and write the same stream.
func (j *Journal) Shared() bool { return j.server == nil }

// Renew says that a run of a server is there for another LeaseTime.
func (j *Journal) Renew(ctx context.Context, who core.Origin) error {
	kv, err := j.leases(ctx)
	if err == nil {
		_, err = kv.Put(ctx, who.Server, []byte(strconv.FormatUint(who.Start, 10)))
	}
	if err != nil {
		return fmt.Errorf("lease of %s: %w", who.Server, err)
	}
	return nil
}

// Running returns whether a run of a server holds a lease. Of one server only
// the last run does.
func (j *Journal) Running(ctx context.Context, who core.Origin) (bool, error) {
	kv, err := j.leases(ctx)
	if err != nil {
		return false, fmt.Errorf("leases: %w", err)
	}
	entry, err := kv.Get(ctx, who.Server)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lease of %s: %w", who.Server, err)
	}
	return string(entry.Value()) == strconv.FormatUint(who.Start, 10), nil
}

// leases opens the bucket, which lives in memory: after a loss of all NATS
// servers the leases would be over anyhow.
func (j *Journal) leases(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := j.js.KeyValue(ctx, leases)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = j.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: leases, TTL: LeaseTime, Storage: jetstream.MemoryStorage, Replicas: j.replicas(),
		})
	}
	return kv, err
}
