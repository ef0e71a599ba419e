"""[scene] of site.toml -> Scene, and what is wrong with it."""

from typing import Final

from sdanlegg.config.folder import Folder
from sdanlegg.config.models import SceneModel
from sdanlegg.site import Name, Scene, ScenePool

SITE: Final = "site.toml"
_SHOWN: Final = {
    "outdoor": ("gauge", "temperature"), "irradiance": ("gauge", "irradiance"),
    "precipitation": ("gauge", "precipitation"), "snow": ("gauge", "position"), "rock": ("gauge", "temperature"),
    "water": ("gauge", "temperature"), "raised": ("state", "state"),
}  # fmt: skip


def check_scene(read: Folder) -> None:
    """Find points of the foyer's picture that are not there or show something else, and pools that stand twice."""
    if read.site is None:
        return
    scene = read.site.scene
    for key in ("outdoor", "irradiance", "precipitation", "snow", "rock"):
        _check_point(read, ("scene", key), key, getattr(scene, key))
    ids: list[str] = []
    for index, pool in enumerate(scene.pool):
        path = ("scene", "pool", index)
        if pool.id in ids:
            read.find(SITE, (*path, "id"), f"the pool id {pool.id!r} stands already")
        ids.append(pool.id)
        for key in ("water", "raised"):
            _check_point(read, (*path, key), key, getattr(pool, key))


def _check_point(read: Folder, path: tuple[str | int, ...], key: str, name: str | None) -> None:
    point = None if name is None else read.point(SITE, path, name)
    if point is not None and (point.kind, point.quantity) != _SHOWN[key]:
        kind, quantity = _SHOWN[key]
        text = f"{key}: {point.id} is a {point.kind} of {point.quantity} [{point.unit}], not a {kind} of {quantity}"
        read.find(SITE, path, text)


def scene_of(scene: SceneModel) -> Scene:
    """Give the picture's points of a folder without findings."""
    pools = (ScenePool(p.id, Name(p.name.nb, p.name.en), p.water, p.raised) for p in scene.pool)
    return Scene(scene.outdoor, scene.irradiance, scene.precipitation, scene.snow, scene.rock, tuple(pools))
