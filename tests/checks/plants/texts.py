"""Plants about text files: locks, hosts, places. What is forbidden is put together here, so that this file is clean."""

from __future__ import annotations

from tests.checks.plants.base import Plant, one_file

_HASH = "--hash=sha256:" + "0" * 64
_PROJECT = (
    '[project]\ndependencies = ["aiokafka>=0.14,<0.15"]\n[project.optional-dependencies]\ndevelopment = ["pytest>=9"]\n'
)
_HOST = "py" + "pi.org"
_MIRROR = "https://files.python" + "hosted.org/packages/x.whl"
_HOME = "/" + "home/somebody/payung"

_PINS = (
    one_file(
        "requirements-pinned",
        "options, addresses, ranges, no hash",
        "requirements/runtime.txt",
        f"""
        --index-url https://mirror.example/simple
        a @ https://mirror.example/a.whl {_HASH}
        b>=1 {_HASH}
        c==1
        # a comment
        d==1 ; sys_platform != 'win32' \\
            {_HASH} \\
            {_HASH}
        """,
        1,
        2,
        3,
        4,
    ),
)

_LOCKS = (
    Plant(
        "requirements-match-project",
        "missing, too old, different",
        {
            "pyproject.toml": _PROJECT,
            "requirements/development.txt": f"aiokafka==0.14.0 {_HASH}\nidna==3.1 {_HASH}\n",
            "requirements/runtime.txt": f"aiokafka==0.13.0 {_HASH}\nidna==3.2 {_HASH}\n",
        },
        (
            "requirements/development.txt:1",
            "requirements/runtime.txt:1",
            "requirements/runtime.txt:1",
            "requirements/runtime.txt:2",
        ),
    ),
    Plant(
        "requirements-match-project",
        "in step",
        {
            "pyproject.toml": _PROJECT,
            "requirements/development.txt": f"aiokafka==0.14.0 {_HASH}\npytest==9.2.0 {_HASH}\n",
            "requirements/runtime.txt": f"aiokafka==0.14.0 {_HASH}\n",
        },
    ),
    Plant(
        "requirements-match-project",
        "no lock at all",
        {"pyproject.toml": "[project]\ndependencies = []\n"},
        ("requirements/development.txt:1", "requirements/runtime.txt:1"),
    ),
)

_HOSTS = (
    one_file("registry-hosts", "bare and in an address", "docs/a.md", f"fetched from {_HOST}\nfine\n{_MIRROR}\n", 1, 3),
    one_file(
        "registry-hosts",
        "in upper case, in a pom",
        "deploy/pom.xml",
        "<url>HTTPS://REPO1.MAVEN" + ".APACHE.ORG/x</url>",
        1,
    ),
    one_file(
        "registry-hosts",
        "names of tools and of XML schemas",
        "deploy/pom.xml",
        '<project xmlns="http://maven.apache.org/POM/4.0.0"> pypi, npm and Maven Central by name',
    ),
)

_PLACES = (
    one_file("machine-paths", "somebody's home", "docs/a.md", f"cd {_HOME}\n", 1),
    one_file(
        "machine-paths",
        "places of the system",
        "docs/a.md",
        "cd $HOME/payung; ls /var/lib/payung /home; see docs/home/a.md",
    ),
    Plant("machine-paths", "binary files are not read", {"docs/a.bin": f"\0{_HOME}"}),
)

_LINKS = (
    Plant(
        "document-links",
        "a link to nothing, and a decision that is not in the index",
        {
            "docs/a.md": "see [b](b.md) and [c](../shared/c.py#L3)\nand [d](d.md)\n",
            "docs/b.md": "",
            "docs/adr/README.md": "[0001](0001-first.md)\n",
            "docs/adr/0001-first.md": "",
            "docs/adr/0002-second.md": "",
        },
        ("docs/a.md:1", "docs/a.md:2", "docs/adr/README.md:1"),
    ),
    Plant(
        "document-links",
        "documents, of a service too, that are not in their index",
        {
            "docs/README.md": "[a](a.md) [decisions](adr/README.md) [root](../README.md)\n",
            "docs/a.md": "",
            "docs/b.md": "",
            "docs/adr/README.md": "",
            "docs/events/README.md": "",
            "docs/events/c.md": "",
            "services/d/README.md": "",
            "README.md": "",
        },
        ("docs/README.md:1", "docs/README.md:1", "docs/README.md:1"),
    ),
    Plant(
        "document-links",
        "paths that are not there, in the middle of a sentence and with a test's name",
        {
            "README.md": "see `shared/gone.py`, `shared/` and\n`shared/a/` or `shared/b.py::test_x`\n",
            "shared/c.py": "",
            "docs/adr/README.md": "it was in `shared/gone.py`\n",
        },
        ("README.md:1", "README.md:2", "README.md:2"),
    ),
    Plant(
        "document-links",
        "paths that are there, patterns, places for a name, commands and what lies elsewhere",
        {
            "README.md": "`shared/c.py` `shared/c` `shared/c.py::test_x` `shared/*.py` `shared/<name>/c.py`\n"
            "`cat shared/gone.py` `http/access.py` `shared` `and/or`\n```\nshared/gone.py `shared/gone.py`\n```\n",
            "shared/c.py": "",
        },
    ),
    Plant(
        "document-links",
        "links within a page, to folders, to the world, and what is code",
        {
            "README.md": "[a](docs/a.md#part) [b](docs) [c](https://a.org) [d](#a) `x[0](1)`\n```\n[e](e.md)\n```\n",
            "docs/a.md": "",
        },
    ),
)

PLANTS: tuple[Plant, ...] = (*_PINS, *_LOCKS, *_HOSTS, *_PLACES, *_LINKS)
