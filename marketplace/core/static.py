"""How style sheets and scripts are stored for production: under names that change with them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

# `import ... from "./words.js"` and `import "./spans.js"`; libraries are left as they are.
_IMPORTS = (
    (r"""(?P<matched>from\s+["'](?P<url>\./[^"']+)["'])""", 'from "%(url)s"'),
    (r"""(?P<matched>import\s+["'](?P<url>\./[^"']+)["'])""", 'import "%(url)s"'),
)


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Our scripts import each other by those names too, so that browsers keep each one for good.

    Otherwise each page asks again for each imported script, and the next task waits for them.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("marketplace/js/*.js", _IMPORTS),
    )
