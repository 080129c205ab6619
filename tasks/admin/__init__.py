"""The staff's view of the work: projects and tasks to read, reviews and disputes to decide."""

from tasks.admin import adjudication, projects, review

__all__ = ["adjudication", "projects", "review"]
