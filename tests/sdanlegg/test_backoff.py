from sdanlegg.backoff import CAP_S, JITTER, Backoff


def test_waits_double_up_to_the_cap_and_start_over() -> None:
    backoff = Backoff()
    waits = [backoff.wait_s() for _ in range(6)]
    for wait, nominal in zip(waits, [1, 2, 4, CAP_S, CAP_S, CAP_S], strict=True):
        assert nominal * (1 - JITTER) <= wait <= nominal * (1 + JITTER)
    backoff.reset()
    assert backoff.wait_s() <= 1 + JITTER
