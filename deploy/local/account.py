"""PostgreSQL refuses to run as root, so root lends it an account that owns nothing else.

The account has to have a name (initdb asks for it), so a bare number does not do.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass

from deploy.local import lifeline
from deploy.local.errors import LocalRunError

NAME = "payung"
MAKERS = (
    ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", NAME],
    ["adduser", "-S", "-D", "-H", "-h", "/nonexistent", "-s", "/sbin/nologin", NAME],  # small systems (BusyBox)
)
SHARED = ("postgres", "nobody")  # better than nothing where no account can be made


@dataclass(frozen=True)
class Account:
    """Whom the database runs as; ``uid`` and ``gid`` are ``lifeline.KEEP`` for "as we are"."""

    name: str
    uid: int = lifeline.KEEP
    gid: int = lifeline.KEEP

    @property
    def is_ours(self) -> bool:
        """Whether no other program of this machine runs under this account."""
        return self.name not in SHARED


def _known(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid)


def find() -> Account | None:
    """The account that exists already for the database, without making one."""
    if os.geteuid() != 0:
        return Account("the present user")
    return next((account for name in (NAME, *SHARED) if (account := _known(name))), None)


def unprivileged() -> Account:
    """The present user, or for root an account of our own, made the first time.

    Raises:
        LocalRunError: we are root and no account exists or can be made.
    """
    if os.geteuid() != 0:
        return Account("the present user")
    for maker in MAKERS:
        program = shutil.which(maker[0])
        if _known(NAME) is None and program is not None:
            subprocess.run([program, *maker[1:]], capture_output=True, check=False)  # noqa: S603 - fixed words
    account = find()
    if account is None:
        raise LocalRunError(
            f"PostgreSQL does not run as root and no other account is there. Make one with "
            f"`useradd --system {NAME}`, or run Payung as a normal user."
        )
    return account
