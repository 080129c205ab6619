"""Work endpoints under /api/v1/."""

from django.urls import path

from tasks.api import (
    approvals,
    deliveries,
    fairness,
    gold,
    items,
    matching,
    model_answers,
    money,
    projects,
    queue,
    rules,
    schemas,
    statements,
    tasks,
)

app_name = "tasks_api"
_ONE = "projects/<uuid:project_id>"
urlpatterns = [
    path("projects", projects.ProjectsView.as_view(), name="projects"),
    path(_ONE, projects.ProjectView.as_view(), name="project"),
    path(f"{_ONE}/activate", projects.ActivateView.as_view(), name="project_activate"),
    path(f"{_ONE}/price", projects.PriceView.as_view(), name="project_price"),
    path(f"{_ONE}/pause", projects.PauseView.as_view(), name="project_pause"),
    path(f"{_ONE}/resume", projects.ResumeView.as_view(), name="project_resume"),
    path(f"{_ONE}/close", projects.CloseView.as_view(), name="project_close"),
    path(f"{_ONE}/cancel", projects.CancelView.as_view(), name="project_cancel"),
    path(f"{_ONE}/matching", matching.MatchingView.as_view(), name="matching"),
    path(f"{_ONE}/matching/preview", matching.DryRunView.as_view(), name="matching_preview"),
    path(f"{_ONE}/forecast", matching.ForecastView.as_view(), name="forecast"),
    path(f"{_ONE}/guidelines", projects.GuidelinesView.as_view(), name="guidelines"),
    path(f"{_ONE}/funds", projects.FundsView.as_view(), name="funds"),
    path(f"{_ONE}/estimate", money.EstimateView.as_view(), name="estimate"),
    path(f"{_ONE}/funds/limit", money.CeilingView.as_view(), name="funds_limit"),
    path(f"{_ONE}/funds/take-back", projects.TakeBackView.as_view(), name="funds_take_back"),
    path(f"{_ONE}/items", items.ItemsView.as_view(), name="items"),
    path(f"{_ONE}/progress", projects.ProgressView.as_view(), name="progress"),
    path(f"{_ONE}/fairness", fairness.FairnessView.as_view(), name="fairness"),
    path(f"{_ONE}/rules", rules.RulesView.as_view(), name="rules"),
    path(f"{_ONE}/rules/dry-run", rules.RuleDryRunView.as_view(), name="rules_dry_run"),
    path(f"{_ONE}/rules/<uuid:rule_id>", rules.RuleView.as_view(), name="rule"),
    path(f"{_ONE}/tasks", tasks.TasksView.as_view(), name="tasks"),
    path(
        f"{_ONE}/tasks/<uuid:task_id>/withdraw", tasks.WithdrawView.as_view(), name="task_withdraw"
    ),
    path(f"{_ONE}/tasks/<uuid:task_id>/gold", gold.GoldView.as_view(), name="gold_one"),
    path(
        f"{_ONE}/tasks/<uuid:task_id>/model-answers",
        model_answers.ModelAnswersView.as_view(),
        name="model_answers",
    ),
    path(f"{_ONE}/gold", gold.GoldsView.as_view(), name="gold"),
    path(f"{_ONE}/submissions", approvals.WaitingView.as_view(), name="submissions"),
    path(f"{_ONE}/approvals", approvals.ApprovalsView.as_view(), name="approvals"),
    path(f"{_ONE}/approvals/<uuid:approval_id>", approvals.ApprovalView.as_view(), name="approval"),
    path(f"{_ONE}/deliveries", deliveries.DeliveriesView.as_view(), name="deliveries"),
    path(f"{_ONE}/deliveries/<int:number>", deliveries.DeliveryView.as_view(), name="delivery"),
    path(
        f"{_ONE}/deliveries/<int:number>/cancel",
        deliveries.CancelView.as_view(),
        name="delivery_cancel",
    ),
    path(
        f"{_ONE}/deliveries/<int:number>/report",
        deliveries.ReportView.as_view(),
        name="delivery_report",
    ),
    path(
        f"{_ONE}/deliveries/<int:number>/report.pdf",
        deliveries.PdfView.as_view(),
        name="delivery_pdf",
    ),
    path(
        f"{_ONE}/deliveries/<int:number>/export",
        deliveries.ExportView.as_view(),
        name="delivery_export",
    ),
    path(f"{_ONE}/results", tasks.ResultsView.as_view(), name="results"),
    path("statements", statements.StatementsView.as_view(), name="statements"),
    path(
        "statements/<int:year>-<int:number>", statements.StatementView.as_view(), name="statement"
    ),
    path(
        "statements/<int:year>-<int:number>/statement.pdf",
        statements.StatementPdfView.as_view(),
        name="statement_pdf",
    ),
    path("queue/next", queue.NextView.as_view(), name="queue_next"),
    path("schemas/interface/1", schemas.InterfaceSchemaView.as_view(), name="interface_schema"),
]
