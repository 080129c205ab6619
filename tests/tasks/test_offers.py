"""Offers, through the pages: accepted, declined, missed, run out, and those who wait."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Notice
from accounts.selectors.actors import of_user
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry
from tasks.actions import offers, projects
from tasks.models import Assignment, Candidate, Matching, Offer, Project, Task
from tests.support import factories_accounts as people
from tests.support import factories_offers as push
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def signed_in(annotator):
    client = Client()
    client.force_login(annotator.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def crowd(project, number):
    """Candidates, the first the best."""
    found = [work.expert() for _ in range(number)]
    for place, who in enumerate(found):
        Candidate.objects.filter(annotator=who, project=project).update(score=number - place)
    return found


@pytest.fixture
def project():
    return push.pushing(tasks=1, name="Judge functions")


@pytest.fixture
def four(project):
    """Two who are asked and two who wait."""
    found = crowd(project, 4)
    push.plan(project)
    return found


def offer_of(who):
    return who.offers.latest("pk")


def post(who, name, **data):
    return signed_in(who).post(reverse(f"tasks:{name}", args=[offer_of(who).pk]), data)


def messages(reply, who):
    page = signed_in(who)
    page.cookies = reply.client.cookies
    return page.get(reply.url).content.decode()


class TestPages:
    def test_the_list_shows_pay_time_and_why(self, four):
        html = signed_in(four[0]).get(reverse("tasks:offers")).content.decode()
        assert "Judge functions" in html
        assert "$5.00" in html
        assert "10 minutes" in html
        assert "You are new in this field" in html
        assert "deadline=" in html
        assert "Client" not in html

    def test_who_waits_sees_nothing(self, four):
        html = signed_in(four[2]).get(reverse("tasks:offers")).content.decode()
        assert "Judge functions" not in html
        assert "Nothing is offered to you just now." in html

    def test_the_work_list_leads_to_them(self, four):
        asked = signed_in(four[0]).get(reverse("tasks:work")).content.decode()
        assert "1 task is offered to you by name." in asked
        assert reverse("tasks:offers") in asked
        waits = signed_in(four[2]).get(reverse("tasks:work")).content.decode()
        assert reverse("tasks:offers") not in waits

    def test_an_experts_record_is_said_in_words(self, four, project):
        Candidate.objects.update(newcomer=False, quality=0.8, fit=0.7, fairness=0.9, exploration=0)
        html = signed_in(four[0]).get(reverse("tasks:offers")).content.decode()
        assert "At least 80 of 100 of your answers are expected to be right" in html
        assert "How near it is to your field" in html
        assert "You have had less of it than others" in html
        assert "You are new" not in html

    def test_what_cannot_be_accepted_any_more_is_not_shown(self, four, project):
        page = signed_in(four[0])
        Project.objects.update(state="paused")
        assert "Judge functions" not in page.get(reverse("tasks:offers")).content.decode()
        Project.objects.update(state="active")
        assert "Judge functions" in page.get(reverse("tasks:offers")).content.decode()
        clock.advance(dt.timedelta(minutes=241))
        assert "Judge functions" not in page.get(reverse("tasks:offers")).content.decode()

    def test_a_person_without_a_profile_is_sent_to_make_one(self):
        page = Client()
        page.force_login(people.user(), backend="django.contrib.auth.backends.ModelBackend")
        assert page.get(reverse("tasks:offers")).url == reverse("accounts:profile")

    @pytest.mark.parametrize("name", ["offer_accept", "offer_decline"])
    def test_anothers_offer_is_not_there(self, four, name):
        url = reverse(f"tasks:{name}", args=[offer_of(four[0]).pk])
        assert signed_in(four[1]).post(url, {"reason": "pay"}).status_code == 404
        assert offer_of(four[0]).state == "offered"

    def test_staff_read_plans_and_offers(self, four, settings):
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "ForcedMfa" not in name]
        desk = Client()
        desk.force_login(people.staff(), backend="django.contrib.auth.backends.ModelBackend")
        for table in ("offer", "plan"):
            html = desk.get(reverse(f"admin:tasks_{table}_changelist")).content.decode()
            assert "Judge functions" in html


class TestAccept:
    def test_accepting_claims_the_task_and_opens_it(self, four, project):
        reply = post(four[0], "offer_accept")
        claim = Assignment.objects.get()
        assert reply.url == reverse("tasks:task", args=[claim.pk])
        assert (claim.annotator, claim.state, claim.price_minor) == (four[0], "claimed", 500)
        assert offer_of(four[0]).state == "accepted"
        assert offer_of(four[0]).answered_at is not None
        entry = AuditEntry.objects.get(verb="offer_accepted")
        assert entry.data == {"assignment": str(claim.pk)}

    def test_accepting_twice_leads_to_the_same_claim(self, four):
        first, second = post(four[0], "offer_accept"), post(four[0], "offer_accept")
        assert first.url == second.url
        assert Assignment.objects.count() == 1

    def test_the_task_one_took_from_the_queue_is_accepted(self, four):
        claim = work.claim(four[0])
        reply = post(four[0], "offer_accept")
        assert reply.url == reverse("tasks:task", args=[claim.pk])
        assert offer_of(four[0]).state == "accepted"
        assert Assignment.objects.count() == 1

    def test_who_comes_too_late_is_told(self, four):
        post(four[0], "offer_accept")
        reply = post(four[1], "offer_accept")
        assert reply.url == reverse("tasks:offers")
        assert offer_of(four[1]).state == "missed"
        notice = Notice.objects.get(user=four[1].user, kind="offer_missed")
        assert notice.text == ("Judge functions: Somebody else took the task a moment before you.")
        assert post(four[1], "offer_accept").url == reverse("tasks:offers")
        assert Assignment.objects.count() == 1

    def test_who_comes_too_late_is_offered_another_task_of_the_project(self, four, project):
        work.intake.post_tasks(project_id=project.pk, rows=work.rows(1, start=7), by=work.BY)
        post(four[0], "offer_accept")
        with pytest.raises(Refused, match="Another one of the project is offered") as told:
            push.accept(offer_of(four[1]))
        assert told.value.code == "offer_missed"
        instead = offer_of(four[1])
        assert (instead.state, instead.task.external_id) == ("offered", "t7")
        assert instead.expires_at > clock.now()
        assert four[1].offers.order_by("pk").first().state == "missed"
        assert push.accept(instead).task == instead.task

    def test_a_cap_leaves_the_offer_as_it_is(self, four):
        other = work.project(tasks=3)
        held = [work.claim(four[0], project_id=other.pk) for _ in range(3)]
        with pytest.raises(Refused) as stopped:
            push.accept(offer_of(four[0]))
        assert stopped.value.code == "cap_reached"
        assert offer_of(four[0]).state == "offered"
        work.release(held[0])
        assert push.accept(offer_of(four[0])).state == "claimed"

    def test_a_plan_of_the_same_moment_and_the_offer_instead_are_one(
        self, four, project, monkeypatch
    ):
        post(four[0], "offer_accept")
        more = work.intake.post_tasks(project_id=project.pk, rows=work.rows(1, start=7), by=work.BY)
        another = offers.reading.another_task

        def planned(offer):
            found = another(offer)
            Offer.objects.create(
                plan=offer.plan, project=project, task_id=found, annotator=offer.annotator,
                state="standby",
            )  # fmt: skip
            return found

        monkeypatch.setattr(offers.reading, "another_task", planned)
        with pytest.raises(Refused) as told:
            push.accept(offer_of(four[1]))
        assert (told.value.code, "Another one" in str(told.value)) == ("offer_missed", False)
        (task,) = more.tasks.all()
        assert four[1].offers.get(task=task).state == "standby"

    def test_a_claim_that_passed_its_offer_over_is_kept_by_the_acceptance(self, four):
        claim = work.claim(four[0])
        Offer.objects.filter(annotator=four[0]).update(state="offered", answered_at=None)
        assert push.accept(offer_of(four[0])) == claim
        assert push.accept(offer_of(four[0])) == claim
        assert offer_of(four[0]).state == "accepted"
        assert AuditEntry.objects.filter(verb="offer_accepted").count() == 1

    def test_no_money_leaves_the_offer_as_it_is(self):
        poor = push.pushing(tasks=1, fund=0)
        (who,) = crowd(poor, 1)
        push.plan(poor)
        with pytest.raises(Refused) as stopped:
            push.accept(offer_of(who))
        assert stopped.value.code == "funds_short"
        assert offer_of(who).state == "offered"
        poor.refresh_from_db()
        assert poor.funds_short_at is not None

    def test_an_offer_that_ran_out_is_over_before_it_is_swept(self, four):
        clock.advance(dt.timedelta(minutes=241))
        with pytest.raises(Refused) as stopped:
            push.accept(offer_of(four[0]))
        assert stopped.value.code == "offer_over"
        assert Assignment.objects.count() == 0

    def test_who_waits_cannot_accept(self, four):
        with pytest.raises(Refused) as stopped:
            push.accept(offer_of(four[2]))
        assert stopped.value.code == "offer_over"

    def test_a_project_that_was_paused_hands_out_nothing(self, four, project):
        projects.pause(project_id=project.pk, by=work.BY)
        with pytest.raises(Refused) as stopped:
            push.accept(offer_of(four[0]))
        assert stopped.value.code == "project_not_active"

    def test_only_a_person_accepts(self, four):
        with pytest.raises(Refused) as stopped:
            offers.accept(offer_id=offer_of(four[0]).pk, by=push.BY)
        assert stopped.value.status == 404


class TestDecline:
    def test_declining_keeps_the_reason_and_moves_the_next_up(self, four):
        reply = post(four[0], "offer_decline", reason="pay")
        assert reply.url == reverse("tasks:offers")
        row = offer_of(four[0])
        assert (row.state, row.declined_why) == ("declined", "pay")
        assert AuditEntry.objects.get(verb="offer_declined").reason == "pay"
        assert offer_of(four[2]).state == "standby"
        work.run_jobs("tasks.move_up")
        assert [offer_of(who).state for who in four] == [
            "declined", "offered", "offered", "standby",
        ]  # fmt: skip
        assert offer_of(four[2]).expires_at > clock.now() + dt.timedelta(minutes=239)
        assert Notice.objects.filter(user=four[2].user, kind="offered").count() == 1

    def test_declining_twice_changes_nothing(self, four):
        post(four[0], "offer_decline", reason="pay")
        post(four[0], "offer_decline", reason="not_now")
        assert offer_of(four[0]).declined_why == "pay"
        assert AuditEntry.objects.filter(verb="offer_declined").count() == 1

    @pytest.mark.parametrize("reason", ["", "because", "pay "])
    def test_a_reason_is_asked_for(self, four, reason):
        with pytest.raises(Refused) as stopped:
            push.decline(offer_of(four[0]), reason)
        assert (stopped.value.status, stopped.value.faults[0].pointer) == (422, "/reason")
        assert post(four[0], "offer_decline", reason=reason).url == reverse("tasks:offers")
        assert offer_of(four[0]).state == "offered"

    def test_what_was_accepted_cannot_be_declined(self, four):
        push.accept(offer_of(four[0]))
        with pytest.raises(Refused) as stopped:
            push.decline(offer_of(four[0]))
        assert stopped.value.code == "offer_over"


class TestSweep:
    def states(self, four):
        return [offer_of(who).state for who in four]

    def test_offers_run_out_and_those_who_wait_move_up(self, four):
        assert push.sweep() == 0
        clock.advance(dt.timedelta(minutes=241))
        assert push.sweep() == 2
        assert self.states(four) == ["expired", "expired", "offered", "offered"]
        entry = AuditEntry.objects.get(verb="offers_expired")
        assert (entry.subject, entry.data) == (f"task:{Task.objects.get().pk}", {"offers": 2})
        assert push.sweep() == 0
        clock.advance(dt.timedelta(minutes=241))
        assert push.sweep() == 2
        assert set(self.states(four)) == {"expired"}

    def test_a_filled_task_withdraws_what_is_out(self, four):
        push.accept(offer_of(four[0]))
        assert push.sweep() == 3
        assert self.states(four) == ["accepted", "withdrawn", "withdrawn", "withdrawn"]

    def test_a_pull_of_the_offered_task_is_an_acceptance(self, four):
        work.claim(four[1])
        push.sweep()
        assert self.states(four) == ["withdrawn", "accepted", "withdrawn", "withdrawn"]

    @pytest.mark.parametrize("minutes", [0, 241])
    def test_a_claim_that_passed_its_offer_over_is_an_acceptance(self, four, minutes):
        """Another held the offer's row at that moment; the task still has a slot."""
        work.claim(four[1])
        Offer.objects.filter(annotator=four[1]).update(state="offered", answered_at=None)
        Task.objects.update(state="open", open_slots=1)
        clock.advance(dt.timedelta(minutes=minutes))
        push.sweep()
        assert offer_of(four[1]).state == "accepted"

    @pytest.mark.parametrize("stop", ["short", "slow"])
    def test_a_project_that_hands_out_nothing_just_now_asks_nobody_who_waits(
        self, four, project, stop
    ):
        now = clock.now()
        Project.objects.filter(pk=project.pk).update(
            funds_short_at=now if stop == "short" else None
        )
        Matching.objects.update_or_create(
            project=project,
            defaults={
                "slowed_at": now if stop == "slow" else None,
                "slowed_why": "Reviews are behind." if stop == "slow" else "",
            },
        )
        push.decline(offer_of(four[0]))
        work.run_jobs("tasks.move_up")
        assert self.states(four) == ["declined", "offered", "standby", "standby"]
        push.sweep()
        assert self.states(four) == ["declined", "offered", "withdrawn", "withdrawn"]
        Project.objects.update(funds_short_at=None)
        Matching.objects.update(slowed_at=None, slowed_why="")
        push.plan(project)
        assert self.states(four) == ["declined", "offered", "offered", "offered"]

    def test_a_paused_project_withdraws_all(self, four, project):
        projects.pause(project_id=project.pk, by=work.BY)
        assert push.sweep() == 4
        assert set(self.states(four)) == {"withdrawn"}

    def test_who_is_no_longer_eligible_loses_the_offer_to_the_next(self, four):
        Candidate.objects.filter(annotator=four[0]).delete()
        assert push.sweep() == 1
        assert self.states(four) == ["withdrawn", "offered", "offered", "standby"]

    def test_who_has_three_offers_out_is_passed_over(self, four):
        other = push.pushing(tasks=3)
        Candidate.objects.filter(project=other).exclude(annotator=four[2]).delete()
        push.plan(other)
        assert four[2].offers.filter(state="offered").count() == 3
        push.decline(four[0].offers.get(project__name="Judge functions"))
        work.run_jobs("tasks.move_up")
        here = Offer.objects.filter(project__name="Judge functions")
        assert [here.get(annotator=who).state for who in four] == [
            "declined", "offered", "standby", "offered",
        ]  # fmt: skip

    def test_an_offer_missed_by_accident_of_time_moves_nobody_up(self, four):
        push.accept(offer_of(four[0]))
        with pytest.raises(Refused):
            push.accept(offer_of(four[1]))
        assert self.states(four) == ["accepted", "missed", "standby", "standby"]

    def test_many_offers_end_in_batches(self, monkeypatch):
        monkeypatch.setattr("tasks.actions.cascade.BATCH", 4)
        project = push.pushing(tasks=15)
        crowd(project, 10)
        plan = push.plan(project)
        clock.advance(dt.timedelta(minutes=241))
        assert plan.offers == 30
        assert push.sweep() >= 30
        assert not Offer.objects.filter(state="offered", expires_at__lte=clock.now()).exists()


def test_an_actor_sees_their_own(four):
    assert list(Offer.objects.visible_to(of_user(four[0].user))) == [offer_of(four[0])]
