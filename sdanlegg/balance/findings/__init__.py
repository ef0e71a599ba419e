"""Fault finding: bad meters and what is wrong with the hall, as time ranges with evidence and cost."""
