"""Worked examples of others: the guideline's, a textbook's, and what other programs make of them."""

import numpy as np
import pytest

from sdanlegg.balance.reconcile import reconcile
from tests.support.balance import balances, estimates

# VDI 2048 part 1 (2000), annex A: feed water, steam and condensate of a power plant in kg/s; half widths of 95 %
VDI_NAMES = ("FDKeI", "FDKeII", "SpI", "SpII", "V", "HK", "A7", "A6", "A5", "HDNK", "D", "FD1", "FD2", "FD3", "HDAnz")
VDI_FLOWS = [46.241, 45.668, 44.575, 44.319, 0.525, 69.978, 10.364, 3.744, 4.391, 18.498, 2.092]
VDI_HALVES = [0.800, 0.790, 0.535, 0.532, 0.105, 0.854, 0.168, 0.058, 0.058, 0.205, 0.272]
VDI_BALANCES = np.array(
    [
        [1, 1, 0, 0, -0.2, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0],
        [0, 0, 1, 1, -0.6, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0],
        [0, 0, 0, 0, 0.4, 1, 1, 1, 1, 0, 0, 0, 0, -1, 0],
        [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, -1],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, -1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, -1, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1],
    ]
)


def test_vdi_2048_with_its_correlated_measurements() -> None:
    """Figures of dvrlib, a C++ library that works the annex with its correlations: FDKe I/II 0.2, Sp I/II 0.4.

    A correlation is written as an error that two measurements share: y = own + shared, two columns more for each pair.
    """
    halves = np.array(VDI_HALVES)
    a = np.hstack([VDI_BALANCES, np.zeros((7, 6))])
    amount, half = np.append(VDI_FLOWS, np.full(10, np.nan)), np.append(halves, np.full(10, np.nan))
    rows = []
    for k, (one, two, rho) in enumerate(((0, 1, 0.2), (2, 3, 0.4))):
        own, shared = (15 + 3 * k, 16 + 3 * k), 17 + 3 * k
        for measured, rest in zip((one, two), own, strict=True):
            row = np.zeros(21)
            row[measured], row[rest], row[shared] = -1, 1, half[measured]
            rows.append(row)
            amount[rest], half[rest] = amount[measured], half[measured] * np.sqrt(1 - rho)
            amount[measured] = np.nan
        amount[shared], half[shared] = 0.0, np.sqrt(rho)
    half[:4] = np.nan
    made = balances(np.vstack([a, rows]))
    got = reconcile(made, estimates(made.names, amount, half / 1.96), eliminate=False)
    flows = [
        44.9644892064291, 44.4179721417342, 44.9259040471917, 44.6670964499405, 0.526347872422335, 70.553060829315,
        10.3757829833265, 3.74540440603423, 4.39240440603423, 18.5135917953949, 2.092, 89.2771917736789,
        89.2771917736789, 89.2771917736788, 18.5135917953949,
    ]  # fmt: skip
    widths = [
        0.575626570589129, 0.572817587480311, 0.404463177421466, 0.402919370199657, 0.104623410451298,
        0.559872848891984, 0.133003389109488, 0.056695251568643, 0.056695251568643, 0.137102511396334, 0.272,
    ]  # fmt: skip
    assert got.amount[0, :15] == pytest.approx(flows, rel=1e-10)
    assert 1.96 * got.sigma[0, :11] == pytest.approx(widths, rel=1e-9)


def test_vdi_2048_names_the_meters_that_the_guideline_finds_too_sure_of_themselves() -> None:
    made = balances(VDI_BALANCES)
    amount, half = np.append(VDI_FLOWS, [np.nan] * 4), np.append(VDI_HALVES, [np.nan] * 4)
    got = reconcile(made, estimates(made.names, amount, half / 1.96), eliminate=False)
    assert got.chi2[0] > 7.815  # chi-squared of three degrees at 95 %
    assert got.freedom[0] == 3
    assert np.flatnonzero(got.test[0] > 1.96).tolist() == [0, 1, 2, 3]
    assert got.test[0, :2].min() > got.test[0, 2:4].max()
    # with ±2.5 for both: figures of OpenModelica's test of its data reconciliation
    half[:2] = 2.5
    got = reconcile(made, estimates(made.names, amount, half / 1.96))
    flows = [44.6918, 44.1188, 44.6385, 44.3818, 0.524194, 69.997, 10.364, 3.744, 4.391, 18.499, 2.092]
    widths = [1.78991, 1.78991, 0.471702, 0.469808, 0.104563, 0.566796, 0.133016, 0.0566957, 0.0566957, 0.137122, 0.272]
    assert got.amount[0, :11] == pytest.approx(flows, rel=1e-4)
    assert got.half[0, :11] == pytest.approx(widths, rel=1e-5)
    assert not got.dropped.any()


# S. Narasimhan, C. Jordache: Data Reconciliation and Gross Error Detection (2000), example 1-1: splitter, exchanger and
# valve in parallel, mixer; uncertainties all 1
EXCHANGER = [[1, -1, -1, 0, 0, 0], [0, 1, 0, -1, 0, 0], [0, 0, 1, 0, -1, 0], [0, 0, 0, 1, 1, -1]]
EXCHANGER_FLOWS = [101.91, 64.45, 34.65, 64.20, 36.44, 98.88]


def test_a_heat_exchanger_with_bypass_all_measured() -> None:
    made = balances(EXCHANGER)
    got = reconcile(made, estimates(made.names, EXCHANGER_FLOWS, 1.0))
    assert got.amount[0] == pytest.approx([100.22, 64.50, 35.72, 64.50, 35.72, 100.22], abs=0.005)


def test_a_heat_exchanger_with_bypass_two_flows_unmeasured() -> None:
    made = balances(EXCHANGER)
    amount = np.array(EXCHANGER_FLOWS)
    amount[2:4] = np.nan
    got = reconcile(made, estimates(made.names, amount, 1.0))
    assert got.amount[0] == pytest.approx([100.49, 64.25, 36.24, 64.25, 36.24, 100.49], abs=0.006)
