"""Where the built pages and the bundled hall stand: in the wheel, or in the source tree beside this package."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def dashboard_pages() -> Path | None:
    """Folder of the built dashboard, or None if it was never built."""
    folder = _HERE.parent / "dashboard" / "_web"
    return folder if (folder / "index.html").is_file() else None


def bundled_hall(name: str = "holmen") -> Path:
    """Folder of the hall that comes with the program."""
    for folder in (_HERE / "_config" / name, _HERE.parent / "config" / name):
        if folder.is_dir():
            return folder
    return _HERE.parent / "config" / name
