"""The harness of `bench claim`: its arithmetic, its world, and that damage does not go unseen."""

import io
import json
import socket
import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from marketplace.devservers.errors import ServersError
from marketplace.ops.bench import crowd, http_client, inside, invariants, server, sessions
from marketplace.ops.bench.arithmetic import flatness, percentile, ratio, spread
from marketplace.ops.bench.claim import size_of
from marketplace.ops.bench.claim_database import slots_left, undo
from marketplace.ops.bench.claim_http import WON_PAGE
from marketplace.ops.bench.sweep import Transactions
from marketplace.ops.bench.table import Table
from tasks.actions import matching
from tasks.models import Assignment, Candidate, Task
from tests.ops.test_bench import run_bench
from tests.support import factories_tasks as work

SMALL = crowd.Size(tasks=200, annotators=60, projects=10, history=300)
NOTHING = {"double_claims": 0, "slots_off": 0, "money_off_minor": 0, "promises_off": 0}


def execute(statement, values=()):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else None


def test_percentiles_are_values_that_were_measured():
    hundred = list(range(1, 101))
    assert [percentile(hundred, n) for n in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([7], 95) == 7
    assert percentile([1, 2, 3], 50) == 2
    with pytest.raises(ValueError, match="nothing to rank"):
        percentile([], 50)
    assert spread([0.003, 0.001, 0.002]) == {"p50_ms": 2.0, "p95_ms": 3.0, "p99_ms": 3.0}


def test_ratios_and_flatness():
    assert ratio(3, 4) == 0.75
    assert ratio(3, 0) == 0
    assert flatness([2.0, 3.0, 1.0]) == 1.5
    assert flatness([2.0, 1.0]) == 0.5
    assert flatness([2.0]) == 1


@pytest.mark.django_db
def test_claims_leave_nothing_to_complain_of():
    work.project(tasks=3)
    work.claim(work.expert())
    assert invariants.damage().figures() == NOTHING


@pytest.mark.django_db
def test_a_planted_double_claim_is_seen_with_its_slot_and_its_money():
    work.project(tasks=1)
    claimed = work.claim(work.expert())
    copied = {
        "task_id": claimed.task_id,
        "project_id": claimed.project_id,
        "annotator": work.expert(),
        "leased_until": claimed.leased_until,
    }
    Assignment.objects.create(
        **copied, currency="usd", price_minor=500, fee_minor=100, guideline_version=1
    )
    assert invariants.damage().figures() == {
        "double_claims": 1,
        "slots_off": 1,
        "money_off_minor": 600,
        "promises_off": 1,
    }


@pytest.mark.django_db
def test_a_slot_that_leaks_is_seen():
    work.project(tasks=1, overlap=2)
    work.claim(work.expert())
    Task.objects.update(state="filled", open_slots=0)
    assert invariants.damage().figures() == {**NOTHING, "slots_off": 1}


@pytest.mark.django_db
def test_what_the_reference_claimed_is_taken_back_and_nothing_else():
    work.project(tasks=1, overlap=2)
    ours = work.claim(work.expert())
    Assignment.objects.create(
        task_id=ours.task_id,
        project_id=ours.project_id,
        annotator=work.expert(),
        leased_until=ours.leased_until,
        currency="usd",
        price_minor=1,
        fee_minor=0,
        guideline_version=1,
    )
    Task.objects.update(state="filled", open_slots=0)
    undo(tidy=False)
    assert [row.pk for row in Assignment.objects.all()] == [ours.pk]
    assert slots_left() == 1
    assert invariants.damage().figures() == NOTHING


@pytest.mark.django_db(transaction=True)
def test_the_world_is_as_large_as_asked_for_and_as_the_rules_would_have_it():
    crowd.build(SMALL, Table(io.StringIO()))
    states = execute(
        "SELECT state, count(*), sum(open_slots) FROM tasks_task GROUP BY 1 ORDER BY 1"
    )
    assert states == [("concluded", 160, 0), ("open", 40, 110)]
    assert Assignment.objects.count() == 310
    assert invariants.damage().figures() == NOTHING
    funds = execute("SELECT sum(balance) FROM payments_ledgeraccount WHERE kind = 'project_funds'")
    assert funds == [(Decimal(10 * crowd.FUNDS_MINOR),)]
    pairs = set(Candidate.objects.values_list("annotator_id", "project_id"))
    assert len(pairs) > 20
    for number in range(1, 11):
        matching.refresh_project(project_id=crowd.project_id(number))
    assert set(Candidate.objects.values_list("annotator_id", "project_id")) == pairs


@pytest.mark.django_db(transaction=True)
def test_sessions_let_in_and_every_statement_of_a_request_is_counted():
    crowd.build(SMALL, Table(io.StringIO()))
    cookies = sessions.sign_in(crowd.user_id(number) for number in (1, 2, 3))
    door = inside.Door("/work/next")
    with inside.statements() as sent:
        answer = door.post(cookies[1])
    (claimed,) = Assignment.objects.filter(annotator=crowd.annotator_id(2), state="claimed")
    assert http_client.re.search(WON_PAGE.encode(), answer)[1].decode() == str(claimed.pk)
    assert any("FROM django_session" in statement for statement in sent)
    assert not any(statement.startswith(("BEGIN", "COMMIT")) for statement in sent)
    before = len(sent)
    door.post(cookies[2])
    assert len(sent) == before  # outside of the block nothing is counted


def test_a_server_that_may_lose_data_is_not_measured_by_accident(db):
    with pytest.raises(ServersError, match="not durable"):
        server.facts(volatile=False)
    assert server.facts(volatile=True)["durable"] is False


@pytest.mark.django_db(transaction=True)
def test_a_transaction_is_timed_from_its_first_statement_to_its_commit():
    clock = Transactions()
    with connection.execute_wrapper(clock):
        execute("SELECT 1")
        assert clock.seconds == []
        with transaction.atomic():
            execute("SELECT pg_sleep(0.02)")
            execute("SELECT 2")
        execute("SELECT 3")
        assert len(clock.seconds) == 1
        with transaction.atomic():
            execute("SELECT 4")
    clock.close()
    assert len(clock.seconds) == 2
    assert clock.seconds[0] > 0.02


@pytest.mark.parametrize(
    ("option", "value"), [("tasks", 0), ("annotators", 0), ("history", -1), ("open_share", 1.5)]
)
def test_a_world_that_cannot_be_is_refused_with_a_sentence(option, value):
    options = {
        "tasks": 10,
        "annotators": 1,
        "projects": 1,
        "history": 0,
        "open_share": 0.5,
        "overlap": 1,
    }
    assert size_of(options).concluded == 5
    with pytest.raises(ServersError, match=r"\.$"):
        size_of({**options, option: value})


class Answers:
    """A server that reads one request a connection step and answers from a list; None hangs up."""

    def __init__(self, answers):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.requests = []
        self._answers = list(answers)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._thread.join()
        self.listener.close()

    def _serve(self):
        opened = None
        for answer in self._answers:
            if opened is None:
                opened, _ = self.listener.accept()
            self.requests.append(opened.recv(65536))
            if answer is None:
                opened.close()
                opened = None
            else:
                opened.sendall(answer)
        if opened is not None:
            opened.close()


def answer(status, body):
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_a_lost_answer_is_asked_for_again_with_the_same_key():
    orders = {"host": "127.0.0.1", "path": "/next", "number": 3, "won": '"id":"([a-z]+)"'}
    later = [None, answer(503, b"{}"), answer(409, b'{"code":"in_flight"}')]
    with Answers([*later, answer(200, b'{"id":"abc"}'), answer(409, b"{}")]) as site:
        port = site.listener.getsockname()[1]
        run = {"port": port, "cookies": ["cookie"], "run": "01a21890-7f2b-7e6f-b38e-8d3f99fca3d5"}
        client = http_client.Client(orders | run)
        for number in (1, 2):
            key = f"key-{number}"
            client.once(client.request("cookie", key), until=float("inf"))
        client.connection.close()
    assert client.claims == ["abc"]
    assert client.statuses == {"200": 1, "409": 1}
    assert client.repeated == 3
    assert len(client.seconds) == 2
    keys = [b"Idempotency-Key: key-1" in request for request in site.requests]
    assert keys == [True, True, True, True, False]


@pytest.mark.slow
def test_the_benchmark_of_conclusions_concludes_and_asks_once_more(tmp_path):
    figures = tmp_path / "conclude.json"
    run_bench(
        tmp_path, "conclude", "--tasks", "500", "--annotators", "60", "--projects", "5",
        "--history", "100", "--weighed", "60", "--volatile", "--json", str(figures),
    )  # fmt: skip
    found = json.loads(figures.read_text())
    assert found["jobs"] == 40
    assert set(found["states"]) == {"concluded", "open"}
    assert sum(found["states"].values()) == 60
    assert 0 < found["p50_ms"] <= found["p95_ms"]
