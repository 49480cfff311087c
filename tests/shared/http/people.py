"""Who may get a token in these tests."""

from __future__ import annotations

from deploy.local.issuer import LocalUser

ISSUER_URL = "http://127.0.0.1:8099"
AUDIENCE = "payung"
USERS = (
    LocalUser("enumerator-samarinda", ("enumerator",), ("6472",)),
    LocalUser("enumerator-berau", ("enumerator",), ("6403",)),
    LocalUser("enumerator-nowhere", ("enumerator",), ()),
    LocalUser("verifier-samarinda", ("verifier",), ("6472",)),
    LocalUser("approver-province", ("approver",), ("64",)),
    LocalUser("maker-and-approver", ("enumerator", "approver"), ("64",)),
    LocalUser("auditor", ("auditor", "somebody-elses-role"), ("64",)),
    LocalUser("everything", ("enumerator", "verifier", "approver", "auditor"), ("64",)),
    LocalUser("everywhere", ("enumerator", "verifier", "approver", "auditor"), tuple(map(str, range(11, 100)))),
)
