"""The docs say what is there, all of it, and nothing else: verbs, settings, routes, links, and commands that run."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import click
import pytest

from api import openapi
from api.app import create_app
from sdanlegg.cli import main
from sdanlegg.config import balance_models, models
from tests.support.api_hall import hall
from tests.support.tree import ROOT, own_files

PAGES = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in own_files() if path.suffix == ".md"}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
ENDLESS = {"demo", "run", "simulate"}  # verbs that go on until they are stopped: only their options are tried


def commands() -> list[tuple[str, str]]:
    """Every `$ command` line of the docs' console blocks, with its page."""
    return [
        (page, line[2:])
        for page, text in PAGES.items()
        for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def spans(text: str) -> list[str]:
    """Every code span and code block of a page."""
    return re.findall(r"```.*?```|`[^`]+`", text, re.DOTALL)


def code() -> list[str]:
    """Every code span and code block of all pages."""
    return [span for text in PAGES.values() for span in spans(text)]


def options(verb: click.Command) -> set[str]:
    """Options that a verb takes."""
    return {name for parameter in verb.params for name in parameter.opts} | {"--help"}


def unknown_words(command: str) -> list[str]:
    """Words of a `sdanlegg` command that the program does not know."""
    _, verb, *rest = shlex.split(command)
    if verb.startswith("-"):
        return []
    if verb not in main.commands:
        return [verb]
    return [word for word in rest if word.startswith("--") and word.split("=")[0] not in options(main.commands[verb])]


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_every_verb_is_told_of(verb: str) -> None:
    assert any(re.search(rf"\bsdanlegg {verb}\b", text) for text in PAGES.values())


def test_no_verb_is_told_of_that_is_not_there() -> None:
    told = {word for span in code() for word in re.findall(r"\bsdanlegg ([a-z]+)\b", span)}
    assert told - set(main.commands) == set()
    assert {"check", "run"} <= told


def test_every_target_told_of_is_in_the_makefile() -> None:
    told = {word for span in code() for word in re.findall(r"(?:^|`|\s)make ([a-z][a-z-]+)", span)}
    assert {"demo", "test", "check"} <= told
    targets = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
    assert told - targets == set()


@pytest.mark.parametrize(("page", "command"), commands())
def test_every_command_of_a_console_block_works(page: str, command: str, tmp_path: Path) -> None:
    program, *words = shlex.split(command)
    if program == "make":
        return  # the target's being there is checked above; making it is what called us
    if program == "sdanlegg":
        assert unknown_words(command) == [], page
        if words[0] in ENDLESS:
            return
    for path in ROOT.iterdir():
        (tmp_path / path.name).symlink_to(path)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(  # a shell, as its reader has one
        command, shell=True, check=False, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=100
    )
    assert done.returncode == 0, done.stderr


def test_planted_wrong_commands_are_seen() -> None:
    assert unknown_words("sdanlegg run config/holmen --foyer-port 9") == []
    assert unknown_words("sdanlegg rune config/holmen") == ["rune"]
    assert unknown_words("sdanlegg run config/holmen --fyoer-port 9") == ["--fyoer-port"]


def dead_links(page: str, text: str) -> list[str]:
    """Relative links of a page that lead nowhere."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", prose)]
    return [t for t in targets if t and "://" not in t and not (ROOT / page).parent.joinpath(t).exists()]


@pytest.mark.parametrize("page", sorted(PAGES))
def test_links_lead_somewhere(page: str) -> None:
    assert dead_links(page, PAGES[page]) == []


def test_a_planted_dead_link_is_seen() -> None:
    assert dead_links("README.md", "[a](Makefile) [b](docs/nowhere.md)") == ["docs/nowhere.md"]


def settings(module: ModuleType = models) -> set[str]:
    """Every key that a hall's files may hold, as it is written there."""
    tables = [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, models.Strict)]
    return {field.alias or name for table in tables for name, field in table.model_fields.items()}


def undescribed(text: str, module: ModuleType = models) -> list[str]:
    """Settings that no code span of a page names."""
    told = "\n".join(spans(text))
    return sorted(key for key in settings(module) if not re.search(rf"(?<!\w){re.escape(key)}(?!\w)", told))


def test_every_setting_is_described() -> None:
    text = PAGES["docs/integrator.md"]
    assert len(settings()) > 40
    assert undescribed(text) == []
    assert undescribed(text.replace("max_gap", "gap")) == ["max_gap"]


def test_every_setting_of_the_network_is_described() -> None:
    text = PAGES["docs/twin/network.md"]
    assert len(settings(balance_models)) > 20
    assert set(undescribed(text, balance_models)) <= {"nb", "en"}
    assert "kwh_per_m3_k" in undescribed(text.replace("kwh_per_m3_k", "factor"), balance_models)


def untold(routes: Iterable[str], text: str) -> list[str]:
    """Routes that a page does not name."""
    return [route for route in routes if not re.search(rf"{re.escape(route)}(?![\w/])", text)]


async def test_every_route_is_described() -> None:
    routes = sorted(openapi.document(create_app(hall().parts()))["paths"])
    assert {"/api/v1/series", "/healthz/live"} <= set(routes)
    assert untold(routes, PAGES["docs/api.md"]) == []
    assert untold(routes, PAGES["docs/api.md"].replace("/series", "/serial")) == ["/api/v1/series"]


def lost_names(page: str) -> list[str]:
    """Rows `file.py` | `name` of a page's tables whose name is not defined in that file."""
    lost = []
    for file, name in re.findall(r"\| `([\w/]+\.py)` \| `([\w.]+)(?:\(\))?` \|", page):
        source = (ROOT / file).read_text(encoding="utf-8")
        if not all(re.search(rf"^\s*(async )?(def|class) {part}\b", source, re.MULTILINE) for part in name.split(".")):
            lost.append(f"{file}: {name}")
    return lost


def test_the_data_path_names_what_is_there() -> None:
    page = PAGES["docs/data-path.md"]
    assert page.count(".py` | `") > 15
    assert lost_names(page) == []
    assert lost_names(page.replace("Live.apply", "Live.supply")) == ["sdanlegg/live.py: Live.supply"]
