"""What the Checkout endpoints take."""

from typing import Final

from payments.devstripe.fields import (
    Spec,
    currency,
    group,
    integer,
    many,
    may,
    metadata,
    need,
    one_of,
    text,
    url,
)
from payments.devstripe.paging import EXPAND, PAGE, filters

PRODUCT: Final[Spec] = {
    "description": may(text()),
    "metadata": may(metadata),
    "name": need(text()),
}
PRICE: Final[Spec] = {
    "currency": need(currency),
    "product_data": need(group(PRODUCT)),
    "unit_amount": need(integer()),
}
ITEM: Final[Spec] = {
    "price_data": need(group(PRICE)),
    "quantity": may(integer(1, 999_999)),
}
INTENT: Final[Spec] = {
    "description": may(text(1000)),
    "metadata": may(metadata),
    "setup_future_usage": may(one_of("off_session")),
    "transfer_group": may(text()),
}
CREATE: Final[Spec] = {
    **EXPAND,
    "allowed_payment_method_types": may(many(one_of("card"))),
    "cancel_url": may(url),
    "client_reference_id": may(text(200)),
    "currency": may(currency),
    "customer": may(text()),
    "customer_email": may(text(512)),
    "expires_at": may(integer()),
    "line_items": may(many(group(ITEM))),
    "locale": may(text(10)),
    "metadata": may(metadata),
    "mode": need(one_of("payment", "setup")),
    "payment_intent_data": may(group(INTENT)),
    "submit_type": may(one_of("auto", "book", "donate", "pay")),
    "success_url": need(url),
    "ui_mode": may(one_of("hosted_page")),
}
EXPIRE: Final[Spec] = EXPAND
LIST: Final[Spec] = {
    **PAGE,
    **filters("customer", "payment_intent"),
    "status": may(one_of("complete", "expired", "open")),
}
