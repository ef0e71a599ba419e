"""What holds for every test: property tests have no deadline, and no test leaves its logging to the next."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

settings.register_profile("busy_machine", deadline=None)  # a busy machine would break it for no fault
settings.load_profile("busy_machine")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A verb that is run in the test's own process sets logging up as for a process of its own."""
    handlers, level = logging.root.handlers[:], logging.root.level
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
