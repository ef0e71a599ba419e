"""The service's own questions to the balance: what the foyer shows of today, asked anew every few minutes."""

from typing import Final

import structlog

from sdanlegg.balance_answers import Json
from sdanlegg.balance_ask import HOUR_NS, Question, UnaskableError, UntoldError, What, ask
from sdanlegg.clock import Clock
from sdanlegg.errors import StoreError
from sdanlegg.foyer import midnight_ns
from sdanlegg.foyer_balance import Told
from sdanlegg.historian import SummingHistorian
from sdanlegg.site import Site

FIRST_S: Final = 10.0  # the service comes up first
EVERY_S: Final = 300.0
log = structlog.get_logger("balance")


class TodaysBalance:
    """The newest answers; whole hours only, so they change once an hour and when late data come."""

    def __init__(self, site: Site, historian: SummingHistorian, clock: Clock) -> None:
        self.told = Told()
        self._site = site
        self._historian = historian
        self._clock = clock
        self._failing = False

    async def run(self) -> None:
        """Ask until cancelled; a history that cannot be read is told of once."""
        await self._clock.sleep(FIRST_S)
        while True:
            await self.look()
            await self._clock.sleep(EVERY_S)

    async def look(self) -> None:
        """Ask once."""
        now_ns = self._clock.now_ns()
        hour_ns, midnight = now_ns // HOUR_NS * HOUR_NS, midnight_ns(now_ns, self._site.zone)
        try:
            self.told = Told(
                now=await self._asked("kpis", hour_ns - HOUR_NS, hour_ns),
                today=await self._asked("kpis", midnight, hour_ns),
                saved=await self._asked("savings", midnight, hour_ns),
            )
            self._failing = False
        except StoreError as error:
            self.told = Told()
            if not self._failing:
                log.warning("balance_not_told", err=str(error))
            self._failing = True

    async def _asked(self, what: What, start_ns: int, end_ns: int) -> Json | None:
        try:
            return await ask(self._historian, self._site, Question(what, start_ns, end_ns), self._clock)
        except (UnaskableError, UntoldError):  # no hour of the day is over yet, or the hall's files do not say
            return None
