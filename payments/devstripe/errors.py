"""Stripe's refusals: an exception that carries the HTTP status and the JSON body of the reply."""

from payments.devstripe.constants import Json


class ApiError(Exception):
    """A refusal in Stripe's shape. `kept` says whether a v1 idempotency key remembers it."""

    def __init__(
        self, status: int, error: Json, *, headers: dict[str, str] | None = None, kept: bool = True
    ) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.body: Json = {"error": error}
        self.headers = headers or {}
        self.kept = kept


class BadParameter(Exception):
    """A parameter that fails validation, before any work began; `shape` makes a reply of it."""

    def __init__(self, code: str, message: str, param: str) -> None:
        super().__init__(message)
        self.code, self.message, self.param = code, message, param


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> ApiError:
    """A 400 `invalid_request_error` of v1: the work began and a rule of Stripe's said no."""
    error: Json = {"message": message, "type": "invalid_request_error"}
    if code:
        error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code}"}
    if param:
        error["param"] = param
    return ApiError(400, error)


def missing(what: str, object_id: str, *, param: str = "id", status: int = 404) -> ApiError:
    """`No such transfer: 'tr_x'`: 404 where the id stands in the path, 400 as a parameter."""
    error = invalid(f"No such {what}: '{object_id}'", code="resource_missing", param=param)
    error.status = status
    return error


def card_declined(decline_code: str, message: str, charge: str, intent: Json) -> ApiError:
    """402 `card_error`: the bank said no. Carries the PaymentIntent, as Stripe's does."""
    asks = decline_code == "authentication_required"
    return ApiError(
        402,
        {
            "charge": charge,
            "code": decline_code if asks else "card_declined",
            "decline_code": decline_code,
            "doc_url": "https://stripe.com/docs/error-codes/card-declined",
            "message": message,
            "payment_intent": intent,
            "type": "card_error",
        },
    )


def v2_invalid(code: str, message: str, *, status: int = 400, **more: object) -> ApiError:
    """A refusal of the v2 API, which names a code in place of v1's type and parameter."""
    return ApiError(status, {"code": code, "message": message, **more})


def v2_missing(what: str, object_id: str) -> ApiError:
    """404 of the v2 API."""
    return v2_invalid("not_found", f"{what} {object_id!r} not found.", status=404)


def shape(problem: BadParameter, *, v2: bool) -> ApiError:
    """Turn a failed validation into the reply of that API version; no key remembers it."""
    if v2:
        error = v2_invalid(problem.code, problem.message)
    else:
        error = invalid(problem.message, code=problem.code, param=problem.param)
    error.kept = False
    return error
