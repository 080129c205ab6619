"""The tables of work."""

from tasks.models.adjudication import AdjudicationAssignment
from tasks.models.appeal import Appeal
from tasks.models.approval import BulkApproval, BulkApprovalItem
from tasks.models.assignment import Assignment, LateAnswer
from tasks.models.belief import AnnotatorModel, Belief, QuestionModel
from tasks.models.candidate import Candidate, Fit, Matching
from tasks.models.delivery import Delivery, Lot, LotItem
from tasks.models.gold import Gold, GoldAnswer, GoldStanding
from tasks.models.offer import Offer, Plan
from tasks.models.project import Guideline, Project
from tasks.models.result import Adjudication, Result, ResultRevision
from tasks.models.review import Review, ReviewAssignment, ReviewCheck, ReviewRequest
from tasks.models.rule import QualityRule, ReviewBoost, RuleHit
from tasks.models.signs import ModelAnswer, Signals, SignalsSoFar, TextBand, TextPrint
from tasks.models.skill import CollusionMember, Skill, SkillEvent
from tasks.models.submission import Submission
from tasks.models.suspect import SuspectPair
from tasks.models.task import Batch, Task

__all__ = [
    "Adjudication",
    "AdjudicationAssignment",
    "AnnotatorModel",
    "Appeal",
    "Assignment",
    "Batch",
    "Belief",
    "BulkApproval",
    "BulkApprovalItem",
    "Candidate",
    "CollusionMember",
    "Delivery",
    "Fit",
    "Gold",
    "GoldAnswer",
    "GoldStanding",
    "Guideline",
    "LateAnswer",
    "Lot",
    "LotItem",
    "Matching",
    "ModelAnswer",
    "Offer",
    "Plan",
    "Project",
    "QualityRule",
    "QuestionModel",
    "Result",
    "ResultRevision",
    "Review",
    "ReviewAssignment",
    "ReviewBoost",
    "ReviewCheck",
    "ReviewRequest",
    "RuleHit",
    "Signals",
    "SignalsSoFar",
    "Skill",
    "SkillEvent",
    "Submission",
    "SuspectPair",
    "Task",
    "TextBand",
    "TextPrint",
]
