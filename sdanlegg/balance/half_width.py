"""How many standard uncertainties a 95 % interval takes to each side, by the shape of the error's distribution."""

from typing import Final

import numpy as np

from sdanlegg.readings import FloatArray

RECTANGULAR: Final = -1.2  # excess kurtosis of an even distribution
K_RECTANGULAR: Final = 1.645  # 0.95 · √3
K_TRIANGULAR: Final = 1.902  # √6 · (1 - √0.05); the sum of two equal even ones, excess -0.6
K_NORMAL: Final = 1.960


def coverage_factor(excess: FloatArray) -> FloatArray:
    """Coverage factor of a 95 % interval for an error of a given excess kurtosis, any shape; NaN gives NaN.

    The parabola through the three shapes that have a closed form: rectangular, triangular, normal. Sums of errors of
    different sizes lie near it (two rectangular ones of any ratio, a rectangular and a normal one: within 3 %). Beyond
    either end the end's. Source: JCGM 100:2008 (GUM) G.4, G.6 on factors by shape; cumulants of independent sums add.
    """
    t = np.clip(excess, RECTANGULAR, 0.0) / RECTANGULAR
    bend = 2.0 * (K_RECTANGULAR + K_NORMAL - 2.0 * K_TRIANGULAR)
    slope = K_RECTANGULAR - K_NORMAL - bend
    return K_NORMAL + t * (slope + t * bend)
