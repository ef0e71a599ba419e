"""The operator API: what the hall measures, and how the service fares. It reads and never writes."""

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import Gauge

from api import openapi, pages, problems
from api.balance import BalanceRoutes
from api.guards import Guards
from api.ops import OpsRoutes
from api.parts import ApiParts
from api.points import PointRoutes
from api.problems import ANY_ROUTE
from api.series import SeriesRoutes
from api.stream import LiveHub, StreamRoutes
from sdanlegg import __version__

__all__ = ["ApiParts", "create_app"]

PREFIX = "/api/v1"
DESCRIPTION = """Measurements of the hall with quality and age, as they are now and as they were.

Missing is `null`, never zero. Quality is good, uncertain or bad, with the reasons. Times are UTC. Errors are problem
details (RFC 9457)."""


def create_app(parts: ApiParts) -> FastAPI:
    """Build the app; `app.state.hub.run()` must run beside it for the live stream (serve_api does both)."""
    app = FastAPI(
        title="SD-anlegg",
        version=__version__,
        summary="Operator API of a swimming hall's energy system",
        description=DESCRIPTION,
        docs_url=None,  # FastAPI's pages load their code from a CDN
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        responses=ANY_ROUTE,
        generate_unique_id_function=lambda route: route.name,
    )
    hub = LiveHub(parts.live, parts.clock, parts.stopping, parts.build)
    app.state.hub = hub
    clients = Gauge("sd_live_clients", "Open live streams.", registry=parts.registry)
    clients.set_function(lambda: hub.clients)
    problems.install(app)
    app.add_middleware(Guards)
    for routes in (PointRoutes(parts), StreamRoutes(parts, hub), SeriesRoutes(parts), BalanceRoutes(parts)):
        router = APIRouter(prefix=PREFIX)
        routes.add_to(router)
        app.include_router(router, tags=["hall"])
    router = APIRouter()
    OpsRoutes(parts).add_to(router)
    app.include_router(router, tags=["service"])
    _add_description(app)
    pages.add_pages(app, parts.pages)
    return app


def _add_description(app: FastAPI) -> None:
    """Serve the OpenAPI document, encoded once."""
    body = orjson.dumps(openapi.document(app))

    async def describe(_: Request) -> Response:
        return Response(body, media_type="application/json")

    app.add_route("/openapi.json", describe, include_in_schema=False)
