package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
)

// Snapshots hold what core needs to go on from a place in the stream. There is
// one; a newer takes the place of the older.
const (
	snapshotName   = "state"
	headerSequence = "sequence"
)

// Save keeps a snapshot of the state after the event at sequence. One that is
// older than what is kept changes nothing.
func (j *Journal) Save(ctx context.Context, sequence uint64, snapshot []byte) error {
	if err := j.disk.check(2 * len(snapshot)); err != nil {
		return err
	}
	store, err := j.js.ObjectStore(ctx, snapshots)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		store, err = j.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket: snapshots, Storage: jetstream.FileStorage, Replicas: j.replicas(),
		})
	}
	if err != nil {
		return fmt.Errorf("snapshots: %w", err)
	}
	if info, err := store.GetInfo(ctx, snapshotName); err == nil {
		if kept, err := strconv.ParseUint(info.Metadata[headerSequence], 10, 64); err == nil && kept >= sequence {
			return nil
		}
	}
	// The sequence stands before the data too, so that both are read as one.
	data := append(binary.BigEndian.AppendUint64(nil, sequence), snapshot...)
	_, err = store.Put(ctx, jetstream.ObjectMeta{
		Name:     snapshotName,
		Metadata: map[string]string{headerSequence: strconv.FormatUint(sequence, 10)},
	}, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("save the snapshot at %d: %w", sequence, err)
	}
	return nil
}

// Load returns the snapshot kept and its sequence; nil and 0 if there is none. As
// Open does, it waits for a NATS that others run.
func (j *Journal) Load(ctx context.Context) (sequence uint64, snapshot []byte, err error) {
	var data []byte
	err = j.insist(ctx, func(ctx context.Context) error {
		data, err = j.loadSnapshot(ctx)
		return err
	})
	if err != nil || data == nil {
		return 0, nil, err
	}
	if len(data) < 8 {
		return 0, nil, fmt.Errorf("load the snapshot: %d bytes are none", len(data))
	}
	return binary.BigEndian.Uint64(data), data[8:], nil
}

// loadSnapshot returns what Save has put, nil if it did not. It fails too while another
// server puts a newer snapshot in its place.
func (j *Journal) loadSnapshot(ctx context.Context) ([]byte, error) {
	store, err := j.js.ObjectStore(ctx, snapshots)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the snapshots: %w", err)
	}
	data, err := store.GetBytes(ctx, snapshotName)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load the snapshot: %w", err)
	}
	return data, nil
}
