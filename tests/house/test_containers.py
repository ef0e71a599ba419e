"""The image, the compose file and the systemd unit, checked by tools that need no engine; each with a planted fault."""

import contextlib
import http.server
import json
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.tree import ROOT

DOCKERFILE, COMPOSE = ROOT / "Dockerfile", ROOT / "compose.yaml"
UNIT = ROOT / "docs/operations/sd-anlegg.service"
FOYER_UNIT = ROOT / "docs/operations/sd-anlegg-foyer.service"
BIN = Path(sys.executable).parent


def finished(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run to the end, whatever comes of it."""
    return subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True, timeout=60)


def compose() -> dict[str, Any]:
    """The compose file, anchors resolved."""
    loaded = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def last_stage() -> list[str]:
    """Instructions of the image that runs, one per line."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.rsplit("\nFROM ", 1)[1].splitlines() if line and not line.startswith("#")]


def test_the_dockerfile_is_clean() -> None:
    done = finished(BIN / "hadolint", DOCKERFILE)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "fault", ["FROM python:latest\n", "FROM debian:12\nRUN cd /tmp\n", "FROM debian:12\nMAINTAINER nobody\n"]
)
def test_a_planted_fault_in_a_dockerfile_is_seen(tmp_path: Path, fault: str) -> None:
    planted = tmp_path / "Dockerfile"
    planted.write_text(DOCKERFILE.read_text(encoding="utf-8") + fault)
    assert finished(BIN / "hadolint", planted).returncode == 1


def test_the_image_runs_as_nobody_and_holds_no_secret() -> None:
    lines = last_stage()
    user = [line for line in lines if line.startswith("USER ")]
    assert user
    assert re.fullmatch(r"USER [1-9]\d{3,}:[1-9]\d{3,}", user[-1])
    assert "STOPSIGNAL SIGTERM" in lines
    text = DOCKERFILE.read_text(encoding="utf-8")
    assert "--require-hashes" in text
    assert not re.search(r"^ADD ", text, re.MULTILINE)
    assert not re.search(r"(password|token|secret)\w*=", text, re.IGNORECASE)


def test_the_build_sees_only_what_it_needs() -> None:
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in rules
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    assert not let_in & {".git", ".venv", "data", "secrets", "tests"}
    assert all((ROOT / name).exists() for name in let_in)


def test_the_compose_file_is_sound() -> None:
    done = finished(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("fault", ["    read_only: [1]\n", "    netwroks: [ot]\n", "    mem_limit: [1]\n"])
def test_a_planted_fault_in_a_compose_file_is_seen(tmp_path: Path, fault: str) -> None:
    planted = tmp_path / "compose.yaml"
    planted.write_text(f"services:\n  service:\n    image: sd-anlegg:0.1.0\n{fault}")
    done = finished(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", planted)
    assert done.returncode == 1


@pytest.mark.parametrize("name", ["service", "foyer", "influxdb"])
def test_every_container_is_locked_down(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["stop_grace_period"] == "30s"
    assert not service.get("privileged")
    assert "cap_add" not in service
    assert re.search(r":[\w.-]*\d", service["image"]), "no image without a version"


def test_the_foyer_is_away_from_plant_and_history() -> None:
    services = compose()["services"]
    assert services["foyer"]["networks"] == ["front"]
    assert services["foyer"]["volumes"] == ["snapshot:/run/sd-anlegg:ro"]
    assert [name for name, service in services.items() if "ot" in service["networks"]] == ["service"]
    assert compose()["networks"]["store"] == {"internal": True}


def test_secrets_come_from_files_only() -> None:
    loaded = compose()
    assert all(set(secret) == {"file"} for secret in loaded["secrets"].values())
    for service in loaded["services"].values():
        for key, value in service.get("environment", {}).items():
            secret = re.search("password|token|user|key", key, re.IGNORECASE)
            assert not secret or (key.endswith("_FILE") and value.startswith("/run/secrets/")), key


def health_command(port: int) -> list[str]:
    """The image's own health check, pointed at another port."""
    line = next(line for line in last_stage() if line.startswith("HEALTHCHECK"))
    command = json.loads(line.split(" CMD ", 1)[1])
    assert command[0] == "python"
    assert "/healthz/live" in command[2]
    return [sys.executable, *(part.replace(":8080/", f":{port}/") for part in command[1:])]


@contextlib.contextmanager
def answering(status: Mapping[str, int]) -> Iterator[int]:
    """Serve a status per path on a free port, 404 elsewhere."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status.get(self.path, 404))
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False), (404, False)])
def test_the_health_check_tells_well_from_ill(status: int, well: bool) -> None:
    with answering({"/healthz/live": status}) as port:
        assert (finished(*health_command(port)).returncode == 0) is well


def test_the_health_check_fails_when_nobody_answers() -> None:
    with answering({}) as port:
        pass
    assert finished(*health_command(port)).returncode != 0


def here(unit: str, folder: Path, name: str = UNIT.name) -> Path:
    """Copy of a unit whose program exists on this machine, so that only the unit itself is judged."""
    copy = folder / name
    copy.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit, flags=re.MULTILINE))
    return copy


@pytest.mark.parametrize("file", [UNIT, FOYER_UNIT], ids=lambda file: file.stem)
def test_the_units_are_sound_and_hardened(tmp_path: Path, file: Path) -> None:
    here(UNIT.read_text(encoding="utf-8"), tmp_path)  # the foyer's unit names it
    unit = here(file.read_text(encoding="utf-8"), tmp_path, file.name)
    verified = finished("systemd-analyze", "verify", unit)
    assert (verified.returncode, verified.stderr) == (0, "")
    exposed = finished("systemd-analyze", "security", "--offline=true", "--threshold=15", unit)
    assert exposed.returncode == 0, exposed.stdout


def test_planted_faults_in_a_unit_are_seen(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8")
    misspelt = here(text.replace("ProtectSystem=", "ProtektSystem="), tmp_path)
    assert "ProtektSystem" in finished("systemd-analyze", "verify", misspelt).stderr
    open_ = here(re.sub(r"^(Protect|Private|Restrict|System)\w+=.*\n", "", text, flags=re.MULTILINE), tmp_path)
    assert finished("systemd-analyze", "security", "--offline=true", "--threshold=15", open_).returncode != 0


def words_of(unit: Path) -> list[str]:
    """What a unit starts, without the program's folder."""
    line = next(line for line in unit.read_text(encoding="utf-8").splitlines() if line.startswith("ExecStart="))
    program, *rest = shlex.split(line.removeprefix("ExecStart="))
    return [Path(program).name, *rest]


def started() -> list[list[str]]:
    """Every command that units and containers start with a program of ours, as `python -m …`."""
    services = compose()["services"]
    commands = [words_of(UNIT), words_of(FOYER_UNIT)]
    commands.append(["sdanlegg", *services["service"]["command"]])
    commands.append([*services["foyer"]["entrypoint"], *services["foyer"]["command"]])
    return [["python", "-m", *words] if words[0] == "sdanlegg" else words for words in commands]


@pytest.mark.parametrize("words", started(), ids=["unit", "foyer unit", "container", "foyer container"])
def test_what_is_started_is_what_the_program_understands(words: list[str]) -> None:
    verbs = 4 if words[2] == "sdanlegg" else 3
    help_ = finished(BIN / words[0], *words[1:verbs], "--help")
    assert help_.returncode == 0, help_.stderr
    known = set(re.findall(r"--[a-z-]+", help_.stdout))
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= known
