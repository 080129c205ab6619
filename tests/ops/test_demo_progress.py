"""Progress: a bar at a terminal, one line per tenth in a log."""

import io
import threading

from marketplace.ops.demo.progress import CLEAR_LINE, Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def test_a_log_gets_one_line_per_tenth():
    stream = io.StringIO()
    progress = Progress("Answers", 40, stream, lambda: 0.0)
    for _ in range(40):
        progress.advance()
    progress.finish()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[0] == "Answers: 4/40 (10 %, 0 s)"
    assert lines[-1] == "Answers: 40/40 (100 %, 0 s)"


def test_few_steps_give_few_lines():
    stream = io.StringIO()
    progress = Progress("Deposits", 2, stream, lambda: 0.0)
    progress.advance()
    progress.advance()
    progress.advance()
    assert stream.getvalue() == "Deposits: 1/2 (50 %, 0 s)\nDeposits: 2/2 (100 %, 0 s)\n"


def test_a_terminal_gets_a_bar_at_most_ten_times_a_second():
    stream, now = Terminal(), [0.0]
    progress = Progress("Answers", 1000, stream, lambda: now[0])
    for _ in range(1000):
        now[0] += 0.01
        progress.advance()
    progress.finish()
    drawn = stream.getvalue().split(CLEAR_LINE)[1:]
    assert drawn[0] == "░" * 28 + " Answers: 0/1000 (0 %, 0 s)"
    assert drawn[-1] == "█" * 28 + " Answers: 1000/1000 (100 %, 10 s)\n"
    assert 90 <= len(drawn) <= 105


def test_nothing_to_do_is_no_division_by_zero():
    stream = Terminal()
    Progress("Nothing", 0, stream).finish()
    assert stream.getvalue().endswith("\n")


def test_steps_from_many_threads_are_all_counted():
    stream = io.StringIO()
    progress = Progress("Answers", 4000, stream)
    threads = [
        threading.Thread(target=lambda: [progress.advance() for _ in range(500)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert progress.done == 4000
    assert len(stream.getvalue().splitlines()) == 10


def test_a_terminal_without_the_signs_gets_others():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    stream.isatty = lambda: True
    Progress("Answers", 2, stream).advance()
    assert b"?" in raw.getvalue()
