"""`python -m payments.devstripe --port 12111 [--webhook URL --webhook-secret S] ...`"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from payments.devstripe.constants import SETTLE_SECONDS
from payments.devstripe.delivery import Hook
from payments.devstripe.server import start

USAGE_ERROR = 2


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(prog="python -m payments.devstripe", description=__doc__)
    made.add_argument("--port", type=int, default=12111, help="0 takes a free port")
    made.add_argument("--public-base", help="where browsers reach its pages, if not on loopback")
    made.add_argument("--webhook", metavar="URL", help="endpoint for snapshot events")
    made.add_argument("--webhook-secret", metavar="SECRET")
    made.add_argument("--thin-webhook", metavar="URL", help="endpoint for thin (v2) events")
    made.add_argument("--thin-secret", metavar="SECRET")
    made.add_argument("--state", type=Path, metavar="FILE", help="keep what it knows in this file")
    made.add_argument("--settle-seconds", type=int, default=SETTLE_SECONDS)
    made.add_argument("--transfer-seconds", type=int, default=0)
    return made


def hooks(args: argparse.Namespace) -> list[Hook]:
    """The endpoints named on the command line. Raises ValueError for a URL without a secret."""
    pairs = (
        (args.webhook, args.webhook_secret, False),
        (args.thin_webhook, args.thin_secret, True),
    )
    return [Hook(url, secret or "", thin) for url, secret, thin in pairs if url or secret]


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted. A busy port or a bad address ends it with one sentence."""
    args = parser().parse_args(argv)
    try:
        running = start(
            args.port,
            public_base=args.public_base,
            settle_seconds=args.settle_seconds,
            transfer_seconds=args.transfer_seconds,
            hooks=hooks(args),
            state_file=args.state,
        )
    except (OSError, OverflowError, ValueError) as error:
        sys.stderr.write(f"The local Stripe cannot start on port {args.port}: {error}\n")
        return USAGE_ERROR
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        sys.stdout.write(f"Local Stripe: {running.address} (pages at {running.base_url})\n")
        sys.stdout.flush()
        running.wait()
    except KeyboardInterrupt:  # from the moment that the line is out
        running.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
