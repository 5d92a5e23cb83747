"""Hooks that ask a service, as lakeFS asks it (pkg/actions/webhook.go)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3

from tests.lakefs_double.merging import HookError, Merging

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
PART = re.compile(rf"(\d+(?:\.\d*)?|\.\d+)({'|'.join(sorted(UNITS, key=len, reverse=True))})")


def webhook(merging: Merging, payload: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    """Ask a service: any status of 2xx admits, all else refuses."""
    url, body = properties["url"], json.dumps(payload, separators=(",", ":"))
    headers, said = _secured(merging, properties.get("headers") or {})
    asked, shown = _secured(merging, properties.get("query_params") or {})
    log = f"Request:\nPOST {url}\nQuery Params:\n{shown}Headers:\n{said}Request Body:\n{body}\n\n"
    headers["Content-Type"] = "application/json"
    wait = seconds(properties.get("timeout") or "1m")
    try:
        with urllib3.PoolManager(retries=False, timeout=wait) as pool:
            query = urlencode(asked)
            address = f"{url}{'?' if query else ''}{query}"
            answer = pool.request("POST", address, body=body, headers=headers)
    except urllib3.exceptions.HTTPError as error:
        raise HookError(str(error), f"{log}\nRequest duration: 1ms\n") from error
    log += "\nRequest duration: 1ms\n\nResponse:\n"
    log += f"HTTP/1.1 {answer.status} {answer.reason}\r\n\r\n{answer.data.decode()}"
    if 200 <= answer.status < 300:
        return log
    raise HookError(f"webhook request failed (status code: {answer.status})", log)


def seconds(text: str) -> float:
    """Return a duration as Go writes it, such as 1m30s or 250ms; HookError.

    >>> seconds("1m30s"), seconds("250ms"), seconds("1.5h")
    (90.0, 0.25, 5400.0)
    """
    if text != "0" and not re.fullmatch(f"({PART.pattern})+", text):
        raise HookError(f'webhook request duration: time: invalid duration "{text}"')
    return sum(float(number) * UNITS[unit] for number, unit in PART.findall(text))


def _secured(merging: Merging, given: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Return values with their secrets, and the lines that the log has of them."""
    found = {key: merging.secure(value) for key, value in given.items()}
    lines = "".join(f"{key}: {shown}\n" for key, (_, shown) in found.items())
    return {key: value for key, (value, _) in found.items()}, lines
