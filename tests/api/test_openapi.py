"""The description is complete: every route, its answers, its errors."""

from typing import Any

import pytest

from api.app import create_app
from api.openapi import document
from api.problems import PROBLEM_TYPE
from tests.support.api_hall import hall, serving, strict_json

EXPECTED = {
    "/api/v1/points": {"200", "304"},
    "/api/v1/devices": {"200"},
    "/api/v1/values": {"200", "404", "422"},
    "/api/v1/live": {"200", "503"},
    "/api/v1/series": {"200", "404", "422", "503"},
    "/api/v1/balance": {"200", "404", "422", "503"},
    "/api/v1/kpis": {"200", "404", "422", "503"},
    "/api/v1/savings": {"200", "404", "422", "503"},
    "/api/v1/et-curve": {"200", "404", "422", "503"},
    "/healthz/live": {"200"},
    "/healthz/ready": {"200", "503"},
    "/metrics": {"200"},
}
EVERYWHERE = {"405", "414", "500"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(create_app(hall().parts()))


def test_every_route_stands_there_with_all_its_statuses(described: dict[str, Any]) -> None:
    found = {path: set(operations["get"]["responses"]) for path, operations in described["paths"].items()}
    assert found == {path: statuses | EVERYWHERE for path, statuses in EXPECTED.items()}
    assert all(set(operations) == {"get"} for operations in described["paths"].values())


def test_every_error_has_its_model_under_the_media_type_it_really_has(described: dict[str, Any]) -> None:
    errors = [
        (path, status, response)
        for path, operations in described["paths"].items()
        for status, response in operations["get"]["responses"].items()
        if status >= "400"
    ]
    assert len(errors) > 25
    for path, status, response in errors:
        assert list(response["content"]) == [PROBLEM_TYPE], (path, status)
        model = response["content"][PROBLEM_TYPE]["schema"]["$ref"].rsplit("/", 1)[1]
        assert model == ("NotReady" if (path, status) == ("/healthz/ready", "503") else "Problem")
        assert response["description"]
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_every_operation_parameter_and_field_is_described(described: dict[str, Any]) -> None:
    for operations in described["paths"].values():
        operation = operations["get"]
        assert len(operation["description"]) > 20
        assert operation["operationId"].isidentifier()
        assert all(parameter["description"] for parameter in operation.get("parameters", []))
    assert all(schema["description"] for schema in described["components"]["schemas"].values())
    identifiers = [operations["get"]["operationId"] for operations in described["paths"].values()]
    assert len(set(identifiers)) == len(identifiers)


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [name for value in node.values() for name in references(value)]
        return [name for value in node for name in references(value)] if isinstance(node, list) else []

    found = references(described)
    assert found
    for reference in found:
        assert reference.removeprefix("#/components/schemas/") in described["components"]["schemas"]


async def test_it_is_served_and_the_same_when_asked_twice() -> None:
    app = create_app(hall().parts())
    assert document(app) == document(app)
    async with serving(hall()) as client:
        response = await client.get("/openapi.json")
    assert response.headers["content-type"] == "application/json"
    assert strict_json(response)["openapi"].startswith("3.1")
    assert strict_json(response)["paths"].keys() == EXPECTED.keys()
