"""The hall's network: every way in which balance.toml can be wrong is found with its line."""

from pathlib import Path

import pytest

from sdanlegg.config import load_site
from sdanlegg.network import (
    AirMoisture,
    BalanceFlow,
    BalanceNode,
    Inputs,
    Measurement,
    Sensor,
    StreamHeat,
    Tie,
    WeightedSum,
)
from tests.support.findings import edit, found
from tests.support.holmen import holmen

SMALL = """nodes = [ { id = "heat.header", kind = "junction" }, { id = "vp1", kind = "converter" } ]

[[flow]]
id = "vp1.cond"
from = "vp1"
to = "heat.header"
carrier = "heat"
counter = "vp1.heat_kwh"
meter = "EN1434-2"

[[flow]]
id = "vp1.el"
to = "vp1"
carrier = "electricity"
counter = "el_vp1.import_kwh"
meter = "MID-B"

[[flow]]
id = "heat.space"
from = "heat.header"
carrier = "heat"
power = "hm_space.power"

[[flow]]
id = "header.loss"
from = "heat.header"
carrier = "heat"
model = "standing_loss"
sigma = 0.5
with = { warm_t = ["vp1.tank_t", "vp1.supply_t"], cold_t = 20, kw_k = 0.03 }

[[flow]]
id = "vp1.evap"
to = "vp1"
carrier = "heat"
derived = { flow = "vp1.brine_flow", hot = "vp1.brine_in_t", cold = "vp1.brine_out_t", kwh_per_m3_k = 1.126 }

[[tie]]
flow = "header.loss"
of = "heat.space"
times = 0.5

[[sensor]]
points = ["vp1.*_t"]
limit = 0.15
share = 0.002
noise = 0.02
"""


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    """A hall with a small network, in the form of an array of inline tables."""
    folder = holmen(tmp_path, move_ports=False)
    (folder / "balance.toml").write_text(SMALL, encoding="utf-8")
    for name in ("kpis.toml", "measures.toml", "rules.toml", "tariff.toml"):  # flows the small network lacks
        (folder / name).unlink()
    return folder


def test_a_sound_network_is_read(hall: Path) -> None:
    network = load_site(hall).network
    assert network is not None
    assert [(node.id, node.kind, node.nb, node.content) for node in network.nodes] == [
        ("heat.header", "junction", "heat.header", None),
        ("vp1", "converter", "vp1", None),
    ]
    cond, el, space, loss, evap = network.flows
    assert (cond.source, cond.target, cond.carrier) == ("vp1", "heat.header", "heat")
    assert cond.measured == (Measurement("vp1.heat_kwh", None, "EN1434-2"),)
    assert loss.feed == Inputs({"warm_t": (("vp1.tank_t", 0.5), ("vp1.supply_t", 0.5))}, {"cold_t": 20.0, "kw_k": 0.03})
    assert network.ties == (Tie("header.loss", "heat.space", 0.5),)
    assert network.sensors["vp1.tank_t"] == Sensor(0.15, 0.002, 0.02, counter=False)
    assert network.sensors["vp1.heat_kwh"] == Sensor(0.0, 0.0, 0.029, counter=True)
    assert network.sensors["wells.total_flow"].noise == pytest.approx(0.6 * 0.2)
    assert (el.source, el.target) == (None, "vp1")
    assert space.measured == (Measurement(None, "hm_space.power", None),)
    assert (loss.measured, loss.model, loss.sigma) == ((), "standing_loss", 0.5)
    assert evap.derived == StreamHeat("vp1.brine_flow", "vp1.brine_in_t", "vp1.brine_out_t", 1.126)
    assert network.into("vp1") == (el, evap)
    assert network.out_of("heat.header") == (space, loss)


def test_a_hall_without_a_network_has_none(hall: Path) -> None:
    (hall / "balance.toml").unlink()
    assert load_site(hall).network is None


@pytest.mark.parametrize(
    ("old", "new", "line", "text"),
    [
        ('to = "heat.header"', 'to = "heat.haeder"', 6, "unknown node 'heat.haeder'; did you mean 'heat.header'?"),
        ('from = "vp1"', 'from = "heat.header"', 6, "vp1.cond flows from heat.header to itself"),
        ('to = "vp1"\ncarrier = "el', 'carrier = "el', 11, "vp1.el has neither from nor to: it belongs to no node"),
        ('id = "vp1.el"', 'id = "vp1.cond"', 12, "the flow id 'vp1.cond' stands already"),
        ('id = "vp1", kind', 'id = "heat.header", kind', 1, "the node id 'heat.header' stands already"),
        ('}, { id = "vp1"', '}, { id = "lonely", kind = "storage" }, { id = "vp1"', 1, "lonely has no flows"),
        ('to = "heat.header"\n', "", 1, "nothing flows into heat.header, so it has no balance"),
        ('kind = "converter"', 'kind = "junction"', 1, "vp1 is a junction and mixes electricity and heat"),
        ('kind = "converter"', 'kind = "storage"', 1, "vp1 is a storage and mixes electricity and heat"),
        ("vp1.heat_kwh", "vp1.hea_kwh", 8, "vp1.cond: unknown point 'vp1.hea_kwh'; did you mean 'vp1.heat_kwh'?"),
        ("vp1.heat_kwh", "hm_condenser.volume_m3", 8, "is a counter of volume [m³], not a counter of energy"),
        ("vp1.heat_kwh", "vp1.heat_kw", 8, "is a gauge of power [kW], not a counter of energy"),
        ("hm_space.power", "hm_space.flow", 22, "is a gauge of flow [m³/h], not a gauge of power"),
        ("hm_space.power", "hm_space.energy_kwh", 22, "is a counter of energy [kWh], not a gauge of power"),
        ("EN1434-2", "EN1434-7", 9, "'EN1434-7' is no class of meter; did you mean 'EN1434-"),
        ('"standing_loss"', '"standing_los"', 28, "unknown model 'standing_los'; did you mean 'standing_loss'?"),
        ("\nsigma = 0.5", "", 28, "header.loss: a modelled flow needs its sigma"),
        ('power = "hm_space.power"', "sigma = 0.1", 22, "sigma goes with derived or model"),
        ('power = "hm_space.power"', 'meter = "MID-B"', 22, "meter goes with a counter or a power"),
        ('model = "st', 'counter = "tv1.header_kwh"\nmodel = "st', 29, "can be measured, derived or modelled, one of"),
        ('"vp1.brine_in_t"', '"vp1.brine_dp"', 36, "is a gauge of pressure_difference [Pa], not a gauge of temp"),
        ('hot = "vp1.brine_in_t", ', "", 36, "either flow, hot and cold of a stream, or a sum"),
        ("kw_k = 0.03", "kw_kk = 0.03", 30, "standing_loss has no 'kw_kk'; did you mean 'kw_k'?"),
        ("kw_k = 0.03", "kw_kk = 0.03", 28, "standing_loss needs kw_k in with"),
        ('"vp1.tank_t"', '"vp1.tnk_t"', 30, "header.loss: unknown point 'vp1.tnk_t'; did you mean 'vp1.tank_t'?"),
        ('"vp1.tank_t"', '"vp1.p_el"', 30, "vp1.p_el is power [kW], warm_t takes temperature"),
        ("kw_k = 0.03", 'kw_k = "vp1.tank_t"', 30, "kw_k is a number, not the point 'vp1.tank_t'"),
        ('["vp1.tank_t", "vp1.supply_t"]', "[]", 30, "warm_t names no point"),
        ('model = "standing_loss"\n', "", 29, "header.loss: with goes with a model"),
        ('flow = "header.loss"', 'flow = "header.los"', 39, "unknown flow 'header.los'; did you mean 'header.loss'?"),
        ('of = "heat.space"', 'of = "header.loss"', 40, "header.loss is tied to itself"),
        ("times = 0.5", "times = 0", 41, "tie.times"),
        ("limit = 0.15", "limit = -1", 45, "sensor.limit"),
        ('carrier = "heat"\npower', 'carrier = "heath"\npower', 21, "flow.carrier"),
        ('carrier = "heat"\npower', 'carier = "heat"\npower', 21, "did you mean 'carrier'?"),
        ('"junction"', '"junktion"', 1, "nodes.kind"),
        (
            'power = "hm_space.power"',
            'also = [{ power = "hm_space.power" }]',
            22,
            "also goes with a counter",
        ),
    ],
)
def test_each_wrong_entry_is_named(hall: Path, old: str, new: str, line: int, text: str) -> None:
    edit(hall / "balance.toml", old, new)
    findings = found(hall)
    assert any(f.startswith(f"balance.toml:{line}: ") and text in f for f in findings), findings


def test_all_findings_come_at_once(hall: Path) -> None:
    edit(hall / "balance.toml", 'to = "heat.header"', 'to = "heat.haeder"')
    edit(hall / "balance.toml", "el_vp1.import_kwh", "el_vp1.p")
    edit(hall / "balance.toml", "standing_loss", "standing")
    assert len(found(hall)) >= 3


def test_water_and_moisture_have_quantities_of_their_own(hall: Path) -> None:
    water = SMALL + '[[flow]]\nid = "w"\nto = "vp1"\ncarrier = "water"\ncounter = "wm_tap.volume_m3"\n'
    moist = '[[flow]]\nid = "m"\nto = "vp1"\ncarrier = "moisture"\ncounter = "ahu1.condensate_m3"\n'
    (hall / "balance.toml").write_text(water + moist, encoding="utf-8")
    assert found(hall) == []
    (hall / "balance.toml").write_text(SMALL + moist.replace("counter", "power"), encoding="utf-8")
    assert [f.partition(": ")[2] for f in found(hall)] == ["m: no gauge shows moisture; derive it from other points"]


STORAGE = """
[[nodes]]
id = "hall1.moisture"
kind = "storage"
content = { temperature = "ahu1.extract_t", humidity = "ahu1.extract_rh", dry_air_kg = 17280 }

[[nodes]]
id = "tank"
kind = "storage"
content = { sum = ["tv1.tank_t_1", "-tv1.tank_t_2"], factor = 1.4, times = "gv1.dirty_level_pct", added = 2 }

[[flow]]
id = "a"
to = "hall1.moisture"
carrier = "moisture"

[[flow]]
id = "b"
from = "hall1.moisture"
carrier = "moisture"

[[flow]]
id = "c"
to = "tank"
carrier = "heat"
derived = { sum = ["vp1.heat_kw", "-hm_space.power"] }

[[flow]]
id = "d"
from = "tank"
carrier = "heat"
derived = { flow = "wm_tap.flow", hot = "tv1.hot_out_t" }
"""


def test_contents_and_sums_are_read(hall: Path) -> None:
    (hall / "balance.toml").write_text(STORAGE, encoding="utf-8")
    network = load_site(hall).network
    assert network is not None
    assert network.nodes[0].content == AirMoisture("ahu1.extract_t", "ahu1.extract_rh", 17280.0)
    assert network.nodes[1].content == WeightedSum(
        ("tv1.tank_t_1",), ("tv1.tank_t_2",), 1.4, "gv1.dirty_level_pct", 2.0
    )
    assert network.flows[0].measured == ()
    assert network.flows[2].derived == WeightedSum(("vp1.heat_kw",), ("hm_space.power",), 1.0)
    assert network.flows[3].derived == StreamHeat("wm_tap.flow", "tv1.hot_out_t", None, 1.163)


@pytest.mark.parametrize(
    ("old", "new", "line", "text"),
    [
        ("ahu1.extract_rh", "ahu1.extract_t", 5, "is a gauge of temperature [°C], not a gauge of humidity"),
        ("tv1.tank_t_1", "tv1.boiler_kwh", 10, "is a counter of energy [kWh], not a gauge"),
        ("-tv1.tank_t_2", "-tv1.boiler_kw", 10, "is a gauge of power [kW], not a gauge of temperature"),
        ('kind = "storage"', 'kind = "junction"', 5, "hall1.moisture is a junction: only a storage has a content"),
        ("dry_air_kg = 17280", "factor = 2", 5, "either a sum of gauges, or temperature, humidity and dry_air_kg"),
        ('"vp1.heat_kw"', '"vp1.brine_flow"', 26, "is a gauge of flow [m³/h], not a gauge of power"),
        ('"gv1.dirty_level_pct"', '"gv1.dirty_level"', 10, "did you mean 'gv1.dirty_level_pct'?"),
    ],
)
def test_wrong_contents_and_sums_are_named(hall: Path, old: str, new: str, line: int, text: str) -> None:
    (hall / "balance.toml").write_text(STORAGE, encoding="utf-8")
    edit(hall / "balance.toml", old, new)
    findings = found(hall)
    assert any(f.startswith(f"balance.toml:{line}: ") and text in f for f in findings), findings


def test_the_real_hall_has_a_network_with_names_and_meters() -> None:
    network = load_site(Path(__file__).parents[3] / "config" / "holmen").network
    assert network is not None
    assert len(network.nodes) >= 30
    assert len(network.flows) >= 100
    things: list[BalanceNode | BalanceFlow] = [*network.nodes, *network.flows]
    for thing in things:
        assert thing.nb != thing.id
        assert thing.en != thing.id
    assert all(m.meter is not None for flow in network.flows for m in flow.measured)
    assert sum(bool(flow.measured) for flow in network.flows) >= 50
