"""`make oracle`: write the figures anew.

Runs in an environment of its own (`.ci/oracle.txt`), without Django and without our own code. Each
module of this folder has `figures()`, plain data that is written to
`tests/tasks/quality/oracle/MODULE.json`.
"""

import importlib
import json
import pkgutil
from pathlib import Path

HERE = Path(__file__).parent
KEPT = HERE.parent / "tasks" / "quality" / "oracle"


def main() -> None:
    for module in pkgutil.iter_modules([str(HERE)]):
        if module.name == "__main__":
            continue
        part = importlib.import_module(f"tests.oracle.{module.name}")
        if hasattr(part, "figures"):
            path = KEPT / f"{module.name}.json"
            path.write_text(
                json.dumps(part.figures(), sort_keys=True, separators=(",", ":")) + "\n"
            )
            print(path)


if __name__ == "__main__":
    main()
