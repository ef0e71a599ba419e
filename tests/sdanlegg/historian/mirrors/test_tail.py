"""What of that which was sent is safe: by heartbeats that are given back, and what is sent again when they are not."""

from sdanlegg.historian.mirrors.tail import Tail


def tail() -> Tail:
    """A tail at 100 with a window of 60 and a loss after 120."""
    return Tail(100, 100, 60, 120)


def test_nothing_is_safe_before_a_heartbeat_was_found_after_the_window() -> None:
    t = tail()
    t.sent(200)
    t.beat(1, now_ns=0)
    t.sent(300)
    assert t.judge({1}, 59) == "good"
    assert t.safe_seq == 100
    assert t.judge({1}, 60) == "good"
    assert (t.safe_seq, t.sent_seq, t.beats) == (200, 300, [])


def test_safe_does_not_pass_a_heartbeat_that_is_not_there_yet() -> None:
    t = tail()
    for k, seq in enumerate((200, 300, 400)):
        t.sent(seq)
        t.beat(k, now_ns=k)
    assert t.judge({0, 2}, 70) == "good"
    assert t.safe_seq == 200
    assert t.judge({0, 1, 2}, 80) == "good"
    assert t.safe_seq == 400


def test_a_lost_heartbeat_goes_back_to_the_safe_place_once() -> None:
    t = tail()
    t.sent(200)
    t.beat(1, 0)
    t.sent(300)
    assert t.judge(set(), 119) == "good"
    assert t.judge(set(), 120) == "lost"
    assert (t.sent_seq, t.safe_seq, t.beats) == (100, 100, [])
    t.sent(400)
    t.beat(2, 130)
    assert t.judge(set(), 250) == "missing"  # a mirror that gives nothing back is not sent everything for ever
    assert t.sent_seq == 400
    t.sent(500)
    t.beat(3, 260)
    assert t.judge({3}, 320) == "returned"
    assert (t.sent_seq, t.safe_seq) == (100, 100)
    t.sent(500)
    t.beat(4, 330)
    assert t.judge({3, 4}, 390) == "good"
    assert t.safe_seq == 500


def test_after_one_loss_the_next_heartbeat_found_makes_safe_again() -> None:
    t = tail()
    t.beat(1, 0)
    assert t.judge(set(), 120) == "lost"
    t.sent(300)
    t.beat(2, 130)
    assert t.judge({2}, 190) == "good"
    assert t.safe_seq == 300
    t.beat(3, 200)
    assert t.judge({2}, 320) == "lost"


def test_a_mirror_that_cannot_be_asked_is_trusted_by_time() -> None:
    t = tail()
    t.sent(200)
    t.beat(1, 0)
    t.sent(300)
    t.beat(2, 60)
    assert t.judge(None, 119) == "unseen"
    assert t.safe_seq == 100
    assert t.judge(None, 120) == "unseen"
    assert (t.safe_seq, len(t.beats)) == (200, 1)


def test_rewinding_and_skipping() -> None:
    t = tail()
    t.sent(500)
    t.beat(1, 0)
    assert t.rewind() == 400
    assert (t.sent_seq, t.beats) == (100, [])
    t.skip(250, 250)
    assert (t.sent_seq, t.safe_seq) == (250, 250)
    t.skip(10, 10)
    assert (t.sent_seq, t.safe_seq) == (250, 250)
