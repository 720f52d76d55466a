"""A witness: it cosigns checkpoints of logs it is told to watch, and never two that contradict each other."""
