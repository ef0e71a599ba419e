"""Progress of long work: a bar on a terminal, a plain line now and then elsewhere."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

import click

LINE_EVERY_S = 10.0


@contextlib.contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Show how much of `length` is done; call the value with what was done since."""
    if sys.stderr.isatty():
        with click.progressbar(length=length, label=label, file=sys.stderr, show_eta=True) as bar:
            yield bar.update
        return
    state = {"done": 0, "told": time.monotonic()}

    def update(count: int) -> None:
        state["done"] += count
        if time.monotonic() - state["told"] >= LINE_EVERY_S:
            click.echo(f"{label}: {100 * state['done'] // max(length, 1):.0f} %", err=True)
            state["told"] = time.monotonic()

    yield update
    click.echo(f"{label}: done", err=True)
