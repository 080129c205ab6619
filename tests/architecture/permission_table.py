"""Who may open which URL: one line for each, compared with the URL resolver.

The name of a URL, the methods it answers, and who may: for the API also the scope a key needs.
"""

from dataclasses import dataclass
from enum import Enum


class Who(Enum):
    """Callers; a caller who may not gets the sign-in page, 401, 403 or 404, and changes nothing."""

    ANYONE = "anyone, signed in or not"
    SIGNED_IN = "whoever is signed in"
    ANNOTATOR = "annotators, for what is theirs"
    CLIENT = "members of the organization, as far as their role goes"
    KEY = "an API key of the organization with the scope"
    SESSION = "an annotator at the API, by the session of the web"
    STAFF = "staff with a second factor"
    STRIPE = "Stripe, by its signature"


@dataclass(frozen=True)
class Rule:
    """One URL's line."""

    who: Who
    methods: tuple[str, ...]
    scopes: tuple[str, ...] = ()


GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")


def _web(who: Who, **names: tuple[str, ...]) -> dict[str, Rule]:
    """Lines for one app's pages: the first part of each name is the namespace."""
    return {name.replace("__", ":", 1): Rule(who, methods) for name, methods in names.items()}


def _key(**methods: str) -> Rule:
    return Rule(Who.KEY, tuple(methods), tuple(methods.values()))


def _session(**methods: str) -> Rule:
    return Rule(Who.SESSION, tuple(methods), tuple(methods.values()))


PAGES = {
    **_web(
        Who.ANYONE,
        accounts__home=GET,
        healthz=GET,
        tasks__signs_told=GET,
        openapi=GET,
        core_file=GET,  # the link itself is signed and short-lived
        api_docs=GET,
    ),
    **_web(
        Who.ANNOTATOR,
        accounts__profile=BOTH,
        accounts__credentials=GET,
        accounts__credential_new=BOTH,
        accounts__credential_withdraw=POST,
        accounts__qualifications=GET,
        tasks__agreements=GET,
        tasks__agreement=BOTH,
        tasks__work=GET,
        tasks__next=POST,
        tasks__next_of_project=POST,
        tasks__offers=GET,
        tasks__offer_accept=POST,
        tasks__offer_decline=POST,
        tasks__why=GET,
        tasks__why_task=GET,
        tasks__task=BOTH,
        tasks__draft=POST,
        tasks__heartbeat=POST,
        tasks__extend=POST,
        tasks__release=POST,
        tasks__reclaim=POST,
        tasks__reviews=GET,
        tasks__review_next=POST,
        tasks__review=BOTH,
        tasks__review_heartbeat=POST,
        tasks__review_extend=POST,
        tasks__review_release=POST,
        tasks__history=GET,
        tasks__history_one=GET,
        tasks__appeal_rejection=POST,
        tasks__appeals=GET,
        tasks__skills=GET,
        tasks__skill_event=BOTH,
        tasks__decisions=GET,
        tasks__adjudications=GET,
        tasks__adjudicate_next=POST,
        tasks__adjudicate=BOTH,
        tasks__adjudicate_release=POST,
        tasks__decision=GET,
        payments__earnings=GET,
        payments__self_billing=BOTH,
        payments__self_billing_end=POST,
        payments__self_billed_pdf=GET,
        payments__self_billed_note_pdf=GET,
        payments__self_billed_csv=GET,
        payments__statement=GET,
        payments__statements=GET,
        payments__month_pdf=GET,
        payments__month_csv=GET,
        payments__tax_pdf=GET,
        payments__tax_csv=GET,
        payments__payouts_request=POST,
        payments__contest=POST,
        payments__hold=BOTH,
        payments__setup=GET,
        payments__setup_start=POST,
        payments__freeze=POST,
        payments__setup_return=GET,
    ),
    **_web(
        Who.CLIENT,
        accounts__invite=POST,
        accounts__invite_cancel=POST,
        accounts__member_role=POST,
        accounts__member_remove=POST,
        accounts__keys=BOTH,
        accounts__key_revoke=POST,
        tasks__client_project=GET,
        tasks__client_cancel=BOTH,
        tasks__client_ceiling=BOTH,
        tasks__client_projects=GET,
        tasks__client_who=GET,
        tasks__client_deliveries=GET,
        tasks__client_delivery=GET,
        tasks__client_delivery_pdf=GET,
        tasks__client_delivery_export=GET,
        payments__client=GET,
        payments__deposits=BOTH,
        payments__card_save=POST,
        payments__card_remove=POST,
        payments__top_up_set=POST,
        payments__top_up_off=POST,
        payments__client_refund=POST,
        payments__client_refund_approve=POST,
        payments__client_refund_decline=POST,
        payments__client_limit=POST,
        payments__client_billing=BOTH,
        tasks__preview=GET,
        tasks__client_items=GET,
        tasks__client_statements=GET,
        tasks__client_statement=GET,
        tasks__client_statement_pdf=GET,
        tasks__client_statement_csv=GET,
    ),
    **_web(
        Who.SIGNED_IN,
        accounts__notices=BOTH,
        accounts__client=GET,
        accounts__client_new=BOTH,
        accounts__invite_accept=POST,
        accounts__invite_decline=POST,
    ),
}

API = {
    "accounts_api:domains": _key(GET="*"),
    "accounts_api:ndas": _key(GET="projects:read", POST="projects:write"),
    "payments_api:organization": _key(GET="money:read"),
    "payments_api:deposits": _key(GET="money:read", POST="money:write"),
    "payments_api:deposit": _key(GET="money:read"),
    "payments_api:cards": _key(GET="money:read"),
    "payments_api:top_ups": _key(GET="money:read"),
    "payments_api:top_up": _key(PUT="money:write", DELETE="money:write"),
    "payments_api:refunds": _key(GET="money:read", POST="money:write"),
    "payments_api:refund": _key(GET="money:read"),
    "payments_api:limits": _key(GET="money:read", PUT="money:write"),
    "payments_api:billing": _key(GET="money:read", PUT="money:write"),
    "tasks_api:projects": _key(GET="projects:read", POST="projects:write"),
    "tasks_api:model_answers": _key(PUT="tasks:write"),
    "tasks_api:rules": _key(GET="projects:read", POST="projects:write"),
    "tasks_api:rule": _key(GET="projects:read", PATCH="projects:write", DELETE="projects:write"),
    "tasks_api:rules_dry_run": _key(POST="projects:read"),
    "tasks_api:project": _key(GET="projects:read", PATCH="projects:write"),
    "tasks_api:project_activate": _key(POST="projects:write"),
    "tasks_api:project_price": _key(POST="projects:write"),
    "tasks_api:project_pause": _key(POST="projects:write"),
    "tasks_api:project_resume": _key(POST="projects:write"),
    "tasks_api:project_close": _key(POST="projects:write"),
    "tasks_api:project_cancel": _key(POST="projects:write"),
    "tasks_api:task_withdraw": _key(POST="tasks:write"),
    "tasks_api:matching": _key(PATCH="projects:write"),
    "tasks_api:submissions": _key(GET="results:read"),
    "tasks_api:approvals": _key(POST="projects:write"),
    "tasks_api:approval": _key(GET="projects:read"),
    "tasks_api:matching_preview": _key(GET="projects:read", POST="projects:read"),
    "tasks_api:forecast": _key(GET="projects:read"),
    "tasks_api:guidelines": _key(GET="projects:read", POST="projects:write"),
    "tasks_api:funds": _key(GET="money:read", POST="money:write"),
    "tasks_api:estimate": _key(GET="projects:read"),
    "tasks_api:funds_limit": _key(GET="money:read", PUT="money:write"),
    "tasks_api:funds_take_back": _key(POST="money:write"),
    "tasks_api:items": _key(GET="money:read"),
    "tasks_api:statements": _key(GET="money:read"),
    "tasks_api:statement": _key(GET="money:read"),
    "tasks_api:statement_pdf": _key(GET="money:read"),
    "tasks_api:progress": _key(GET="projects:read"),
    "tasks_api:fairness": _key(GET="projects:read"),
    "tasks_api:tasks": _key(GET="projects:read", POST="tasks:write"),
    "tasks_api:gold": _key(GET="projects:read"),
    "tasks_api:gold_one": _key(PUT="tasks:write", DELETE="tasks:write"),
    "tasks_api:deliveries": _key(GET="results:read", POST="projects:write"),
    "tasks_api:delivery": _key(GET="results:read"),
    "tasks_api:delivery_cancel": _key(POST="projects:write"),
    "tasks_api:delivery_report": _key(GET="results:read"),
    "tasks_api:delivery_pdf": _key(GET="results:read"),
    "tasks_api:delivery_export": _key(GET="results:read"),
    "tasks_api:results": _key(GET="results:read"),
    "payments_api:earnings": _session(GET="work"),
    "tasks_api:queue_next": _session(POST="work"),
    "tasks_api:interface_schema": _key(GET="projects:read"),
}

MACHINES = {
    "payments_webhooks:snapshot": Rule(Who.STRIPE, POST),
    "payments_webhooks:thin": Rule(Who.STRIPE, POST),
}

# django-allauth's pages; those for a signed-in person ask for the password again where it matters.
SIGN_IN = {
    **{
        name: Rule(Who.ANYONE, BOTH)
        for name in (
            "account_login", "account_logout", "account_signup", "account_inactive",
            "account_email_verification_sent", "account_confirm_login_code",
            "account_reset_password", "account_reset_password_done",
            "account_reset_password_from_key", "account_reset_password_from_key_done",
            "mfa_authenticate", "mfa_login_webauthn",
        )
    },
    **{
        name: Rule(Who.SIGNED_IN, BOTH)
        for name in (
            "account_reauthenticate", "account_email", "account_change_password",
            "account_set_password", "mfa_index", "mfa_reauthenticate", "mfa_activate_totp",
            "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
            "mfa_download_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn",
            "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_edit_webauthn",
            "usersessions_list",
        )
    },
}  # fmt: skip

# The desk. Each table is five pages of Django's admin; what may be changed there goes by actions.
DESK_TABLES = (
    "accounts_annotatorprofile", "accounts_apikey", "accounts_credential", "accounts_domain", "accounts_exam",
    "accounts_listentry", "accounts_nda", "accounts_ndasignature", "accounts_organization",
    "accounts_pause", "accounts_qualification", "accounts_qualificationgrant",
    "accounts_rosterimport", "accounts_team", "accounts_user", "accounts_wall",
    "payments_bankpayout", "payments_connectedaccount", "payments_deposit", "payments_earning", "payments_goodwillrequest", "payments_holdcontest", "payments_railwait", "payments_ledgeraccount",
    "payments_ledgerentry", "payments_payout", "payments_payoutrun", "payments_payoutrunitem", "payments_reservation",
    "payments_selfbilledinvoice", "payments_selfbillednote", "payments_selfbillingagreement",
    "payments_refund", "payments_billingdetails", "payments_spendlimit",
    "payments_savedcard", "payments_stripeevent", "payments_topuprule", "core_outboxmessage", "core_auditentry", "tasks_project", "tasks_task", "tasks_assignment",
    "payments_clawback", "payments_dispute", "payments_recovery", "payments_reversal",
    "payments_comparison", "payments_difference", "payments_handbooking",
    "tasks_skill", "tasks_collusionmember", "tasks_submission", "tasks_result", "tasks_review", "tasks_reviewrequest", "tasks_adjudication",
    "tasks_offer", "tasks_plan", "tasks_delivery", "tasks_gold", "tasks_qualityrule", "tasks_rulehit",
    "tasks_signals", "tasks_suspectpair",
)  # fmt: skip
DESK_PAGES = {
    **{
        f"admin:{table}_{page}": Rule(Who.STAFF, BOTH)
        for table in DESK_TABLES
        for page in ("changelist", "add", "change", "delete", "history")
    },
    **{
        f"admin:{name}": Rule(Who.STAFF, BOTH)
        for name in (
            "index", "app_list", "autocomplete", "jsi18n", "view_on_site", "password_change",
            "password_change_done", "tasks_review_desk", "tasks_review_next", "tasks_review_one",
            "accounts_annotatorprofile_decide", "accounts_credential_decide",
            "accounts_user_decide", "accounts_roster_upload", "accounts_roster_preview",
            "payments_clawback_ask", "payments_holdcontest_decide", "payments_clawback_decide", "payments_dispute_decide", "payments_reversal_decide",
            "payments_difference_decide", "payments_difference_book", "payments_proofs", "payments_trial", "payments_month", "payments_month_pdf", "payments_month_csv", "payments_ledger_find",
            "tasks_why", "tasks_hand_out", "tasks_who", "tasks_fairness", "tasks_fairness_one",
            "tasks_attention_desk", "tasks_attention_one",
            "tasks_review_release", "tasks_review_reviewers", "tasks_adjudication_desk", "tasks_adjudication_one",
            "tasks_cancel", "tasks_dry_run", "tasks_rank", "tasks_delivery_new", "tasks_delivery_report",
            "tasks_delivery_pdf", "tasks_qualityrule_new", "tasks_qualityrule_decide",
            "tasks_rule_try", "tasks_rule_try_one", "tasks_sign_rates",
            "accounts_exam_new", "payments_goodwillrequest_new", "payments_goodwillrequest_decide", "accounts_qualification_new", "accounts_qualification_decide",
            "accounts_qualificationgrant_decide", "accounts_nda_new", "accounts_wall_new",
            "accounts_wall_decide", "accounts_listentry_new", "accounts_listentry_decide",
            "accounts_team_new", "accounts_team_decide", "accounts_pause_new",
            "accounts_pause_decide", "tasks_skill_new", "tasks_collusionmember_new",
            "tasks_collusionmember_decide", "tasks_gold_new", "tasks_gold_decide",
            "tasks_suspectpair_decide", "payments_payoutrun_new", "payments_payoutrun_decide",
        )
    },
    "admin:login": Rule(Who.ANYONE, BOTH),
    "admin:logout": Rule(Who.ANYONE, POST),
}  # fmt: skip

TABLE: dict[str, Rule] = {**PAGES, **API, **MACHINES, **SIGN_IN, **DESK_PAGES}
