"""Annotators' and clients' money pages."""

from django.urls import path

from payments.web import client, deposits, holds, self_billing, statements, views

app_name = "payments"
urlpatterns = [
    path("client/money/", client.client, name="client"),
    path("client/money/deposits/", deposits.page, name="deposits"),
    path("client/money/cards/save", deposits.save_card, name="card_save"),
    path("client/money/cards/<uuid:card_id>/remove", deposits.remove_card, name="card_remove"),
    path("client/money/top-ups/set", deposits.set_top_up, name="top_up_set"),
    path("client/money/top-ups/<str:currency>/off", deposits.top_up_off, name="top_up_off"),
    path("client/money/refund", client.refund, name="client_refund"),
    path(
        "client/money/refunds/<uuid:refund_id>/approve",
        client.approve,
        name="client_refund_approve",
    ),
    path(
        "client/money/refunds/<uuid:refund_id>/decline",
        client.decline,
        name="client_refund_decline",
    ),
    path("client/money/limit", client.limit, name="client_limit"),
    path("client/money/billing/", client.billing_data, name="client_billing"),
    path("earnings/", views.earnings, name="earnings"),
    path("earnings/statement.csv", views.statement, name="statement"),
    path("earnings/contest/<uuid:clawback_id>/", views.contest, name="contest"),
    path("earnings/self-billing/", self_billing.page, name="self_billing"),
    path("earnings/self-billing/end", self_billing.end, name="self_billing_end"),
    path("earnings/self-billing/<uuid:invoice_id>.pdf", self_billing.pdf, name="self_billed_pdf"),
    path(
        "earnings/self-billing/notes/<uuid:note_id>.pdf",
        self_billing.note_pdf,
        name="self_billed_note_pdf",
    ),
    path("earnings/self-billing.csv", self_billing.as_csv, name="self_billed_csv"),
    path("earnings/statements/", statements.rows, name="statements"),
    path("earnings/statements/<int:year>-<int:month>.pdf", statements.month_pdf, name="month_pdf"),
    path("earnings/statements/<int:year>-<int:month>.csv", statements.month_csv, name="month_csv"),
    path("earnings/statements/<int:year>.pdf", statements.year_pdf, name="tax_pdf"),
    path("earnings/statements/<int:year>.csv", statements.year_csv, name="tax_csv"),
    path("earnings/holds/<uuid:act_id>/", holds.page, name="hold"),
    path("payouts/request", views.request_payout, name="payouts_request"),
    path("payouts/setup/", views.setup, name="setup"),
    path("payouts/setup/freeze", views.freeze, name="freeze"),
    path("payouts/setup/start", views.setup_start, name="setup_start"),
    path("payouts/return/", views.setup_return, name="setup_return"),
]
