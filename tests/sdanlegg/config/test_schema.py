import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from sdanlegg.config.schema import write
from tests.support.holmen import CONFIG

PUBLISHED = CONFIG.parent / "docs" / "schema"
FILES = ["balance", "devices", "kpis", "measures", "schedules", "site", "tariff"]


def test_the_published_schemas_are_those_of_the_program(tmp_path: Path) -> None:
    for fresh in write(tmp_path):
        assert fresh.read_text(encoding="utf-8") == (PUBLISHED / fresh.name).read_text(encoding="utf-8"), (
            "write them anew: python -m sdanlegg.config.schema docs/schema"
        )


@pytest.mark.parametrize("name", FILES)
def test_the_real_hall_is_valid_and_a_misspelt_key_is_not(name: str) -> None:
    schema = json.loads((PUBLISHED / f"{name}.schema.json").read_text(encoding="utf-8"))
    values = tomllib.loads((CONFIG / "holmen" / f"{name}.toml").read_text(encoding="utf-8"))
    jsonschema.validate(values, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values | {"misspelt": 1}, schema)


@pytest.mark.parametrize("path", sorted((CONFIG / "factors").glob("*.toml")), ids=lambda path: path.stem)
def test_every_factor_set_is_valid(path: Path) -> None:
    schema = json.loads((PUBLISHED / "factors.schema.json").read_text(encoding="utf-8"))
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(values, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values | {"misspelt": 1}, schema)
