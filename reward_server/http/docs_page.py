"""`/docs`: the routes as a plain page. It loads nothing, from here or elsewhere."""

from collections.abc import Iterable
from html import escape

from starlette.routing import BaseRoute

from reward_server.http.openapi import api_routes
from reward_server.version import VERSION

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The Content-Security-Policy that holds the page to it."""


def docs_page(routes: Iterable[BaseRoute]) -> str:
    """Write the page."""
    rows = "\n".join(
        f"<tr><td><code>{method} {escape(route.path)}</code></td><td>{escape(route.summary or '')}</td></tr>"
        for method, route in api_routes(routes)
    )
    return _PAGE.format(version=escape(VERSION), rows=rows)


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Gavel</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
  body {{ max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }}
  td {{ padding: .25rem 1rem .25rem 0; vertical-align: top; }}
</style></head><body>
<h1>Gavel {version}</h1>
<p>A reward URL. Every request and response is described in <a href="/openapi.json">openapi.json</a>.</p>
<table>
{rows}
</table>
<pre>curl -s http://127.0.0.1:8900/v1/rewards -H 'Content-Type: application/json' \\
  -d '{{"rollouts": [{{"completion": "..."}}], "detail": "verdicts"}}'</pre>
</body></html>
"""
