"""Writes config/grafana/*.json: `python -m scripts.grafana`."""

from scripts.grafana.boards import FOLDER, files

for name, text in files().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
