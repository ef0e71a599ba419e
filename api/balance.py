"""The hall's balance over HTTP: flows, key figures, savings and the ET-kurve of a period, each with its interval."""

import asyncio
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.balance_schemas import Balance, EtCurveInfo, Kpis, Savings
from api.parts import ApiParts
from api.problems import NO_HISTORY, RefusedError, Responses, invalid
from api.schemas import Problem
from api.times import FIRST, LAST, Instant, to_ns
from sdanlegg.balance.et_curve import Kind
from sdanlegg.balance_ask import MAX_DAYS, MAX_INTERVALS, Every, Question, UnaskableError, UntoldError, What, ask

ANSWER_S = 60.0
REFUSALS: Responses = NO_HISTORY | {
    404: {"model": Problem, "description": "The hall's files do not say what this takes; `detail` names the file"},
    422: {"model": Problem, "description": "A field of the request cannot be what was sent; `errors` names it"},
}


class PeriodQuery(BaseModel):
    """A period."""

    model_config = ConfigDict(extra="forbid")
    start: Annotated[Instant, Field(description="first instant (with its offset); its whole hour counts")]
    end: Annotated[
        Instant,
        Field(
            description=f"first instant after the period; at most {MAX_DAYS} days after start. What lies in the future"
            " is left out",
            examples=["2026-11-24T10:00:00Z"],
        ),
    ]


class BalanceQuery(PeriodQuery):
    """What /balance can be asked."""

    every: Every | None = Field(
        default=None,
        description="1h hours, each reconciled by itself; 1d local days; 1mo local months; without it, the period as"
        f" one. At most {MAX_INTERVALS} intervals",
        examples=["1d"],
    )


class CurveQuery(PeriodQuery):
    """What /et-curve can be asked."""

    by: Literal["day", "week"] = Field(default="day", description="local days, or whole weeks from Monday")
    kind: Kind | None = Field(default=None, description="shape of the curve; without it, the one that fits best (BIC)")


class BalanceRoutes:
    """Routes of the balance. One question at a time is worked out, in a thread: neither streams nor others wait."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts
        self._turn = asyncio.Semaphore(1)

    async def balance(self, query: Annotated[BalanceQuery, Query()]) -> Response:
        """Every flow of the hall's network as measured, and as it must be for all balances to agree, with its 95 %
        interval; and what each node does not account for. Days are local; longer periods are sums of days."""
        return await self._answer("balance", query, every=query.every)

    async def kpis(self, query: Annotated[PeriodQuery, Query()]) -> Response:
        """Key figures, energy posts, carriers with CO₂ and cost of a period, each with its 95 % interval and coverage.
        Null where a flow is not known; `missing` names it."""
        return await self._answer("kpis", query)

    async def savings(self, query: Annotated[PeriodQuery, Query()]) -> Response:
        """What each of the hall's measures saved in a period: heat, electricity, water, money and CO₂, each with its
        95 % interval. Measures share heat and water: their savings do not add up."""
        return await self._answer("savings", query)

    async def et_curve(self, query: Annotated[CurveQuery, Query()]) -> Response:
        """Electricity used by day or week against the mean outdoor temperature, the curve through it, its 95 % band and
        what lies outside. Days that are not whole do not count."""
        return await self._answer("et-curve", query, by=query.by, kind=query.kind)

    async def _answer(
        self,
        what: What,
        query: PeriodQuery,
        *,
        every: Every | None = None,
        by: Literal["day", "week"] = "day",
        kind: Kind | None = None,
    ) -> Response:
        for field, instant in (("start", query.start), ("end", query.end)):
            if not FIRST <= instant <= LAST:
                raise invalid(field, f"must lie between {FIRST:%Y-%m-%d} and {LAST:%Y-%m-%d}")
        question = Question(what, to_ns(query.start), to_ns(query.end), every, by, kind)
        try:
            async with asyncio.timeout(ANSWER_S), self._turn:
                told = await ask(self._parts.historian, self._parts.site, question, self._parts.clock)
        except UnaskableError as error:
            raise invalid(error.field, str(error)) from error
        except UntoldError as error:
            raise RefusedError(404, "not-configured", "Not configured", str(error)) from error
        except TimeoutError as error:
            detail = f"working it out took more than {ANSWER_S:g} s: ask for a shorter period, or try again"
            raise RefusedError(503, "too-slow", "Balance too slow", detail) from error
        return Response(orjson.dumps(told), media_type="application/json", headers={"Cache-Control": "no-store"})

    def add_to(self, router: APIRouter) -> None:
        """Put the routes on the router."""
        router.add_api_route("/balance", self.balance, response_model=Balance, responses=REFUSALS)
        router.add_api_route("/kpis", self.kpis, response_model=Kpis, responses=REFUSALS)
        router.add_api_route("/savings", self.savings, response_model=Savings, responses=REFUSALS)
        router.add_api_route("/et-curve", self.et_curve, response_model=EtCurveInfo, responses=REFUSALS)
