"""The tables of work."""

from tasks.models.assignment import Assignment, LateAnswer
from tasks.models.candidate import Candidate, Fit, Matching
from tasks.models.offer import Offer, Plan
from tasks.models.project import Guideline, Project
from tasks.models.result import Adjudication, Result
from tasks.models.review import Review, ReviewAssignment
from tasks.models.skill import CollusionMember, Skill
from tasks.models.submission import Submission
from tasks.models.task import Batch, Task

__all__ = [
    "Adjudication",
    "Assignment",
    "Batch",
    "Candidate",
    "CollusionMember",
    "Fit",
    "Guideline",
    "LateAnswer",
    "Matching",
    "Offer",
    "Plan",
    "Project",
    "Result",
    "Review",
    "ReviewAssignment",
    "Skill",
    "Submission",
    "Task",
]
