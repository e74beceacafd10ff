"""Benchmarks: each prints one JSON line a size and a readable table, measured beside its own limit in the same run."""
