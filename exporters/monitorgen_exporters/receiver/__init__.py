"""The Alertmanager webhook receiver: what it answers 2xx for is on disk, and what follows is done once."""
