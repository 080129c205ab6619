"""How many a second, from several threads at once."""

import threading
import time
from collections.abc import Callable, Sequence

from django.db import connection

Work = Callable[[], None]


def rate(works: Sequence[Work], times: int) -> float:
    """Each of `works` in a thread of its own, `times` times: how many a second altogether.

    The clock starts when all threads stand ready. A fault in one is raised.
    """
    ready = threading.Barrier(len(works) + 1)
    faults: list[BaseException] = []

    def thread(work: Work) -> None:
        try:
            work()  # opens the connection, fills the caches
            ready.wait()
            for _ in range(times):
                work()
        except BaseException as fault:  # noqa: BLE001 - raised by the main thread
            faults.append(fault)
            ready.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=thread, args=(work,)) for work in works]
    for one in threads:
        one.start()
    try:
        ready.wait()
    except threading.BrokenBarrierError:
        raise faults[0] from None
    began = time.perf_counter()
    for one in threads:
        one.join()
    seconds = time.perf_counter() - began
    if faults:
        raise faults[0]
    return len(works) * times / seconds
