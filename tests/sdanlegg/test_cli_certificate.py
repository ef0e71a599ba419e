"""`sdanlegg certificate`: our own certificates, where devices.toml names them."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from drivers.opcua_certificates import read, uris
from sdanlegg.cli import main
from tests.support.holmen import holmen

TABLE = """
[device.security]
policy = "Basic256Sha256"
certificate_file = "secrets/client.der"
private_key_file = "secrets/client.pem"
server_certificate_file = "secrets/filter_main.der"
user = "energi"
password_file = "secrets/filter_main.password"
application_uri = "urn:holmen:collector"
"""


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    """The hall, one of whose PLCs asks for certificates."""
    hall = holmen(tmp_path)
    devices = hall / "devices.toml"
    blocks = devices.read_text(encoding="utf-8").split("[[device]]")
    place = next(i for i, block in enumerate(blocks) if 'id = "filter_main"' in block)
    head, _, _ = blocks[place].partition("[device.security]")
    blocks[place] = head + TABLE + "\n"
    devices.write_text("[[device]]".join(blocks), encoding="utf-8")
    return hall


def ran(hall: Path) -> Result:
    return CliRunner().invoke(main, ["certificate", str(hall)])


def test_what_is_missing_is_made_and_what_is_there_is_kept(hall: Path) -> None:
    file = hall / "secrets" / "client.der"
    done = ran(hall)
    assert done.exit_code == 0, done.stderr
    assert f"{file} is made, for 1095 days" in done.stdout
    assert uris(read(file)) == ["urn:holmen:collector"]
    assert (hall / "secrets" / "client.pem").stat().st_mode & 0o777 == 0o600
    first = file.read_bytes()
    again = ran(hall)
    assert again.exit_code == 0
    assert "is there already" in again.stdout
    assert file.read_bytes() == first


def test_half_a_pair_is_not_written_over(hall: Path) -> None:
    assert ran(hall).exit_code == 0
    key = (hall / "secrets" / "client.pem").read_bytes()
    (hall / "secrets" / "client.der").unlink()
    done = ran(hall)
    assert done.exit_code == 1
    assert "client.pem is there already" in done.stderr
    assert (hall / "secrets" / "client.pem").read_bytes() == key


def test_a_hall_that_names_none_is_told(tmp_path: Path) -> None:
    done = ran(holmen(tmp_path))
    assert done.exit_code == 1
    assert "names a certificate_file" in done.stderr


def test_the_service_will_not_run_before_all_files_are_there(hall: Path) -> None:
    assert ran(hall).exit_code == 0
    done = CliRunner().invoke(main, ["check", str(hall)])
    assert done.exit_code == 1
    assert "filter_main: there is no file" in done.stdout


def test_the_twin_names_what_it_lacks(hall: Path) -> None:
    bare, password = ["simulate", str(hall)], hall / "secrets" / "filter_main.password"
    done = CliRunner().invoke(main, bare)
    assert done.exit_code == 1
    assert "filter_main.password cannot be read: No such file" in done.stderr
    password.parent.mkdir()
    password.write_text("a good password\n", encoding="utf-8")
    done = CliRunner().invoke(main, bare)
    assert done.exit_code == 1
    assert "filter_main: policy Basic256Sha256 needs --certificates" in done.stderr
    done = CliRunner().invoke(main, ["simulate", str(hall), "--certificates", str(hall / "secrets")])
    assert done.exit_code == 1
    assert "client.der cannot be read: No such file" in done.stderr
    assert "Traceback" not in done.stderr
