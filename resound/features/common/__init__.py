"""What kinds of features share: signal processing, extraction over a pool, shards."""
