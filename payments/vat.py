"""VAT ids: what one looks like, by the country's prefix. Only the shape: whether one is registered
is told by VIES and by HMRC.

Shapes of the EU: https://ec.europa.eu/taxation_customs/vies/#/faq (structure of the VAT numbers).
Great Britain: https://www.gov.uk/guidance/vat-eu-country-codes-vat-numbers-and-vat-in-other-languages
Switzerland: UID with MWST, TVA or IVA. Norway: nine digits and MVA.
"""

import re

SHAPES = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CH": r"E\d{9}(MWST|TVA|IVA)",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[0-9A-Z]\d{7}[0-9A-Z]",
    "FI": r"\d{8}",
    "FR": r"[0-9A-Z]{2}\d{9}",
    "GB": r"(\d{9}|\d{12}|GD\d{3}|HA\d{3})",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"(\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W])",
    "IT": r"\d{11}",
    "LT": r"(\d{9}|\d{12})",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"[0-9A-Z]{12}",
    "NO": r"\d{9}MVA",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"(\d{9}|\d{12}|GD\d{3}|HA\d{3})",
}
_SEPARATORS = re.compile(r"[\s.\-/]")


def normal(vat_id: str) -> str:
    """As it is kept: capital letters, without spaces, dots, hyphens and slashes."""
    return _SEPARATORS.sub("", vat_id).upper()


def wrong(vat_id: str) -> str:
    """What is wrong with a normal VAT id, in a sentence; empty where its shape is right.

    One of a country that is not in the table is taken as it is, if it begins with two letters.
    """
    country, rest = vat_id[:2], vat_id[2:]
    if not re.fullmatch(r"[A-Z]{2}", country) or not re.fullmatch(r"[0-9A-Z]{2,18}", rest):
        return "It begins with the two letters of its country, as DE123456789."
    shape = SHAPES.get(country)
    if shape is not None and not re.fullmatch(shape, rest):
        return f"This is not what a VAT id of {country} looks like."
    return ""


NOT_EU = frozenset({"CH", "GB", "NO", "XI"})  # XI is of the EU for goods only
SAME = {"XI": "GB"}


def treatment(seller: str, buyer: str) -> str:
    """What two normal VAT ids tell of a service between businesses; empty where one is not known.

    `domestic`: both of one country. `reverse_charge`: of two countries of the EU (Articles 44 and
    196 of Directive 2006/112/EC). `abroad`: of two countries, one of them elsewhere.
    """
    if not seller or not buyer:
        return ""
    from_, to = (SAME.get(one[:2], one[:2]) for one in (seller, buyer))
    if from_ == to:
        return "domestic"
    union = SHAPES.keys() - NOT_EU
    return "reverse_charge" if from_ in union and to in union else "abroad"
