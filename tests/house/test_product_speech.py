"""What we publish speaks of the hall and its users: no traces of the workshop it was made in."""

import re

import pytest

from tests.support.tree import ROOT, own_files, text_of


def joined(*parts: str) -> str:
    """A word, put together here so that this file does not hold it."""
    return "".join(parts)


NUMBER_SIGN = joined("(?<![\\w&/#])", "#", "\\d{1,4}(?![\\w-])")
PATTERNS = {
    "a ticket number": [
        joined(r"\b(is", r"sues?|tickets?|gh)[ -]", r"?#?\d+\b"),
        joined(r"\b(fix|fixes|clos|closes|resolves|see|per) ", NUMBER_SIGN),
    ],
    "the workshop's rounds": [
        joined(r"\b(next|previous|earlier|later|coding|work(ing)?) ", r"ses", r"sions?\b"),
        joined(r"\bthe next ", r"is", r"sue\b"),
        joined(r"\bthe ", r"le", r"ad\b (edits|wrote|says)"),
        joined(r"\beng", r"ineer [A-I]\b"),
    ],
    "a registry host": [
        joined("py", r"pi\.org"),
        joined("python", r"hosted\.org"),
        joined("registry", r"\.npm", "js"),
        joined(r"deb\.", r"debian\.org"),
        joined(r"proxy\.", r"golang\.org"),
    ],
    "a path of one machine": [
        joined(r"(?<![\w.}/-])/", r"work/"),
        joined(r"/tm", r"p/(brief|house|git)"),
        joined(r"(?<![\w.}/-])/ro", r"ot/"),
        joined(r"(?<![\w.}/-])/ho", r"me/(?!<)\w+/"),
        joined(r"\bsha", r"red/(design|lab|domain|style|peers|reliability|frontend|mock)"),
        joined(r"\b(de", r"sign|la", r"b|do", r"main|st", r"yle|pe", r"ers|reli", r"ability|fron", r"tend)\.md\b"),
    ],
    "a tool of the workshop": [
        joined(r"\bCl", r"aude\b"),
        joined(r"\bAnth", r"ropic\b"),
        joined(r"\b(L", r"LM|Chat", r"GPT|Co", r"pilot)\b"),
        joined(r"\bfa", r"rm-(bench|studio)\b"),
        joined(r"\bbefore-", r"stop\b"),
    ],
}


def slips(text: str) -> list[str]:
    """Every line of a text that holds a trace, with what it is."""
    return [
        f"{number}: {what}: {line.strip()[:100]}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, patterns in PATTERNS.items()
        if any(re.search(pattern, line, re.IGNORECASE) for pattern in patterns)
    ]


def test_no_file_holds_a_trace_of_the_workshop() -> None:
    files = [(path, text) for path in own_files() if (text := text_of(path)) is not None]
    assert len(files) > 40
    found = [f"{path.relative_to(ROOT)}:{slip}" for path, text in files for slip in slips(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        joined("closes ", "#", "12"),
        joined("see is", "sue 2"),
        joined("as agreed in an earlier ses", "sion"),
        joined("https://py", "pi.org/simple"),
        joined("cd /wo", "rk/main"),
        joined("cat /ro", "ot/notes.txt"),
        joined("as de", "sign.md says"),
        joined("written with Cl", "aude"),
    ],
)
def test_a_planted_trace_is_seen(line: str) -> None:
    assert slips(line)


@pytest.mark.parametrize(
    "line",
    [
        "colour: #006400; id #main",
        "so is our session; the last session of the OPC UA server ended",
        "open /var/lib/sd-anlegg and /run/secrets/token",
        "the design of the filter; a network; /network/",
        "the farm's meter",
    ],
)
def test_honest_words_are_left_alone(line: str) -> None:
    assert slips(line) == []
