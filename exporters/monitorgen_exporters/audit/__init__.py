"""The tamper-evident audit log: records in a Merkle tree, signed checkpoints, anchors, and the verifier."""
