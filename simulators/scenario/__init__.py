"""Scenarios: what goes wrong in the hall, when, and the truth of it. Read from TOML, a pure function of time."""
