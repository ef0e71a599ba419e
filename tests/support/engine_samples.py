"""What a real engine has of a hall, asked by other words than the product's: point and time of every sample."""

import json
import urllib.parse
import urllib.request

from tests.support.victoria_server import VictoriaServer

MS = 1_000_000


def in_victoria(server: VictoriaServer) -> set[tuple[str, int]]:
    """By the export of its qualities, which every sample has; times to the ms."""
    server.flush()
    match = urllib.parse.urlencode({"match[]": '{__name__=~".*_quality"}'})
    with urllib.request.urlopen(f"{server.url}/api/v1/export?{match}", timeout=60) as answer:
        series = [json.loads(line) for line in answer]
    return {
        (f"{one['metric']['device']}.{one['metric']['point']}", t * MS) for one in series for t in one["timestamps"]
    }


def in_influx(url: str, database: str) -> set[tuple[str, int]]:
    """By a question for all qualities."""
    asked = {"db": database, "epoch": "ns", "q": 'SELECT "quality" FROM /.*/ GROUP BY "device", "point"'}
    with urllib.request.urlopen(f"{url}/query?{urllib.parse.urlencode(asked)}", timeout=60) as answer:
        (result,) = json.load(answer)["results"]
    return {
        (f"{one['tags']['device']}.{one['tags']['point']}", row[0])
        for one in result.get("series", [])
        for row in one["values"]
    }
