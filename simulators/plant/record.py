"""How a step makes its records: `record(Pool, (water, warmth, …))` is `Pool(water, warmth, …)` in half the time.

A NamedTuple's own call hands all fields on four times. This does so once and counts nothing: a test holds every record
of a step to its class.
"""

from typing import Final

record: Final = tuple.__new__
