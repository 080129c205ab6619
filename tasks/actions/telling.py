"""What annotators are told about their submissions: a sentence and a link, never task content."""

from accounts.actions import notices
from tasks.models import Assignment, Review
from tasks.states import AssignmentState


def returned(row: Assignment, review: Review) -> None:
    """A correction is asked for."""
    text = f"{row.project.name}: a correction is asked for ({review.get_category_display()})."
    _tell(row, "returned", text, f"/work/{row.pk}/")


def rejected(row: Assignment, review: Review) -> None:
    """An answer was rejected, and why is on its page."""
    text = f"{row.project.name}: an answer was rejected ({review.get_category_display()})."
    _tell(row, "rejected", text, f"/history/{row.pk}/")


def expired(row: Assignment, was: str) -> None:
    """The time for a task is over."""
    what = "your correction" if was == AssignmentState.RETURNED else "a task"
    text = f"{row.project.name}: the time for {what} is over. What you wrote is kept."
    _tell(row, "expired", text, f"/work/{row.pk}/")


def _tell(row: Assignment, kind: str, text: str, link: str) -> None:
    notices.notify(user_id=row.annotator.user_id, kind=kind, text=text, link=link)
