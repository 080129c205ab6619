"""People at work at once: so many, until all is done, or until the first fault."""

import threading
import time

import pytest

from marketplace.ops.demo.crew import Crew, Patience, all_of


def nothing():
    """No tick."""


def test_all_is_done_by_so_many_at_once():
    lock, now, most, done, ticks = threading.Lock(), [0], [0], [], []

    def work(number):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.02)
        with lock:
            now[0] -= 1
            done.append(number)

    counted = []
    works = [lambda n=n: work(n) for n in range(12)]
    all_of(works, 3, lambda: counted.append(1), lambda: ticks.append(threading.current_thread()))
    assert sorted(done) == list(range(12))
    assert (len(counted), most[0]) == (12, 3)
    assert set(ticks) == {threading.main_thread()}


def test_the_first_fault_stops_the_rest_and_is_told():
    begun = []

    def bad():
        raise ValueError("fell ill")

    works = [bad, *(lambda n=n: (begun.append(n), time.sleep(0.05)) for n in range(50))]
    with pytest.raises(ValueError, match="fell ill"):
        all_of(works, 2, nothing, nothing)
    assert len(begun) < 10


def test_the_main_thread_hears_of_a_fault_at_once():
    began = time.monotonic()

    def stumble(crew):
        with crew:
            crew.start(lambda: 1 / 0, "unlucky")
            crew.wait(30)

    with pytest.raises(ZeroDivisionError):
        stumble(Crew())
    assert time.monotonic() - began < 5


def test_a_fault_of_the_block_wins_over_those_of_the_crew():
    def both(crew):
        with crew:
            crew.start(lambda: 1 / 0, "unlucky")
            raise KeyError("mine")

    with pytest.raises(KeyError):
        both(Crew())


class Over:
    """Notes how long it was waited for."""

    def __init__(self):
        self.waits = []

    def wait(self, seconds):
        self.waits.append(seconds)


def test_patience_grows_to_its_limit_and_is_renewed_by_work():
    over, patience = Over(), Patience(0.5, 3.0)
    for _ in range(4):
        patience.wait(over)
    patience.renew()
    patience.wait(over)
    assert over.waits == [0.5, 1.0, 2.0, 3.0, 0.5]
