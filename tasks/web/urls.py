"""Annotators' pages, and the client's preview of them."""

from django.urls import path

from tasks.web import (
    agreements,
    appeals,
    history,
    offers,
    preview,
    queue,
    signs,
    standing,
    task,
    why,
)

app_name = "tasks"
urlpatterns = [
    path("work/", queue.work_list, name="work"),
    path("work/next", queue.take_next, name="next"),
    path("work/projects/<uuid:project_id>/next", queue.take_next, name="next_of_project"),
    path("work/offers/", offers.offer_list, name="offers"),
    path("work/offers/<uuid:offer_id>/accept", offers.accept, name="offer_accept"),
    path("work/offers/<uuid:offer_id>/decline", offers.decline, name="offer_decline"),
    path("work/projects/<uuid:project_id>/why", why.project, name="why"),
    path("work/<uuid:assignment_id>/why", why.task, name="why_task"),
    path("work/<uuid:assignment_id>/", task.task, name="task"),
    path("work/<uuid:assignment_id>/draft", task.draft, name="draft"),
    path("work/<uuid:assignment_id>/heartbeat", task.beat, name="heartbeat"),
    path("work/<uuid:assignment_id>/extend", task.extend, name="extend"),
    path("work/<uuid:assignment_id>/release", task.release, name="release"),
    path("work/<uuid:assignment_id>/reclaim", task.reclaim, name="reclaim"),
    path("history/", history.rows, name="history"),
    path("history/<uuid:assignment_id>/", history.one, name="history_one"),
    path("signs/", signs.told, name="signs_told"),
    path("history/<uuid:assignment_id>/appeal", appeals.of_rejection, name="appeal_rejection"),
    path("appeals/", appeals.rows, name="appeals"),
    path("skills/", standing.skills, name="skills"),
    path("skills/events/<uuid:event_id>/", appeals.of_event, name="skill_event"),
    path("decisions/", standing.acts, name="decisions"),
    path("decisions/<uuid:act_id>/", standing.act, name="decision"),
    path("agreements/", agreements.rows, name="agreements"),
    path("agreements/<uuid:nda_id>/", agreements.one, name="agreement"),
    path("client/projects/", preview.projects, name="client_projects"),
    path("client/projects/<uuid:project_id>/", preview.project, name="client_project"),
    path("client/projects/<uuid:project_id>/who", preview.who, name="client_who"),
    path("client/projects/<uuid:project_id>/tasks/<uuid:task_id>/", preview.task, name="preview"),
]
