"""`sdanlegg backup` and `sdanlegg restore`: a hall's history and configuration as one file, and back."""

import asyncio
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from sdanlegg import __version__
from sdanlegg.cli_tools import FOLDER, config_argument, plainly
from sdanlegg.clock import Clock, SystemClock
from sdanlegg.config import load_site
from sdanlegg.ending import leave_on_signals, run_undoing
from sdanlegg.errors import SdError, StoreError
from sdanlegg.historian.backup import Archive, Copying, Manifest, check_copy
from sdanlegg.historian.restore import check_target, places, verify
from sdanlegg.historian.restore import restore as restore_files
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.outfile import OutputError, check_free, whole_file, writing_to
from sdanlegg.progress import progress
from sdanlegg.site import Site
from sdanlegg.when import utc_text

RESERVE: Final = 512 << 20  # bytes that stay free on the disk that the service writes to
_LOOK_S: Final = 0.2


@click.command()
@config_argument
@click.option("-o", "--output", "out", type=FOLDER, required=True, metavar="FILE", help="The backup, a .tar.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option("--data-dir", type=FOLDER, help="Folder of the history, instead of site.toml's.")
@plainly
def backup(config: Path, out: Path, data_dir: Path | None, *, force: bool) -> None:
    """Back up the history and the files of the hall in the folder CONFIG; the service may go on running.

    Secrets (tokens, passwords, private keys) are not in it: their files are named, keep them elsewhere.
    """
    site = load_site(config)
    run_undoing(_backup(site, (data_dir or site.store.data_dir).resolve(), out, SystemClock(), force=force))


async def _backup(site: Site, data_dir: Path, out: Path, clock: Clock, *, force: bool) -> None:
    source = data_dir / FILE_NAME
    if not source.is_file():
        raise StoreError(f"there is no history in {data_dir}: --data-dir names the folder that the service writes to")
    check_free(out, force=force)
    check_space(source, out)
    made = utc_text(clock.now_ns())
    with writing_to(out), tempfile.TemporaryDirectory(prefix=f".{out.name}.", suffix=".part", dir=out.parent) as part:
        copy = Path(part) / FILE_NAME
        copying = Copying(source, copy)
        await _copy(copying)
        click.echo("kontroll av kopien / checking the copy", err=True)
        rows = await asyncio.to_thread(check_copy, copy)
        files = {FILE_NAME: copy, **dict(hall_files(site))}
        secrets = tuple(str(path) for path in secret_files(site))
        with whole_file(out, force=force) as file, progress("arkiv / archive", copy.stat().st_size) as done:
            archive = Archive(file, done)
            for name, path in files.items():
                await asyncio.to_thread(archive.add, name, path)
            catalogue = catalogue_of(site)
            archive.close(Manifest(site.id, made, __version__, copying.schema, rows, archive.sums, secrets, catalogue))
    count = len(files) - 1
    click.echo(f"{out}: history of {site.name.nb} as of {made}, {sum(rows.values())} rows; {count} files of its folder")
    _tell_secrets(secrets)


async def _copy(copying: Copying) -> None:
    """Copy in a thread while the bar moves; on cancellation the copy ends first, then its folder can go."""
    running = asyncio.ensure_future(asyncio.to_thread(copying.run))
    seen = 0
    with progress("kopi / copy", copying.size) as done:
        try:
            while not running.done():
                await asyncio.wait({running}, timeout=_LOOK_S)
                size = copying.target.stat().st_size if copying.target.exists() else 0
                done(max(0, min(size, copying.size) - seen))
                seen = max(seen, size)
        except asyncio.CancelledError:
            copying.cancel()
            await asyncio.wait({running})
            running.exception()  # what it says of being cancelled is of no use
            raise
    running.result()


def check_space(source: Path, out: Path) -> None:
    """OutputError if the disk has no room for the copy and the archive made of it."""
    with writing_to(out):
        same = source.stat().st_dev == out.parent.stat().st_dev
        needed = 2 * source.stat().st_size + (RESERVE if same else 0)
        free = shutil.disk_usage(out.parent).free
    if free < needed:
        reserve = ", with a reserve for the service that writes to the same disk" if same else ""
        raise OutputError(
            f"{out.parent} has {free / 1e6:.0f} MB free and a backup takes {needed / 1e6:.0f} MB meanwhile (the copy"
            f" and the archive{reserve}): choose another disk"
        )


def catalogue_of(site: Site) -> str:
    """Folder of the register maps as site.toml names it."""
    values = tomllib.loads((site.folder / "site.toml").read_text(encoding="utf-8"))
    return str(values.get("catalogue", "../catalogue"))


def hall_files(site: Site) -> Iterator[tuple[str, Path]]:
    """Names in the archive and files: the hall's TOML files, the register maps and factor sets, public certificates."""
    folder = site.folder.resolve()
    for path in sorted(folder.glob("*.toml")):
        yield f"config/{folder.name}/{path.name}", path
    for name in sorted({device.map for device in site.devices}):
        yield f"config/catalogue/{name}.csv", folder / catalogue_of(site) / f"{name}.csv"
    for path in factor_files(folder):
        yield f"config/factors/{path.name}", path
    public = {p for d in site.devices for p in (d.security.certificate, d.security.server_certificate) if p is not None}
    for path in sorted(path.resolve() for path in public):
        if path.is_relative_to(folder) and path.is_file():
            yield f"config/{folder.name}/{path.relative_to(folder).as_posix()}", path


def factor_files(folder: Path) -> list[Path]:
    """Sets of CO₂ factors that the hall's kpis.toml names."""
    kpis = folder / "kpis.toml"
    named = tomllib.loads(kpis.read_text(encoding="utf-8")).get("factors") if kpis.is_file() else None
    return [] if named is None else sorted((folder / str(named)).glob("*.toml"))


def secret_files(site: Site) -> list[Path]:
    """Files with secrets that the hall's files name."""
    kept = {p for d in site.devices for p in (d.security.private_key, d.security.password_file)}
    kept |= {mirror.token_file for mirror in site.mirrors}
    return sorted(path for path in kept if path is not None)


@click.command()
@click.argument("file", type=FOLDER)
@click.option("--data-dir", type=FOLDER, help="Where the history goes: a folder without one.")
@click.option("--config-dir", type=FOLDER, help="Where the hall's folder and its catalogue go; without it they stay.")
@click.option("--verify", "only_verify", is_flag=True, help="Check every byte of FILE and write nothing.")
@plainly
def restore(file: Path, data_dir: Path | None, config_dir: Path | None, *, only_verify: bool) -> None:
    """Restore the backup FILE into empty places, once every byte of it has been checked."""
    if only_verify == (data_dir is not None):
        raise SdError("say --data-dir where the history shall go, or --verify to check the backup only")
    if data_dir is not None:
        check_target(data_dir)
    if not file.is_file():
        raise SdError(f"there is no file {file}")
    leave_on_signals()
    with progress("kontroll / verify", file.stat().st_size) as done:
        manifest = verify(file, done)
    rows = ", ".join(f"{count} {name}" for name, count in manifest.rows.items() if count)
    click.echo(f"{file} is whole: history of {manifest.site} as of {manifest.made}, version {manifest.version}: {rows}")
    if data_dir is not None:
        to = places(manifest, data_dir, config_dir)
        with progress("tilbakeføring / restore", file.stat().st_size) as done:
            restore_files(file, to, done)
        click.echo("\n".join(f"restored {path}" for path in to.values()))
        click.echo("Mirrors will get once more what they have got since the backup was made.")
    _tell_secrets(manifest.left_out)


def _tell_secrets(paths: tuple[str, ...]) -> None:
    if paths:
        click.echo(f"not in the backup, since they hold secrets; keep them elsewhere: {', '.join(paths)}")
