"""Meters are not truth: what each point of the hall shows of the value that the plant has."""
