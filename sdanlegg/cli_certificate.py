"""`sdanlegg certificate`: make the client certificates that devices.toml names and that are not there yet."""

from pathlib import Path

import click

from drivers.opcua_certificates import create
from sdanlegg.cli_tools import config_argument, plainly
from sdanlegg.clock import SystemClock
from sdanlegg.config import load_site
from sdanlegg.errors import SdError
from sdanlegg.site import OpcUaSecurity


@click.command()
@config_argument
@plainly
def certificate(config: Path) -> None:
    """Make our OPC UA certificates and keys that the hall in the folder CONFIG names and that are not there yet."""
    site = load_site(config, secrets=False)
    wanted = {d.security.certificate: d.security for d in site.devices if d.security.certificate is not None}
    if not wanted:
        raise SdError(f"no device in {config} names a certificate_file")
    for file, security in wanted.items():
        click.echo(_make(file, security))


def _make(file: Path, security: OpcUaSecurity) -> str:
    if security.private_key is None:
        raise SdError(f"{file} needs a private_key_file beside it")
    if file.exists() and security.private_key.exists():
        return f"{file} is there already"
    made = create(file, security.private_key, security.application_uri, now_ns=SystemClock().now_ns())
    return f"{file} is made, for {made.days_left(SystemClock().now_ns()):.0f} days; let the servers trust it"
