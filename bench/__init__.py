"""Benchmarks: whole processes, measured beside their baselines in the same run."""
