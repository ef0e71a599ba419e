"""The point list, the devices, and the newest value of each point."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, cast

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.parts import ApiParts
from api.problems import ASKS_FOR_POINTS, RefusedError, unknown_point
from api.schemas import DeviceInfo, Label, PointId, PointInfo, PointValue, Quality
from api.times import iso
from sdanlegg.clock import SECOND_NS
from sdanlegg.live import LiveView
from sdanlegg.points import Point, PointTable
from sdanlegg.quality import NO_SAMPLE, reasons, severity
from sdanlegg.readings import NO_SOURCE_TIME
from sdanlegg.site import Device
from sdanlegg.status import DeviceStatus

POINT_LIST = TypeAdapter(list[PointInfo])


class ValuesQuery(BaseModel):
    """What /values can be asked."""

    model_config = ConfigDict(extra="forbid")
    point: list[PointId] = Field(default=[], description="repeat for several; none = every point of the hall")


def columns_of(table: PointTable, ids: Iterable[str]) -> list[int]:
    """Columns of the ids in their order; the refusal names the first that the hall does not have, and the nearest."""
    found = []
    for id_ in ids:
        column = table.column.get(id_)
        if column is None:
            raise _unknown(table, id_)
        found.append(column)
    return found


def _unknown(table: PointTable, id_: str) -> RefusedError:
    """Refusal with the nearest spelling, looked for among one device's points or among the devices only."""
    device, _, _ = id_.partition(".")
    mates = [point.id for point in table if point.device == device]
    candidates = mates or sorted({point.device for point in table})
    near = get_close_matches(id_[:80] if mates else device[:80], candidates, n=1)
    kind = "" if mates else "device "
    return unknown_point(f"there is no point {id_[:80]!r}" + (f"; nearest: {kind}{near[0]!r}" if near else ""))


def point_info(point: Point) -> PointInfo:
    """Row of the point list."""
    return PointInfo(
        id=point.id,
        device=point.device,
        name=Label(nb=point.nb, en=point.en),
        tfm=point.tfm,
        unit=point.unit,
        kind=point.kind,
        quantity=point.quantity,
        access=point.access,
        min=_finite(point.min),
        max=_finite(point.max),
        period_s=point.period_s,
        sigma=point.sigma,
    )


def device_info(device: Device, points: int, status: DeviceStatus, now_ns: int) -> DeviceInfo:
    """Row of the device list."""
    good_ns = status.last_good_ns
    return DeviceInfo(
        id=device.id,
        name=Label(nb=device.name.nb, en=device.name.en),
        tfm=device.tfm,
        protocol=device.protocol,
        address=device.address,
        unit=device.unit,
        map=device.map,
        points=points,
        state=status.state,
        since=iso(status.since_ns),
        last_good=None if good_ns is None else iso(good_ns),
        last_good_age_s=None if good_ns is None else _age_s(now_ns, good_ns),
        error=status.error,
        polls=status.polls,
        failures=status.failures,
        lateness_s=round(status.lateness_s, 6),
        first_read=status.first_read,
    )


def point_value(point: Point, column: int, view: LiveView, texts: Mapping[int, str]) -> PointValue:
    """Newest sample of one point as it is at the view's time."""
    quality, t_ns, source_ns = int(view.quality[column]), int(view.sample_t_ns[column]), int(view.source_t_ns[column])
    value = _finite(float(view.values[column]))
    read = quality != NO_SAMPLE
    return PointValue(
        point=point.id,
        value=None if point.is_text else value,
        text=texts.get(int(value)) if point.is_text and value is not None else None,
        unit=point.unit,
        quality=cast("Quality", severity(quality)),
        reasons=reasons(quality),
        t=iso(t_ns) if read else None,
        source_t=iso(source_ns) if read and source_ns != NO_SOURCE_TIME else None,
        age_s=_age_s(view.t_ns, t_ns) if read else None,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _age_s(now_ns: int, t_ns: int) -> float:
    return round(max(0, now_ns - t_ns) / SECOND_NS, 3)


class PointRoutes:
    """Routes of the points and devices. The point list is encoded once: it changes only with the configuration."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts
        self._list = POINT_LIST.dump_json([point_info(point) for point in parts.site.points])
        self._etag = f'"{hashlib.sha256(self._list).hexdigest()[:32]}"'
        self._counts = Counter(point.device for point in parts.site.points)

    async def points(self, request: Request) -> Response:
        """The hall's point list: what each point is, its unit, range and uncertainty. Changes with the configuration
        only; the ETag saves sending it again."""
        headers = {"ETag": self._etag, "Cache-Control": "no-cache"}
        if matches(request.headers.get("if-none-match"), self._etag):
            return Response(status_code=304, headers=headers)
        return Response(self._list, headers=headers, media_type="application/json")

    async def devices(self) -> list[DeviceInfo]:
        """Every controller and meter with its state, the age of its last good value, and why it is down if it is."""
        now_ns, statuses = self._parts.clock.now_ns(), self._parts.statuses()
        return [device_info(d, self._counts[d.id], statuses[d.id], now_ns) for d in self._parts.site.devices]

    async def values(self, query: Annotated[ValuesQuery, Query()]) -> list[PointValue]:
        """Newest value of each point with quality and age. A value that has grown too old is uncertain, then bad; it
        is never stamped anew."""
        table = self._parts.live.points
        columns = columns_of(table, query.point) if query.point else range(len(table))
        view, texts = self._parts.live.view(self._parts.clock.now_ns()), self._parts.live.texts
        return [point_value(table.points[column], column, view, texts) for column in columns]

    def add_to(self, router: APIRouter) -> None:
        """Put the routes on the router."""
        router.add_api_route(
            "/points",
            self.points,
            response_model=list[PointInfo],
            responses={304: {"description": "Not changed since the ETag that was sent"}},
        )
        router.add_api_route("/devices", self.devices)
        router.add_api_route("/values", self.values, responses=ASKS_FOR_POINTS)


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has this version; weak and strong tags compare alike here (RFC 9110 §13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in tags or "*" in tags
