"""The role `api`: the service's routers in the common HTTP application, counted by route template."""

from __future__ import annotations

from shared.http import ServedRequest, TokenSettings, create_app, token_verifier, uvicorn_config
from shared.http.signing_keys import check_secure_url
from shared.service.declaration import AnyContext, AnyService
from shared.service.web_server import WebServer
from shared.settings import SettingsError
from shared.telemetry import metrics

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe_request(served: ServedRequest) -> None:
    """Count an answered request. Methods and routes are those we know, so labels cannot grow."""
    method = served.method if served.method in METHODS else metrics.OTHER
    metrics.HTTP_REQUESTS.labels(method, served.template, str(served.status)).inc()
    metrics.HTTP_DURATION.labels(method, served.template).observe(served.duration_s)


async def build_api(service: AnyService, context: AnyContext, version: str) -> WebServer:
    """The listening API.

    Raises SettingsError without a token issuer that is safe to ask, PortTakenError when the port is in use.
    """
    settings = context.settings
    if settings.token_issuer is None:
        raise SettingsError(
            [
                "PAYUNG_TOKEN_ISSUER is missing; the API lets nobody in without it. Set it to the identity provider's "
                "issuer address, for example to https://login.example.go.id/realms/payung."
            ]
        )
    try:
        check_secure_url(settings.token_issuer, "PAYUNG_TOKEN_ISSUER")
    except ValueError as error:
        raise SettingsError([str(error)]) from None
    tokens = TokenSettings(issuer=settings.token_issuer, audience=settings.token_audience)
    verifier = await context.closing.enter_async_context(token_verifier(tokens, clock=context.clock))
    application = create_app(
        service=service.name,
        title=service.title,
        routers=[factory(context) for factory in service.routers],
        database=context.database,
        verifier=verifier,
        clock=context.clock,
        unit_of_work=context.outbox.unit_of_work,
        problem_types=service.problem_types,
        tls=settings.http_tls,
        ids=context.ids,
        observer=observe_request,
        version=version,
    )
    config = uvicorn_config(
        application,
        host=settings.http_host,
        port=settings.http_port,
        trusted_proxies=settings.http_trusted_proxies,
        drain_timeout_s=max(1, int(settings.graceful_timeout_s)),
    )
    return WebServer("api", config, host=settings.http_host, port=settings.http_port, port_setting="PAYUNG_HTTP_PORT")
