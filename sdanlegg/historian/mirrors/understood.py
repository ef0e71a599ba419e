"""What answers at a mirror's address may be anything: an answer that cannot be understood is that mirror's fault."""

from collections.abc import Iterator
from contextlib import contextmanager

from sdanlegg.errors import SdError
from sdanlegg.historian.mirrors import MirrorError


@contextmanager
def understood(name: str) -> Iterator[None]:
    """Turn what reading an answer stumbles over into MirrorError; errors of ours stay as they are."""
    try:
        yield
    except SdError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as err:
        raise MirrorError(f"mirror {name!r} answers what no engine answers ({err!r})", "missing") from err
