"""The routes over the real store: what was accepted comes back."""

import math
from pathlib import Path

import numpy as np

from api.schemas import Series
from sdanlegg.clock import SECOND_NS
from sdanlegg.historian.local import LocalStore
from sdanlegg.quality import BAD, COMM, RANGE, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.api_hall import hall, serving, strict_json, with_text

T0_NS = 1_795_428_000 * SECOND_NS
RANGE_ASKED = {"start": "2026-11-23T10:00:00Z", "end": "2026-11-23T10:00:08Z"}


async def test_series_over_the_local_store(tmp_path: Path) -> None:
    place = hall()
    code = with_text(place, "EM340")
    columns = np.arange(4, dtype=np.int32)
    async with LocalStore.open(tmp_path, place.site.points, 50, place.clock, place.metrics) as store:
        place.historian = store
        for i in range(8):
            values = np.array([40.5 + i, math.nan, 1e6 + i, code])
            quality = np.array([UNCERTAIN | RANGE if i == 3 else 0, BAD | COMM, 0, 0], np.uint16)
            reading = Reading("vp1", T0_NS + i * SECOND_NS, columns, values, quality, texts=place.texts)
            place.live.apply(reading)
            store.offer(reading)
        await store.flush()
        async with serving(place) as client:
            asked = {**RANGE_ASKED, "point": ["vp1.supply_t", "vp1.return_t", "vp1.model", "sol1.out_t"]}
            raw = await client.get("/api/v1/series", params=asked)
            asked = {**RANGE_ASKED, "point": ["vp1.heat_kwh", "vp1.supply_t", "sol1.out_t"], "every": "4s"}
            means = await client.get("/api/v1/series", params=asked)
            metrics = await client.get("/metrics")
    assert raw.status_code == means.status_code == 200, raw.text + means.text
    strict_json(raw)
    found = Series.model_validate_json(raw.content)
    assert found.t_ms == [T0_NS // 1_000_000 + 1000 * i for i in range(8)]
    assert found.v == [[40.5 + i for i in range(8)], [None] * 8, [code] * 8, [None] * 8]
    assert found.q == [[0, 0, 0, 1, 0, 0, 0, 0], [2] * 8, [0] * 8, [None] * 8]
    assert found.texts == {str(int(code)): "EM340"}
    found = Series.model_validate_json(means.content)
    assert found.v == [[1e6 + 3, 1e6 + 7], [42.0, 46.0], [None, None]], "a counter's last value, a gauge's mean"
    assert found.coverage == [[1.0, 1.0], [0.75, 1.0], [0.0, 0.0]]
    assert "sd_store_readings_total 8.0" in metrics.text
