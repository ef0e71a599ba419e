"""The API's own description, with the media type that its errors really have."""

from typing import Any

from fastapi import FastAPI

from api.problems import PROBLEM_TYPE


def document(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 of the app; errors stand under application/problem+json."""
    schema = app.openapi()
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = {PROBLEM_TYPE: next(iter(response["content"].values()))}
    return schema
