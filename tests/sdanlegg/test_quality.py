import numpy as np

from sdanlegg import quality as q


def test_severity_is_read_from_the_top_bits() -> None:
    assert [q.severity(v) for v in (q.GOOD, q.UNCERTAIN | q.RANGE, q.BAD | q.COMM, q.NO_SAMPLE)] == [
        "good",
        "uncertain",
        "bad",
        "bad",
    ]


def test_reasons_have_words() -> None:
    assert q.reasons(q.BAD | q.COMM | q.STALE) == ["comm", "stale"]
    assert q.reasons(q.NO_SAMPLE) == []


def test_good_masks_only_good() -> None:
    values = np.array([q.GOOD, q.UNCERTAIN | q.RATE, q.BAD, q.NO_SAMPLE], np.uint16)
    assert q.good(values).tolist() == [True, False, False, False]


def test_worse_keeps_both_reasons_and_one_severity() -> None:
    a = np.array([q.UNCERTAIN | q.RANGE, q.GOOD], np.uint16)
    b = np.array([q.BAD | q.COMM, q.UNCERTAIN | q.RATE], np.uint16)
    assert q.worse(a, b).tolist() == [q.BAD | q.COMM | q.RANGE, q.UNCERTAIN | q.RATE]
