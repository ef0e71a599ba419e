"""The hall's point list (punktliste) as CSV: what the owner's funksjonstabell is compared with."""

import csv
from typing import TextIO

from sdanlegg.points import Address, Node, Register
from sdanlegg.site import Site

HEADER = (
    "id",
    "tfm",
    "device",
    "protocol",
    "address",
    "unit",
    "kind",
    "quantity",
    "access",
    "min",
    "max",
    "period_s",
    "sigma",
    "nb",
    "en",
)


def write_csv(site: Site, stream: TextIO) -> None:
    """Write a header row and a row a point, in the configuration's order."""
    devices = {device.id: device for device in site.devices}
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    for point in site.points:
        device = devices[point.device]
        where = device.endpoint if device.protocol == "opcua" else f"{device.address}/{device.unit}"
        row = (point.id, point.tfm, point.device, device.protocol, f"{where} {address_text(point.address)}", point.unit)
        limits = (f"{v:g}" for v in (point.min, point.max, point.period_s, point.sigma))
        writer.writerow((*row, point.kind, point.quantity, point.access, *limits, point.nb, point.en))


def address_text(address: Address) -> str:
    """Where a point stands within its device, in one word or two."""
    if isinstance(address, Register):
        order = f" {address.order}" if address.type.registers > 1 and not address.type.is_text else ""
        return f"{address.table} {address.address} {address.type.name}{order}"
    return address.node if isinstance(address, Node) else address.field
