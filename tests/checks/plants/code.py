"""Plants about ordinary code: money, logs, prints, clocks of the process, lengths."""

from __future__ import annotations

from tests.checks.plants.base import Plant, one_file

_LONG_FUNCTION = "def long():\n" + "    x = 1\n" * 60
_SHORT_FUNCTION = "def short():\n" + '    """' + "Words.\n" * 30 + '    """\n' + "    x = 1\n" * 59

_MONEY = (
    one_file(
        "float-money",
        "annotations, results, division",
        "shared/rates.py",
        """
        amount_rupiah: float = 0
        def fine(amount: "float | None", wages: dict[str, float]) -> float:
            self.iuran = total / 2
            upah_bulanan = float(amount)
        """,
        1,
        2,
        2,
        2,
        3,
        4,
    ),
    one_file(
        "float-money",
        "whole rupiah, and words that only contain one of ours",
        "shared/rates.py",
        """
        timeout_s: float = 1.0
        refined: float = 2.0
        defined_share: float = 0.5
        amount_rupiah: int = total // 2
        def finesse(floats: int) -> int: ...
        """,
    ),
)

_LOGS = (
    one_file(
        "log-event-text",
        "composed events",
        "services/harbour/jobs.py",
        """
        log.info(f"worker {worker_id} paid")
        self._log.warning("paid %s" % worker_id)
        structlog.get_logger().error("paid {}".format(worker_id))
        logger.bind(role="api").info("paid " + worker_id)
        """,
        1,
        2,
        3,
        4,
    ),
    one_file(
        "log-event-text",
        "fixed events with fields, and other things with the same method names",
        "services/harbour/jobs.py",
        """
        log.info("contribution_paid", worker_id=f"{worker_id}")
        console.error(f"cannot reach {host}")
        """,
    ),
)

_PRINTS = (
    one_file("print-outside-cli", "a print", "shared/messaging/publish/relay.py", "\nprint('x')\n", 1),
    one_file("print-outside-cli", "the command line may", "deploy/cli/status.py", "print('x')\n"),
)

_FREEZE = (
    one_file(
        "global-clock-freeze", "freezegun in a test", "tests/shared/test_x.py", "from freezegun import freeze_time\n", 1
    ),
    one_file(
        "global-clock-freeze", "a manual clock", "tests/shared/test_x.py", "from shared.clock import ManualClock\n"
    ),
)

_MAP = (
    Plant(
        "messaging-map",
        "a module that the map leaves out, and one that is not there",
        {
            "shared/messaging/__init__.py": '"""`outbox`, then `publish/` with `relay`."""\n',
            "shared/messaging/outbox.py": "",
            "shared/messaging/publish/__init__.py": "",
            "shared/messaging/publish/sender.py": "",
        },
        ("shared/messaging/__init__.py:1", "shared/messaging/__init__.py:1"),
    ),
    Plant(
        "messaging-map",
        "a map that is whole",
        {
            "shared/messaging/__init__.py": '"""`outbox`, then `publish/` with `sender`."""\n',
            "shared/messaging/outbox.py": "",
            "shared/messaging/publish/__init__.py": "",
            "shared/messaging/publish/sender.py": "",
        },
    ),
)

_PACKAGES = (
    Plant(
        "package-init",
        "a folder that the import contracts cannot see",
        {"shared/__init__.py": "", "shared/messaging/kafka/relay.py": ""},
        ("shared/messaging/__init__.py:1", "shared/messaging/kafka/__init__.py:1"),
    ),
    Plant(
        "package-init",
        "a package, and folders without code",
        {"shared/__init__.py": "", "shared/rates.py": "", "shared/reference/rates.csv": "", "tools/check.py": ""},
    ),
)

_DOCSTRINGS = (
    one_file("module-docstring", "none", "shared/rates.py", "RATE = 1\n", 1),
    one_file("module-docstring", "one, and an empty file", "shared/rates.py", '"""Why."""\nRATE = 1\n'),
    Plant("module-docstring", "an empty file says enough", {"services/__init__.py": ""}),
)

_LENGTHS = (
    one_file("file-length", "301 lines", "tests/shared/test_x.py", "x = 1\n" * 301, 301),
    one_file("file-length", "251 lines are a warning", "tests/shared/test_x.py", "x = 1\n" * 251, 251),
    one_file("file-length", "250 lines", "tests/shared/test_x.py", "x = 1\n" * 250),
    one_file("function-length", "61 lines", "shared/rates.py", _LONG_FUNCTION, 1),
    one_file("function-length", "60 lines beside the docstring", "shared/rates.py", _SHORT_FUNCTION),
)

PLANTS: tuple[Plant, ...] = (*_MONEY, *_LOGS, *_PRINTS, *_FREEZE, *_PACKAGES, *_MAP, *_DOCSTRINGS, *_LENGTHS)
