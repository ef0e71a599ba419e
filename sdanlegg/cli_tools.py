"""What the verbs share: reading a hall's folder, running a coroutine, and telling an error in one sentence."""

import asyncio
import functools
import importlib
import importlib.util
import sys
from collections.abc import Callable, Coroutine
from math import isfinite
from pathlib import Path
from typing import Any, ParamSpec

import click

from sdanlegg.errors import SdError
from sdanlegg.logs import LogFormat, configure
from sdanlegg.site import Site

P = ParamSpec("P")
FOLDER = click.Path(path_type=Path)

config_argument = click.argument("config", type=FOLDER)
log_option = click.option(
    "--log-format", type=click.Choice(["auto", "json", "text"]), default="auto", show_default=True, help="Log lines."
)


class FiniteRange(click.FloatRange):
    """A number in a range; never NaN or infinite, which click's own lets through."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Number of what was typed."""
        number: float = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value} is not a number in the range {self._describe_range()}.", param, ctx)
        return number


def new_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's loop where it is installed, else Python's own."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    return importlib.import_module("uvloop").new_event_loop  # type: ignore[no-any-return]


def run_async(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end on the best loop there is."""
    with asyncio.Runner(loop_factory=new_loop_factory()) as runner:
        runner.run(coroutine)


def plainly(function: Callable[P, None]) -> Callable[P, None]:
    """Tell an SdError, wherever it rose in a task group, as one sentence on stderr and exit code 1."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except SdError as error:
            _fail(error)
        except BaseExceptionGroup as group:
            told, rest = group.split(SdError)
            if told is None or rest is not None:
                raise
            _fail(_first(told))

    return call


def setup_logs(log_format: LogFormat, *, quiet: bool = False) -> None:
    """Set the process's logging up; the log goes to stderr. Quiet: only what is worth a person's attention."""
    configure(log_format, sys.stderr, quiet=quiet)


def describe(site: Site) -> str:
    """One line on a hall: its name, devices and points."""
    return f"{site.name.nb}: {len(site.devices)} devices, {len(site.points)} points"


def _first(group: BaseExceptionGroup[SdError]) -> SdError:
    inner: BaseException = group
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return inner if isinstance(inner, SdError) else SdError(str(inner))


def _fail(error: SdError) -> None:
    lines = str(error).splitlines() or [type(error).__name__]
    click.echo("\n".join(["sdanlegg: " + lines[0], *lines[1:]]), err=True)
    raise SystemExit(1)
