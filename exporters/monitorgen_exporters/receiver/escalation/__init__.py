"""Escalation: what happens to an episode because nothing else did."""
