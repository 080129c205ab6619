"""Rules for tests: what a client posts."""

from tasks.models import QualityRule
from tests.support.api import Api


def rule(**other):
    """What a client posts."""
    return {
        "title": "Too many rejections",
        "collector": "rejection_share",
        "operator": "above",
        "threshold": 0.15,
        "least": 4,
        "action": "pause",
        "parameters": {"scope": "project", "days": 7},
        **other,
    }


def posted(project, **other):
    """A rule of the project, by the API."""
    api = Api(project.organization)
    status, body = api.post(f"/projects/{project.pk}/rules", rule(**other))
    assert status == 201, body
    return QualityRule.objects.get(pk=body["id"])
