"""Connected accounts: opening, onboarding, reading, closing."""

import pytest
import stripe

RETURN, REFRESH = "http://127.0.0.1:9/return", "http://127.0.0.1:9/refresh"


def link_for(devstripe, account_id):
    return devstripe.client.v2.core.account_links.create(
        {
            "account": account_id,
            "use_case": {
                "type": "account_onboarding",
                "account_onboarding": {"refresh_url": REFRESH, "return_url": RETURN},
            },
        }
    )


def status_of(devstripe, account_id):
    account = devstripe.client.v2.core.accounts.retrieve(
        account_id, {"include": ["configuration.recipient", "requirements"]}
    )
    part = account.configuration.recipient.capabilities.stripe_balance.stripe_transfers
    return part.status, len(account.requirements.entries)


def test_a_new_account_waits_for_onboarding(devstripe):
    account = devstripe.account(metadata={"annotator": "7"})
    part = account.configuration.recipient.capabilities.stripe_balance.stripe_transfers
    assert account.id.startswith("acct_")
    assert (part.status, part.status_details[0].code) == ("restricted", "requirements_past_due")
    assert [entry.description for entry in account.requirements.entries] == [
        "default_payment_method",
        "identity.individual.name",
    ]
    assert account.metadata.to_dict() == {"annotator": "7"}


def test_what_is_not_included_is_null(devstripe):
    account = devstripe.client.v2.core.accounts.retrieve(devstripe.account().id)
    assert (account.configuration, account.requirements, account.identity) == (None, None, None)
    shown = devstripe.client.v2.core.accounts.retrieve(account.id, {"include": ["identity"]})
    assert (shown.identity.country, shown.configuration) == ("us", None)


def test_onboarding_activates_transfers(devstripe):
    account = devstripe.account()
    assert status_of(devstripe, account.id) == ("restricted", 2)
    link = link_for(devstripe, account.id)
    page = devstripe.visit(link.url)
    assert page.status == 200
    assert "Set up payouts" in page.html
    form = {"holder_name": "Ada L", "account_number": "000123456789", "action": "complete"}
    assert devstripe.visit(link.url, form).location == RETURN
    assert status_of(devstripe, account.id) == ("active", 0)


def test_leaving_the_page_changes_nothing_and_uses_up_the_link(devstripe):
    account = devstripe.account()
    link = link_for(devstripe, account.id)
    assert devstripe.visit(link.url, {"action": "leave"}).location == RETURN
    assert status_of(devstripe, account.id) == ("restricted", 2)
    assert devstripe.visit(link.url).location == REFRESH


def test_an_old_link_sends_to_refresh(devstripe):
    link = link_for(devstripe, devstripe.account().id)
    devstripe.stripe.advance(299)
    assert devstripe.visit(link.url).status == 200
    devstripe.stripe.advance(2)
    assert devstripe.visit(link.url).location == REFRESH


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"action": "complete"}, "Enter the name of the account holder."),
        ({"action": "complete", "holder_name": "A"}, "Enter a bank account number or IBAN"),
        ({"holder_name": "A", "account_number": "1234"}, "Choose to complete the form"),
        (
            {"action": "complete", "holder_name": "A", "account_number": "12<3"},
            "Enter a bank account",
        ),
    ],
)
def test_a_wrong_form_says_what_is_wrong(devstripe, form, sentence):
    account = devstripe.account()
    page = devstripe.visit(link_for(devstripe, account.id).url, form)
    assert page.status == 422
    assert sentence in page.html
    assert status_of(devstripe, account.id) == ("restricted", 2)


def test_links_for_unknown_and_closed_accounts_are_refused(devstripe):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        link_for(devstripe, "acct_unknown")
    assert (refused.value.http_status, refused.value.code) == (404, "not_found")
    account = devstripe.account()
    devstripe.client.v2.core.accounts.close(account.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        link_for(devstripe, account.id)
    assert refused.value.code == "account_closed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            {
                "defaults": {
                    "responsibilities": {"fees_collector": "stripe", "losses_collector": "stripe"}
                }
            },
            "account_controller_express_dash_without_application_losses_or_fees",
        ),
        ({"identity": {"entity_type": "individual"}}, "identity_country_required"),
        ({"contact_email": "nobody"}, "email_invalid"),
        ({"colour": "red"}, "parameter_unknown"),
        ({"include": ["everything"]}, "parameter_invalid"),
    ],
)
def test_accounts_that_stripe_would_refuse(devstripe, change, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        devstripe.account(**change)
    assert (refused.value.http_status, refused.value.code) == (400, code)
    assert devstripe.stripe.summary()["accounts"] == {"count": 0, "closed": 0}


def test_lists_come_in_pages_newest_first(devstripe):
    made = [devstripe.account().id for _ in range(5)]
    first = devstripe.client.v2.core.accounts.list(
        {"limit": 2, "applied_configurations": ["recipient"]}
    )
    assert [account.id for account in first.data] == made[:2:-1]
    assert [account.id for account in first.auto_paging_iter()] == made[::-1]


def test_closing(devstripe):
    open_, closed = devstripe.account().id, devstripe.account().id
    assert devstripe.client.v2.core.accounts.close(closed).closed is True
    accounts = devstripe.client.v2.core.accounts
    assert [account.id for account in accounts.list().data] == [open_]
    assert [account.id for account in accounts.list({"closed": True}).data] == [closed]


def test_an_account_with_money_cannot_be_closed(devstripe):
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    devstripe.client.v1.transfers.create(
        {"amount": 100, "currency": "usd", "destination": account.id}
    )
    with pytest.raises(stripe.InvalidRequestError) as refused:
        devstripe.client.v2.core.accounts.close(account.id)
    assert refused.value.code == "cannot_delete_account_with_balance"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        devstripe.client.v2.core.accounts.close(
            account.id, {"applied_configurations": ["merchant"]}
        )
    assert refused.value.code == "configs_must_match_to_close"


def test_the_express_dashboard_needs_onboarding(devstripe):
    account = devstripe.account()
    with pytest.raises(stripe.InvalidRequestError, match="has not completed onboarding"):
        devstripe.client.v1.accounts.login_links.create(account.id)
    onboarded = devstripe.onboarded(display_name="Grace <H>")
    page = devstripe.visit(devstripe.client.v1.accounts.login_links.create(onboarded.id).url)
    assert page.status == 200
    assert "Your earnings, Grace &lt;H&gt;" in page.html
    with pytest.raises(stripe.InvalidRequestError) as refused:
        devstripe.client.v1.accounts.login_links.create("acct_unknown")
    assert refused.value.http_status == 404


@pytest.mark.parametrize("status", ["pending", "restricted", "unsupported", "rejected"])
def test_stripe_may_take_the_capability_away(devstripe, status):
    account = devstripe.onboarded()
    devstripe.stripe.set_transfers(account.id, status)
    assert status_of(devstripe, account.id)[0] == status
    with pytest.raises(ValueError, match="status is one of"):
        devstripe.stripe.set_transfers(account.id, "good")
    with pytest.raises(LookupError):
        devstripe.stripe.set_transfers("acct_unknown", "active")


def banks_of(devstripe, account_id):
    account = devstripe.client.v1.accounts.retrieve(account_id)
    return [(one.last4, one.fingerprint) for one in account.external_accounts.data]


def test_the_bank_account_is_told_of_when_it_is_first_given_and_when_it_changes(devstripe, inbox):
    devstripe.stripe.add_webhook(inbox.url, "whsec_x")
    devstripe.stripe.webhooks(mode="manual")
    account = devstripe.account()
    assert banks_of(devstripe, account.id) == []
    account = devstripe.onboarded()
    ((last, first),) = banks_of(devstripe, account.id)
    assert last == "6789"
    url = devstripe.client.v1.accounts.login_links.create(account.id).url
    assert "Ends in 6789" in devstripe.visit(url).html
    assert "Ends in 6789" in devstripe.visit(url, {"account_number": "--"}).html
    assert "Ends in 4321" in devstripe.visit(url, {"account_number": "DE00 4321"}).html
    devstripe.stripe.change_bank(account.id, "DE004321", "Ada Lovelace")  # the same again
    ((last, second),) = banks_of(devstripe, account.id)
    assert (last, second == first) == ("4321", False)
    devstripe.stripe.flush_webhooks()
    told = [letter.event for letter in inbox.letters if "external" in letter.event["type"]]
    assert [(one["type"], one["account"]) for one in told] == [
        ("account.external_account.created", account.id),
        ("account.external_account.updated", account.id),
    ]
    assert "DE004321" not in str(told)


def test_an_account_whose_owner_leaves_is_gone(devstripe, inbox):
    devstripe.stripe.add_webhook(inbox.url, "whsec_x")
    devstripe.stripe.webhooks(mode="manual")
    account = devstripe.onboarded()
    devstripe.stripe.deauthorize(account.id)
    devstripe.stripe.flush_webhooks()
    assert "account.application.deauthorized" in inbox.types()
    with pytest.raises(stripe.InvalidRequestError):
        devstripe.client.v1.accounts.retrieve(account.id)
    for call in (
        devstripe.stripe.deauthorize,
        lambda gone: devstripe.stripe.change_bank(gone, "1"),
    ):
        with pytest.raises(LookupError):
            call("acct_unknown")
