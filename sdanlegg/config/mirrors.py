"""The mirrors that site.toml names: what is wrong with them, and their settings."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sdanlegg.config.findings import nearest
from sdanlegg.config.folder import Folder
from sdanlegg.config.models import MirrorModel
from sdanlegg.historian.mirrors import MirrorSettings
from sdanlegg.historian.mirrors.cover import LEAST_HOURS, cover_hours, spool_rate

SITE: Final = "site.toml"
LOCAL: Final = "local"
_SHORTEST_S, _LONGEST_S = 0.5, 300.0


def mirror_settings(folder: Path, mirror: MirrorModel) -> MirrorSettings:
    """Settings of a mirror of the hall in the folder."""
    return MirrorSettings(
        name=mirror.name,
        kind=mirror.kind,
        url=mirror.url.rstrip("/"),
        read_url=(mirror.read_url or mirror.url).rstrip("/"),
        org=mirror.org,
        bucket=mirror.bucket,
        token_file=None if mirror.token_file is None else folder / mirror.token_file,
        timeout_s=mirror.timeout,
        spool_bytes=int(mirror.spool_gib * 2**30),
    )


def check_mirrors(read: Folder) -> None:
    """Find names that stand twice, addresses that are none, missing token files and spools that are too small."""
    if read.site is None:
        return
    names: dict[str, int] = {}
    rate = 0.0 if read.unread else spool_rate(read.points.values())
    for index, mirror in enumerate(read.site.mirror):
        path = ("mirror", index)
        if mirror.name == LOCAL:
            read.find(SITE, (*path, "name"), f"the name {LOCAL!r} is the local store's own")
        if mirror.name in names:
            text = f"the name {mirror.name!r} stands already on mirror {names[mirror.name] + 1}"
            read.find(SITE, (*path, "name"), text)
        names.setdefault(mirror.name, index)
        _check_one(read, path, mirror, rate)
    asked = read.site.store.read_from
    if asked != LOCAL and asked not in names:
        text = f"read_from: there is no mirror {asked!r}{nearest(asked, [LOCAL, *names])}"
        read.find(SITE, ("store", "read_from"), text)


def _check_one(read: Folder, path: tuple[str | int, ...], mirror: MirrorModel, rate: float) -> None:
    for key in ("url", "read_url"):
        url = getattr(mirror, key)
        if url is not None and (fault := url_fault(url)):
            read.find(SITE, (*path, key), f"{mirror.name}: {key} {fault}")
    if mirror.token_file is not None and not (read.path / mirror.token_file).is_file():
        read.find(SITE, (*path, "token_file"), f"{mirror.name}: there is no file {read.path / mirror.token_file}")
    if not _SHORTEST_S <= mirror.timeout <= _LONGEST_S:
        text = f"{mirror.name}: timeout must be between {_SHORTEST_S:g} s and {_LONGEST_S:g} s"
        read.find(SITE, (*path, "timeout"), text)
    hours = cover_hours(int(mirror.spool_gib * 2**30), rate)
    if hours < LEAST_HOURS:
        text = f"{mirror.name}: spool_gib covers {hours:.1f} h of this hall's samples, {LEAST_HOURS:.0f} h at least"
        read.find(SITE, (*path, "spool_gib"), f"{text}: {LEAST_HOURS * 3600 * rate / 2**30:.2g} GiB")


def url_fault(url: str) -> str | None:
    """What is wrong with the address of an engine, None if nothing is."""
    parts = urlsplit(url)
    try:
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        return f"{url!r} has a port that is no number from 1 to 65535"
    if parts.scheme not in {"http", "https"}:
        return f"{url!r} begins neither with http:// nor with https://"
    if not parts.hostname:
        return f"{url!r} has no host"
    if parts.username or parts.password:
        return "holds a user or password: put the token in a file and name it in token_file"
    if parts.query or parts.fragment:
        return f"{url!r} has more than a path after the host"
    return None
