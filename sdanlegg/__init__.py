"""Core of the SD-anlegg: configuration, points, readings, quality, history. Imports none of its sister packages."""

__version__ = "0.1.0"
