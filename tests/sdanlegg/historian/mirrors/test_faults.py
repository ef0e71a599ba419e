from datetime import UTC, datetime

import pytest

from sdanlegg.historian.mirrors.faults import of_answer, retry_after_s, said

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (400, "refused"),
        (401, "denied"),
        (403, "denied"),
        (404, "missing"),
        (413, "too_large"),
        (422, "refused"),
        (429, "busy"),
        (500, "failing"),
        (502, "failing"),
        (503, "failing"),
        (507, "failing"),
        (302, "failing"),
        (418, "failing"),
        (0, "failing"),
    ],
)
def test_every_status_has_its_fault(status, fault):
    error = of_answer("m", status, {}, b"")
    assert (error.fault, error.retry_after_s) == (fault, None)
    assert str(error).startswith("mirror 'm' ")
    assert str(error).endswith(f"({status})")


def test_a_503_that_says_when_is_busy():
    error = of_answer("m", 503, {"Retry-After": "30"}, b"")
    assert (error.fault, error.retry_after_s) == ("busy", 30.0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Mon, 23 Nov 2026 12:01:30 GMT", 90.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 12:01:30 -0000", 90.0),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("", None),
        ("99999999999999999999", None),
    ],
)
def test_when_to_come_again(header, seconds):
    assert retry_after_s(header, NOW) == seconds


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"code":"invalid","message":"unable to parse\\n line"}', "unable to parse line"),
        (b'{"error":"field type conflict"}', "field type conflict"),
        (b'{"code":"x"}', ""),
        (b"<html><body><h1>502</h1> Bad\tGateway</body></html>", "502 Bad Gateway"),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"[1]", "[1]"),
        (b"x" * 1000, "x" * 300),
    ],
)
def test_the_engines_own_words_fit_in_a_line(body, words):
    assert said(body) == words
