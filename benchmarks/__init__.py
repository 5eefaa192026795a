"""Benchmarks behind the performance page: each module measures one thing."""
