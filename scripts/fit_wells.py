"""Fit the parts of simulators/plant/wells.py to the g-function that pygfunction gives; prints them. Half a minute."""

import sys
from importlib.metadata import version
from typing import Final

import numpy as np
import pygfunction
from scipy.optimize import minimize, nnls

from simulators.plant.wells import (
    CONDUCTIVITY,
    DIFFUSIVITY,
    HEAD_M,
    LENGTH_M,
    PATTERN,
    RADIUS_M,
    REFERENCE_M,
    SPACING_M,
)

YEAR_S: Final = 365.2425 * 86400.0
PARTS: Final = 7
SLOW: Final = 3  # parts that reach the reference well


def walls(t_s: np.ndarray) -> np.ndarray:
    """Drop of the wells' walls for 1 W/m out of every well since 0 [mK/W], at t_s (n,) -> (n,)."""
    field = pygfunction.borefield.Borefield.rectangle_field(*PATTERN, SPACING_M, SPACING_M, LENGTH_M, HEAD_M, RADIUS_M)
    g = pygfunction.gfunction.gFunction(field, DIFFUSIVITY, time=t_s, boundary_condition="UBWT", method="equivalent")
    return np.asarray(g.gFunc) / (2.0 * np.pi * CONDUCTIVITY)


def beside(t_s: np.ndarray) -> np.ndarray:
    """Drop at the reference well for the same heat, every well giving as much [mK/W], at t_s (n,) -> (n,)."""
    field = pygfunction.borefield.Borefield.rectangle_field(*PATTERN, SPACING_M, SPACING_M, LENGTH_M, HEAD_M, RADIUS_M)
    middle = (PATTERN[1] - 1) / 2.0 * SPACING_M
    there = pygfunction.boreholes.Borehole(LENGTH_M, HEAD_M, RADIUS_M, -REFERENCE_M, middle)
    line = pygfunction.heat_transfer.finite_line_source
    total = sum(np.ravel(line(t_s, DIFFUSIVITY, well, there)) for well in field.to_boreholes())
    return np.asarray(total) / (2.0 * np.pi * CONDUCTIVITY)


def fit() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times [s], resistances of the walls and of the reference well [mK/W]; (7,) each."""
    t_s = np.geomspace(3600.0, 50.0 * YEAR_S, 140)
    drop, there = walls(t_s), beside(t_s)

    def grown(tau_s: np.ndarray) -> np.ndarray:
        return 1.0 - np.exp(-t_s[:, None] / tau_s)

    def worst(logs: np.ndarray) -> float:
        a = grown(np.exp(logs))
        return float(1e3 * np.sum(np.abs(a @ nnls(a, drop)[0] - drop) ** 6) ** (1.0 / 6.0))

    first = np.log(np.geomspace(3000.0, 20.0 * YEAR_S, PARTS))
    found = minimize(worst, first, method="Nelder-Mead", options={"maxiter": 9000, "maxfev": 9000})
    tau_s = np.exp(found.x)
    a = grown(tau_s)
    reference = np.zeros(PARTS)
    reference[-SLOW:] = np.linalg.lstsq(a[:, -SLOW:], there, rcond=None)[0]
    resistance = nnls(a, drop)[0]
    errors = [1e3 * float(np.abs(a @ r - y).max()) for r, y in ((resistance, drop), (reference, there))]
    sys.stdout.write(
        f"pygfunction {version('pygfunction')}; worst, mK·m/W: {errors[0]:.2f}, reference {errors[1]:.2f}\n"
    )
    return tau_s, resistance, reference


if __name__ == "__main__":
    for name, values, digits in zip(("TIME_S", "RESISTANCE", "REFERENCE"), fit(), (0, 5, 5), strict=True):
        sys.stdout.write(f"{name}: Final = ({', '.join(str(round(float(v), digits)) for v in values)})\n")
