"""Alertmanager's own API: what it holds to be firing, and silences made there."""
