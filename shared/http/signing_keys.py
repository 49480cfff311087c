"""The identity provider's public keys: found by OIDC discovery, cached, and renewed when keys rotate.

A token with an unknown key id makes us look again, but not more often than a minimum interval, so that a flood of
made-up ids cannot hammer the provider. When the provider is away, known keys serve for a bounded time; then nobody
gets in.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from shared.clock import Clock

PublicKey = RSAKey | ECKey | OKPKey

MAX_DOCUMENT_BYTES = 256 * 1024
MAX_KEYS = 50
MIN_RSA_BITS = 2048
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class KeysUnavailableError(Exception):
    """The provider's keys cannot be had and none that we know may be used any more."""


class ProviderError(Exception):
    """The provider answered something that we do not accept. The text names what, for the operator."""


@dataclass(frozen=True)
class KeyCachePolicy:
    """How long keys are believed. All in seconds."""

    refresh_after_s: float = 600.0  # look for new keys in passing
    min_interval_s: float = 10.0  # between two looks, whatever is asked
    usable_for_s: float = 6 * 3600.0  # with the provider away; after that we fail closed
    http_timeout_s: float = 5.0


class SigningKeys:
    """Gives the public key for a key id. One object per issuer; safe for concurrent use in one event loop."""

    def __init__(self, issuer: str, *, clock: Clock, http: httpx.AsyncClient, policy: KeyCachePolicy) -> None:
        check_secure_url(issuer, "The issuer's address")
        self._issuer = issuer
        self._clock = clock
        self._http = http
        self._policy = policy
        self._keys: dict[str, PublicKey] = {}
        self._fetched_at: datetime | None = None
        self._attempted_at: datetime | None = None
        self._lock = asyncio.Lock()
        self.fetches = 0

    async def find(self, key_id: str) -> PublicKey | None:
        """The key called ``key_id``, or None if the provider does not publish it.

        Raises KeysUnavailableError when the provider cannot be reached and the known keys are too old.
        """
        if self._older_than(self._policy.refresh_after_s):
            await self._refresh(wait=not self._usable())
        if not self._usable():
            raise KeysUnavailableError
        if key_id not in self._keys:
            await self._refresh(wait=True)
        return self._keys.get(key_id)

    def _older_than(self, age_s: float) -> bool:
        if self._fetched_at is None:
            return True
        return self._clock.now() - self._fetched_at > timedelta(seconds=age_s)

    def _usable(self) -> bool:
        return not self._older_than(self._policy.usable_for_s)

    def _too_soon(self) -> bool:
        if self._attempted_at is None:
            return False
        # Not "too soon" after the machine's clock was set back.
        elapsed = self._clock.now() - self._attempted_at
        return timedelta() <= elapsed < timedelta(seconds=self._policy.min_interval_s)

    async def _refresh(self, *, wait: bool) -> None:
        """Fetch the keys once for all who ask now. A failure leaves the known keys as they are."""
        if self._lock.locked() and not wait:
            return
        async with self._lock:
            if self._too_soon():
                return
            self._attempted_at = self._clock.now()
            self.fetches += 1
            try:
                keys = await self._fetch()
            except (httpx.HTTPError, ProviderError, OSError):
                return
            self._keys = keys
            self._fetched_at = self._clock.now()

    async def _fetch(self) -> dict[str, PublicKey]:
        discovery = await self._get_json(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        if discovery.get("issuer") != self._issuer:
            raise ProviderError("The discovery document names another issuer than the settings.")
        address = discovery.get("jwks_uri")
        if not isinstance(address, str):
            raise ProviderError("The discovery document has no jwks_uri.")
        try:
            check_secure_url(address, "The jwks_uri")
        except ValueError as error:
            raise ProviderError(str(error)) from error
        return _usable_keys(await self._get_json(address))

    async def _get_json(self, address: str) -> dict[str, Any]:
        timeout = self._policy.http_timeout_s
        content = bytearray()
        async with asyncio.timeout(timeout):
            async with self._http.stream("GET", address, follow_redirects=False, timeout=timeout) as response:
                if response.status_code != httpx.codes.OK:
                    raise ProviderError(f"The identity provider answered {response.status_code}.")
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > MAX_DOCUMENT_BYTES:
                        raise ProviderError("The identity provider's document is too large.")
        try:
            document = json.loads(bytes(content))
        except ValueError as error:
            raise ProviderError("The identity provider's document is not JSON.") from error
        if not isinstance(document, dict):
            raise ProviderError("The identity provider's document is not an object.")
        return document


def check_secure_url(address: str, what: str) -> None:
    """Raise ValueError unless ``address`` is https, or http on this very machine."""
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in _LOOPBACK_HOSTS:
        return
    raise ValueError(f"{what} has to begin with https:// (http:// only on this machine).")


def _usable_keys(document: dict[str, Any]) -> dict[str, PublicKey]:
    """The public signature keys of a JWKS with a key id; anything else in it is left aside.

    Symmetric keys never get in, so no algorithm can turn a public key into a shared secret.
    """
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise ProviderError("The JWKS has no list of keys.")
    keys: dict[str, PublicKey] = {}
    for item in listed[:MAX_KEYS]:
        if not isinstance(item, dict) or not isinstance(item.get("kid"), str) or item.get("use", "sig") != "sig":
            continue
        try:
            key = JWKRegistry.import_key({name: value for name, value in item.items() if name != "d"})
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, RSAKey) and key.public_key.key_size < MIN_RSA_BITS:
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            keys[item["kid"]] = key
    return keys
