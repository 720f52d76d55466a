"""`/docs`: every operation on one plain page, without a script, so that it works without the Internet."""

import html
from base64 import b64encode
from hashlib import sha256
from typing import Any, Final

__all__ = ["POLICY", "page"]

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code{background:#eee;padding:0 .2em}table{border-collapse:collapse}"
    "td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}code{background:#333}a{color:#8bf}}"
)

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The Content-Security-Policy under which the page shows as it should: its own style, and nothing else."""


def page(described: dict[str, Any]) -> str:
    """The page, of an OpenAPI document."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{_text(described['info']['title'])}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_text(described['info']['title'])} {_text(described['info']['version'])}</h1>",
        _paragraphs(described["info"]["description"]),
        '<p>For programs: <a href="/openapi.json">openapi.json</a>.</p>',
    ]
    for tag in described["tags"]:
        parts.append(f"<h2>{_text(tag['name'])}</h2>{_paragraphs(tag['description'])}")
        for path, item in described["paths"].items():
            for method, operation in item.items():
                if tag["name"] in operation.get("tags", ()):
                    parts.append(_operation(method, path, operation))
    return "".join([*parts, "</body></html>\n"])


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{_text(each['name'])}</code></td><td>{_text(each['in'])}</td>"
        f"<td>{_text(each.get('description') or each['schema'].get('description', ''))}</td></tr>"
        for each in operation.get("parameters", ())
    )
    answers = "".join(
        f"<tr><td>{_text(status)}</td><td colspan=2>{_text(answer['description'])}</td></tr>"
        for status, answer in sorted(operation["responses"].items())
    )
    return (
        f"<h3><code>{method.upper()} {_text(path)}</code></h3>{_paragraphs(operation['description'])}"
        f"<table>{rows}{answers}</table>"
    )


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_text(each)}</p>" for each in text.split("\n\n"))


def _text(text: str) -> str:
    parts = html.escape(text).split("`")
    # Between two backticks, and so at every odd place, is code.
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
