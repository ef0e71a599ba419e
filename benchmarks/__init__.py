"""Measurements of speed, lateness and memory; each beside a reference in the same run."""
