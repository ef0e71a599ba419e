"""A mirror that is opened at a scripted server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson

from sdanlegg.historian.mirrors import Mirror, MirrorSettings
from sdanlegg.historian.mirrors.engines import open_mirror
from tests.support.history import T0, table
from tests.support.scripted_http import Answer

POINTS = table("a.x", "a.y")
LINE = b"count,device=a,point=x,site=hall value=1.0,quality=0i %d" % T0


@asynccontextmanager
async def mirror(url: str, kind: str = "influx", **over: object) -> AsyncIterator[Mirror]:
    settings = MirrorSettings("m", kind, url, url, timeout_s=over.pop("timeout_s", 20.0), **over)
    async with open_mirror(settings, "hall", POINTS) as opened:
        yield opened


def said(document: object, status: int = 200, **more: object) -> Answer:
    return Answer(status, orjson.dumps(document) + b"\n", {"Content-Type": "application/json"}, **more)
