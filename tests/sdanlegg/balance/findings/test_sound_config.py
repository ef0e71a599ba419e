"""The hall's own rules.toml, and what is said of one with mistakes."""

import shutil
from pathlib import Path

import pytest

from sdanlegg.balance.findings.find import needed_points
from sdanlegg.balance.findings.kinds import KINDS
from sdanlegg.balance.findings.texts import TEXTS
from sdanlegg.config.load import examine, load_site
from tests.support.holmen import CONFIG

HOLMEN = CONFIG / "holmen"


def test_every_kind_has_texts_and_stands_in_the_hall() -> None:
    site = load_site(HOLMEN, secrets=False)
    assert site.rules is not None
    assert set(TEXTS) == set(KINDS) == {rule.kind for rule in site.rules.rules}
    for rule in site.rules.rules:
        assert set(TEXTS[rule.kind].shows) <= set(KINDS[rule.kind].points)
        assert TEXTS[rule.kind].shows


def test_all_points_that_are_needed_are_the_halls() -> None:
    site = load_site(HOLMEN, secrets=False)
    assert site.rules is not None
    assert site.network is not None
    points = needed_points(site.network, site.rules)
    assert set(points) <= {point.id for point in site.points.points}
    assert len(points) == len(set(points))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "power_on"', 'kind = "power_off"', "unknown kind 'power_off'"),
        ("most_kw = 4.0, ", "", "power_on also needs most_kw in limits"),
        ("most_kw = 4.0", "mots_kw = 4.0", "'mots_kw' is none of power_on's limits; did you mean 'most_kw'?"),
        ('"el_light.p"', '"el_lihgt.p"', "unknown point 'el_lihgt.p'"),
        ('id = "cafe.on"', 'id = "light.on"', "the rule id 'light.on' stands already"),
        ('"el.rest", ', '"el.rets", ', "unknown flow 'el.rets'"),
        ('"el.rest", ', '"el.light", ', "el.light is measured or derived"),
        ('flow = "el.pump_main"', 'flow = "el.pmup_main"', "unknown flow 'el.pmup_main'"),
        ('"hm_air"]', '"hm_are"]', "unknown point 'hm_are.flow'"),
    ],
)
def test_a_mistake_is_told_with_its_rule(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = tmp_path / "config" / "holmen"
    shutil.copytree(CONFIG, tmp_path / "config")
    text = (folder / "rules.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "rules.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    _, findings = examine(folder, secrets=False)
    assert any(said in f.text and f.file.name == "rules.toml" and f.line > 0 for f in findings), findings
