"""What is wrong in a hall's folder: findings with file, line and nearest spelling."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sdanlegg.errors import ConfigError


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to mend. Line 0 stands for the file as a whole."""

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{where}: {self.text}"


class FindingsError(ConfigError):
    """The configuration is not sound; carries every finding."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = sorted(set(findings))
        super().__init__("\n".join(str(finding) for finding in self.findings))


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest known word, or nothing when none is near."""
    candidates = list(known)
    match = difflib.get_close_matches(word, candidates, 1, 0.6)
    if not match:
        folded = {candidate.casefold(): candidate for candidate in candidates}
        found = difflib.get_close_matches(word.casefold(), folded, 1, 0.6)
        match = [folded[name] for name in found]
    return f"; did you mean {match[0]!r}?" if match else ""
