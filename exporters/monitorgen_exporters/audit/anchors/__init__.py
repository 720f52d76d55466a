"""Places outside the log that pin its past, and the outbox that feeds them."""
