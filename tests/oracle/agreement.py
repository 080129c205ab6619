"""What krippendorff and irrCAC say of the made-up ratings: coefficients and intervals."""

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.raw import CAC

from tests.oracle.ratings import NAMES, ratings

PAIR = 2


def figures():
    """Of each table the coefficients, 6 digits, and their 95 % intervals where irrCAC has them."""
    return {name: measured(ratings(name)) for name in NAMES}


def measured(table):
    values = sorted({*table[~np.isnan(table)]})
    alphas = {
        level: krippendorff.alpha(
            reliability_data=table.T, level_of_measurement=level, value_domain=values
        )
        for level in ("nominal", "ordinal", "interval")
    }
    cac = CAC(pd.DataFrame(table), digits=6)
    found = {"ac1": cac.gwet(), "fleiss": cac.fleiss(), "alpha": cac.krippendorff()}
    if table.shape[1] == PAIR:
        found["cohen"] = cac.conger()  # for two annotators the same
    parts = {name: part["est"] for name, part in found.items()}
    return {
        "alphas": {level: round(float(value), 6) for level, value in alphas.items()},
        "values": {name: float(part["coefficient_value"]) for name, part in parts.items()},
        "intervals": {
            name: [float(bound) for bound in part["confidence_interval"]]
            for name, part in parts.items()
        },
        "raw": float(parts["ac1"]["pa"]),
    }
