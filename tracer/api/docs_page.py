"""/docs: the OpenAPI document as a page, drawn here: no script, no style sheet from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from tracer.http.problems import titles

_STYLE = """
body{font:16px/1.5 system-ui,"Noto Sans SC","WenQuanYi Micro Hei",sans-serif;margin:0 auto;padding:1rem}
body{max-width:60rem}code,pre{font:14px/1.45 ui-monospace,monospace}code{overflow-wrap:anywhere}
pre{overflow:auto;padding:.75rem;border:1px solid #8886;border-radius:.4rem}
h2{margin-top:2.5rem}h3{margin:1.5rem 0 .25rem}table{border-collapse:collapse;width:100%}
table,h3{overflow-wrap:anywhere}
td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8884}
.method{display:inline-block;min-width:4.5rem;font-weight:700}summary{cursor:pointer}
@media(prefers-color-scheme:dark){body{background:#111;color:#eee}a{color:#8cf}}
"""
STYLE_POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def style() -> str:
    """The page's style sheet, whose hash goes into the content security policy."""
    return _STYLE


def docs_page(document: Mapping[str, Any]) -> str:
    """The whole page for an OpenAPI document."""
    return "".join(_page(document))


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title>'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f"<style>{_STYLE}</style><main><h1>{escape(info['title'])} {escape(info['version'])}</h1>"
    yield f"<p>{escape(info.get('description', ''))}</p>"
    yield '<p>The same for programs: <a href="/openapi.json">openapi.json</a>.</p>'
    tag = None
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            found = operation.get("tags", ["other"])[0]
            if found != tag:
                tag = found
                yield f"<h2>{escape(str(tag))}</h2>"
            yield from _operation(document, path, method, operation)
    yield "<h2>Problems</h2><p>Refusals are application/problem+json (RFC 9457); their type points here.</p><dl>"
    for kind, title in titles().items():
        yield f'<dt id="{kind}"><code>{kind}</code></dt><dd>{escape(title)}.</dd>'
    yield "</dl></main></html>"


def _operation(document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h3><span class="method">{method.upper()}</span> <code>{escape(path)}</code></h3>'
    yield f"<p>{escape(operation.get('description') or operation.get('summary', ''))}</p>"
    parameters = operation.get("parameters", [])
    if parameters:
        yield "<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>"
        for one in parameters:
            name = f"<code>{escape(one['name'])}</code>{' (required)' if one.get('required') else ''}"
            yield f"<tr><td>{name}</td><td>{one['in']}</td><td>{escape(one.get('description', ''))}</td></tr>"
        yield "</table>"
    body = operation.get("requestBody", {}).get("content", {})
    for media_type, content in body.items():
        example = json.dumps(_example(document, content.get("schema", {})), ensure_ascii=False, indent=1)
        yield f"<details><summary>Body, {escape(media_type)}</summary><pre>{escape(example)}</pre></details>"
    for status, answer in operation.get("responses", {}).items():
        content = answer.get("content", {}).get("application/json")
        if content and str(status).startswith("2"):
            example = json.dumps(_example(document, content.get("schema", {})), ensure_ascii=False, indent=1)
            yield f"<details><summary>Answer {status}</summary><pre>{escape(example)}</pre></details>"


def _example(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """A value that the schema describes, from its examples where it has some."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _example(document, document["components"]["schemas"][name])
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "default" in schema or "const" in schema:
        return schema.get("default", schema.get("const"))
    if "anyOf" in schema:
        return _example(document, schema["anyOf"][0])
    if schema.get("type") == "object":
        return {name: _example(document, part) for name, part in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [_example(document, schema.get("items", {}))]
    return {"string": "", "integer": 0, "number": 0.0, "boolean": False}.get(schema.get("type", ""))
