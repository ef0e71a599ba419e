"""Operator API over HTTP: points, values, series, live stream, health and metrics."""
