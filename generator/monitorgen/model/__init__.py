"""Frozen values everything else speaks of. Imports nothing of monitorgen but itself."""
