"""Operator dashboard: the sources and the built pages that the operator API serves."""
