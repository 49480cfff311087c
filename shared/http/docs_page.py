"""The interactive API page, complete without internet: its files come from a wheel and are served by us.

Its content policy allows our own files and nothing else: no inline script, no other host, no frame.
"""

from __future__ import annotations

import html
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.http.access import public
from shared.http.idempotency import KEY_HEADER
from shared.http.openapi import EXAMPLE_KEY, as_openapi_3_0

DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ASSETS = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "index.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
AssetName = Literal["swagger-ui.css", "index.css", "swagger-ui-bundle.js", "favicon-32x32.png", "start.js"]

_PAGE = """<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/index.css">
<link rel="icon" type="image/png" href="docs/favicon-32x32.png" sizes="32x32">
</head>
<body>
<noscript>Halaman ini memerlukan JavaScript. This page needs JavaScript; programs read openapi.json.</noscript>
<main id="swagger-ui"></main>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

_START = f""""use strict";
function withNewKey(request) {{
  if (request.headers && request.headers["{KEY_HEADER}"] === "{EXAMPLE_KEY}") {{
    request.headers["{KEY_HEADER}"] = crypto.randomUUID();
  }}
  return request;
}}
window.addEventListener("load", function () {{
  window.ui = SwaggerUIBundle({{
    url: "docs/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null,
    queryConfigEnabled: false,
    persistAuthorization: false,
    tryItOutEnabled: true,
    requestInterceptor: withNewKey,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout"
  }});
}});
"""


def docs_router(title: str) -> APIRouter:
    """Routes for ``/openapi.json`` (OpenAPI 3.1) and the page at ``/docs`` with its files."""
    router = APIRouter(
        include_in_schema=False,
        dependencies=[Depends(public("The API's description holds no data; people need it before they can sign in."))],
    )
    page = _PAGE.format(title=html.escape(title)).encode()

    @router.get("/openapi.json")
    async def openapi_document(request: Request) -> Response:
        return JSONResponse(request.app.openapi())

    @router.get("/docs")
    async def docs_page() -> Response:
        return Response(page, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": DOCS_POLICY})

    @router.get("/docs/openapi.json")
    async def docs_document(request: Request) -> Response:
        return JSONResponse(as_openapi_3_0(request.app.openapi()))

    @router.get("/docs/{asset}")
    async def docs_asset(asset: Annotated[AssetName, Path()]) -> Response:
        # An hour only: the names carry no version.
        headers = {"Cache-Control": "public, max-age=3600"}
        if asset == "start.js":
            return Response(_START.encode(), media_type="text/javascript; charset=utf-8", headers=headers)
        return Response(_asset_bytes(asset), media_type=_ASSETS[asset], headers=headers)

    return router


@lru_cache
def _asset_bytes(name: str) -> bytes:
    """A file of the wheel ``swagger_ui_bundle``, whichever version of the viewer it carries."""
    for folder in sorted(files("swagger_ui_bundle").joinpath("vendor").iterdir(), key=lambda entry: entry.name):
        candidate = folder.joinpath(name)
        if candidate.is_file():
            return candidate.read_bytes()
    raise FileNotFoundError(f"The wheel swagger_ui_bundle has no {name}; the API page cannot be shown.")
