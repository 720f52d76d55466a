"""The keys of the servers' own configuration, for what an `extra:` lays over it."""
