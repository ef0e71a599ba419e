"""Where the built pages and the bundled hall stand: in the wheel, or in the source tree beside this package."""

from pathlib import Path

from sdanlegg import __version__

_HERE = Path(__file__).resolve().parent


def dashboard_pages() -> Path | None:
    """Folder of the built dashboard, or None if it was never built."""
    folder = _HERE.parent / "dashboard" / "_web"
    return folder if (folder / "index.html").is_file() else None


def pages_build() -> str:
    """Name of this build of program and pages: an open page that sees another one reloads itself."""
    pages = dashboard_pages()
    mark = pages / ".fingerprint" if pages is not None else None
    return f"{__version__}+{mark.read_text().strip()[:12]}" if mark is not None and mark.is_file() else __version__


def bundled_hall(name: str = "holmen") -> Path:
    """Folder of the hall that comes with the program."""
    for folder in (_HERE / "_config" / name, _HERE.parent / "config" / name):
        if folder.is_dir():
            return folder
    return _HERE.parent / "config" / name
