"""`python -m tools.tour`: the tour as a command; it ends with 0 when the worker has got the message."""

from __future__ import annotations

import asyncio
import sys
import time

from deploy.local.errors import LocalRunError
from deploy.sandbox.programme.offices import ProgrammeError
from tools.tour.ground import ground
from tools.tour.page import Page
from tools.tour.walk import NobodyError, walk


def main() -> int:
    """Start a ground, walk, clean up."""
    page, began = Page(), time.monotonic()
    try:
        with ground(page) as here:
            asyncio.run(walk(here, page))
            page.say("\nStopping, and removing the home ...")
    except (LocalRunError, ProgrammeError, NobodyError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; what had been started is stopped and removed.\n")
        return 130
    page.say(f"The whole tour took {time.monotonic() - began:.0f} s. How it hangs together: docs/architecture.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
