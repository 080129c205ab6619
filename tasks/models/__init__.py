"""The tables of work."""

from tasks.models.assignment import Assignment, LateAnswer
from tasks.models.candidate import Candidate
from tasks.models.project import Guideline, Project
from tasks.models.result import Adjudication, Result
from tasks.models.review import Review, ReviewAssignment
from tasks.models.submission import Submission
from tasks.models.task import Batch, Task

__all__ = [
    "Adjudication",
    "Assignment",
    "Batch",
    "Candidate",
    "Guideline",
    "LateAnswer",
    "Project",
    "Result",
    "Review",
    "ReviewAssignment",
    "Submission",
    "Task",
]
