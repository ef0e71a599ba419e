"""`python -m sdanlegg.config.schema FOLDER` writes the JSON Schema of each of a hall's files, for editors."""

import json
import sys
from pathlib import Path

from sdanlegg.config.load import schemas


def write(folder: Path) -> list[Path]:
    """Write <file>.schema.json for each file of a hall; the files' paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas().items():
        path = folder / f"{name.removesuffix('.toml')}.schema.json"
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    write(Path(sys.argv[1]))
