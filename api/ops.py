"""What those who run the service ask it: alive, ready, counters."""

from collections.abc import Callable
from typing import Any, cast

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import choose_encoder

from api.parts import ApiParts
from api.problems import URN, Responses, answer, instance
from api.schemas import Alive, CheckInfo, NotReady, Ready

EXPOSITION: Responses = {
    200: {
        "description": "Counters in Prometheus' text format",
        "content": {"text/plain": {"schema": {"type": "string"}, "example": 'sd_device_up{device="vp1"} 1.0\n'}},
    }
}


class OpsRoutes:
    """Routes outside /api/v1: container health checks and Prometheus expect them at the root."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts

    async def alive(self) -> Alive:
        """Answers whenever the event loop turns; looks at nothing else."""
        return Alive(status="alive")

    async def ready(self, request: Request) -> Any:
        """200 when the configuration is loaded, the history can be written, and every device that answers has been
        read once; else 503 with the check that fails. A silent device does not make the service unready, nor does a
        mirror that is down: the status is `degraded` then."""
        readiness = self._parts.readiness()
        checks = [
            CheckInfo(
                name=check.name, ok=check.ok, degraded=check.degraded, detail=check.detail, progress=check.progress
            )
            for check in readiness.checks
        ]
        if readiness.ready:
            return Ready(status="degraded" if readiness.degraded else "ready", checks=checks)
        return answer(
            NotReady(
                type=f"{URN}not-ready",
                title="Not ready",
                status=503,
                detail="; ".join(f"{check.name}: {check.detail}" for check in checks if not check.ok),
                instance=instance(request),
                errors=[],
                checks=checks,
            )
        )

    async def metrics(self, request: Request) -> Response:
        """Counters of the service in Prometheus' text format, or OpenMetrics where the client prefers it."""
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        encode = cast("Callable[[object], bytes]", encode)
        return Response(encode(self._parts.registry), headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    def add_to(self, router: APIRouter) -> None:
        """Put the routes on the router."""
        router.add_api_route("/healthz/live", self.alive)
        router.add_api_route(
            "/healthz/ready",
            self.ready,
            response_model=Ready,
            responses={503: {"model": NotReady, "description": "Not ready; `checks` tells why"}},
        )
        router.add_api_route("/metrics", self.metrics, response_class=Response, responses=EXPOSITION)
