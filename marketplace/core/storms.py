"""Which database errors pass by themselves, and which mean that a value cannot be stored.

Codes: PostgreSQL documentation, appendix A "PostgreSQL Error Codes".
"""

from django.db import DatabaseError

_PASSING = {
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "55P03",  # lock_not_available: lock_timeout
    "57014",  # query_canceled: statement_timeout
    "57P01",  # admin_shutdown
    "57P02",  # crash_shutdown
    "57P03",  # cannot_connect_now
    "25P03",  # idle_in_transaction_session_timeout
}
_PASSING_CLASSES = (
    "08",
    "53",
)  # connection exceptions; insufficient resources (disk full, too many connections)
_UNSTORABLE = {
    "22003",  # numeric_value_out_of_range
    "22021",  # character_not_in_repertoire
    "22P05",  # untranslatable_character: \\u0000 in jsonb
    "22001",  # string_data_right_truncation
}
RETRY_AFTER = 5  # seconds


def code_of(error: BaseException) -> str | None:
    """The SQLSTATE; empty when the connection broke before the server could say one; None if not
    from a database.
    """
    if not isinstance(error, DatabaseError):
        return None
    return str(getattr(error.__cause__, "sqlstate", None) or "")


def passes(error: BaseException) -> bool:
    """Trying again later may help: a lock wait that ended, a full disk, a server that restarts."""
    code = code_of(error)
    if code is None:
        return False
    if code == "":
        return type(error).__name__ in ("OperationalError", "InterfaceError")
    return code in _PASSING or code.startswith(_PASSING_CLASSES)


def unstorable(error: BaseException) -> bool:
    """A value that no column can hold came through."""
    return code_of(error) in _UNSTORABLE
