"""The checked files kpis.toml, tariff.toml and the factor sets -> KpiPlan."""

from collections.abc import Iterable
from datetime import date

from sdanlegg.config.durations import clock_minutes
from sdanlegg.config.folder import Folder
from sdanlegg.config.kpi_models import CarrierModel, KpiModel, PlantModel, PostModel
from sdanlegg.config.models import NameModel
from sdanlegg.config.tariff_models import FactorFile, PartModel, RateModel, TariffFile
from sdanlegg.factors import Factor, FactorSet
from sdanlegg.plan import (
    CarrierDefinition,
    KpiDefinition,
    KpiPlan,
    PlantDefinition,
    PostDefinition,
    Term,
    Words,
)
from sdanlegg.tariff import PricePart, Rate, Step, Tariff

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def plan(read: Folder) -> KpiPlan | None:
    """Give what a folder without findings wants worked out; None if it has no kpis.toml."""
    file = read.kpis
    if file is None or read.site is None:
        return None
    return KpiPlan(
        kpis=tuple(map(_kpi, file.kpi)),
        posts=tuple(map(_post, file.post)),
        plants=tuple(map(_plant, file.plant)),
        carriers=tuple(map(_carrier, file.carrier)),
        used=_terms(file.used),
        water_m2=float(read.site.site.water_area_m2),
        bathers=file.counted.bathers,
        bathers_sigma=float(file.counted.bathers_sigma),
        open_point=file.counted.open,
        rest=tuple(file.unaccounted.flows),
        warn_pct=float(file.unaccounted.warn_pct),
        alarm_pct=float(file.unaccounted.alarm_pct),
        factors=tuple(map(_factors, read.factors)),
        tariff=None if read.tariff is None else _tariff(read.tariff),
    )


def _words(name: NameModel | None) -> Words:
    return Words() if name is None else Words(name.nb, name.en)


def _terms(names: Iterable[str]) -> tuple[Term, ...]:
    return tuple(Term(n.removeprefix("-").strip(), -1.0 if n.startswith("-") else 1.0) for n in names)


def _kpi(kpi: KpiModel) -> KpiDefinition:
    return KpiDefinition(
        kpi.id, _words(kpi.name), kpi.unit, _terms(kpi.over), _terms(kpi.under), kpi.per, float(kpi.times),
        _words(kpi.boundary), kpi.part_of, _words(kpi.gap), kpi.source,
    )  # fmt: skip


def _post(post: PostModel) -> PostDefinition:
    return PostDefinition(post.id, _words(post.name), _terms(post.electricity), _terms(post.heat), _words(post.gap))


def _plant(plant: PlantModel) -> PlantDefinition:
    passes = tuple(plant.passes.items())
    return PlantDefinition(plant.id, _words(plant.name), _terms(plant.electricity), tuple(plant.gives), passes)


def _carrier(carrier: CarrierModel) -> CarrierDefinition:
    delivered, produced, exported = map(_terms, (carrier.delivered, carrier.produced, carrier.exported))
    return CarrierDefinition(carrier.id, _words(carrier.name), delivered, produced, exported, weighted=carrier.weighted)


def _factors(file: FactorFile) -> FactorSet:
    factors = tuple(Factor(f.carrier, f.first, f.last or f.first, float(f.g_per_kwh)) for f in file.factor)
    return FactorSet(file.id, file.name.nb, file.name.en, file.kind, file.source, file.dated, factors)


def _tariff(file: TariffFile) -> Tariff:
    parts = tuple(_part(part, float(file.vat_pct)) for part in file.part)
    return Tariff(tuple(file.bought), tuple(file.sold), tuple(file.water), parts, file.with_vat, file.currency)


def _part(part: PartModel, vat_pct: float) -> PricePart:
    return PricePart(
        part.id, part.name.nb, part.name.en, part.by, tuple(map(rate, part.rate)),
        tuple(Step(float(step.up_to_kw), float(step.kr)) for step in part.step), part.highest,
        vat_pct if part.vat_pct is None else float(part.vat_pct),
    )  # fmt: skip


def rate(model: RateModel) -> Rate:
    """Give a rate as the balance core takes it."""
    start, end = map(clock_minutes, (model.hours or "00:00-00:00").split("-"))
    weekdays = tuple(WEEKDAYS.index(day) for day in model.days) or tuple(range(7))
    since, until = (None if day is None else date.fromisoformat(day) for day in (model.since, model.until))
    return Rate(float(model.kr), tuple(model.months) or tuple(range(1, 13)), weekdays, start, end, since, until)
