"""A hall for load: many controllers of many float32 points each, written as a hall's folder and read as one."""

from collections.abc import Sequence
from pathlib import Path

from sdanlegg.config import load_site
from sdanlegg.site import Site

POINTS = 200
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HEADER = "name,tfm,table,address,type,order,scale,offset,unit,kind,quantity,access,min,max,period,sigma,nb,en"


def write_hall(folder: Path, ports: Sequence[int], points: int = POINTS) -> Path:
    """Write a hall with one controller a port, polled every second, and return its folder."""
    hall, catalogue = folder / "config" / "load", folder / "config" / "catalogue"
    for made in (hall, catalogue):
        made.mkdir(parents=True)
    opening = "\n".join(f'{day} = "06:00-22:00"' for day in _DAYS)
    (hall / "site.toml").write_text(
        '[site]\nid = "load"\nname = { nb = "Last", en = "Load" }\nlatitude = 59.86\nlongitude = 10.46\n'
        f"water_area_m2 = 681.25\n\n[opening]\n{opening}\n",
        encoding="utf-8",
    )
    devices = (
        f'[[device]]\nid = "d{i:02}"\nmap = "floats"\nurl = "modbus+tcp://127.0.0.1:{port}/1"\nevery = "1s"\n'
        f'tfm = "=320.{i + 1:03}"\nname = {{ nb = "Styring {i}", en = "Controller {i}" }}\n'
        for i, port in enumerate(ports)
    )
    (hall / "devices.toml").write_text("\n".join(devices), encoding="utf-8")
    rows = (
        f"t{i:03},RT{i + 101},holding,{2 * i},float32,ABCD,1,0,°C,gauge,temperature,r,-30,110,,0.1,Føler {i},Sensor {i}"
        for i in range(points)
    )
    (catalogue / "floats.csv").write_text("\n".join([_HEADER, *rows]) + "\n", encoding="utf-8")
    return hall


def load_hall(folder: Path, ports: Sequence[int], points: int = POINTS) -> Site:
    """Write the hall and read it as the service does."""
    return load_site(write_hall(folder, ports, points))
