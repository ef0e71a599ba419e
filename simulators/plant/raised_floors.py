"""What the raised floors of both pools are worth: latent heat that stays in the water.

Against open water under the same air of the halls. Without them the halls would be moister and a little of it would not
evaporate after all; convection and radiation, of either sign, are left out: they are heat between water and hall.
"""

from simulators.plant import floor, pool
from simulators.plant.state import State


def saving_kw(s: State) -> float:
    """Latent heat [kW] saved in the last step; 0 with both floors down."""
    main = pool.floor_saves_kw(s.pool_main, pool.MAIN, floor.covered(s.floor_main))
    return main + pool.floor_saves_kw(s.pool_therapy, pool.THERAPY, floor.covered(s.floor_therapy))
