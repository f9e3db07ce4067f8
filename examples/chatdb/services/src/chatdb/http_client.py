"""How services call each other."""

from __future__ import annotations

import json
from typing import Any, Mapping

import urllib3
from urllib3.util import Retry, Timeout

from .errors import Refused, Unavailable

# in all less than three seconds: who waits for this one has a timeout, too
RETRY = Retry(
    total=3,
    backoff_factor=0.1,
    backoff_max=1,
    backoff_jitter=0.1,
    status_forcelist=(502, 503, 504),
    # each of these may come twice: what is put has the id that the client gave it
    allowed_methods=frozenset({"GET", "HEAD", "PUT", "DELETE"}),
    raise_on_status=False,
    redirect=0,
)
TIMEOUT = Timeout(connect=1, read=5)
LONGEST = 16 * 1024 * 1024


class HttpClient:
    """A client of one service, with bounded tries and waits."""

    def __init__(self, service: str, url: str) -> None:
        self._service, self._url = service, url
        self._pool = urllib3.PoolManager(maxsize=16, retries=RETRY, timeout=TIMEOUT)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """Asks. Raises Unavailable where there is no answer, or one that says to ask again later."""
        try:
            response = self._pool.request(method, f"{self._url}{path}", body=body, headers=dict(headers or {}))
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"{self._service} does not answer ({type(error).__name__})") from None
        if response.status in (429, 502, 503, 504):
            raise Unavailable(f"{self._service} answers {response.status}")
        return response

    def get(self, path: str) -> Any | None:
        """The JSON that is there, or None where nothing is."""
        return self._json(self.request("GET", path), path)

    def put(self, path: str, body: bytes) -> Any:
        response = self.request("PUT", path, body, {"Content-Type": "application/json"})
        found = self._json(response, path)
        if found is None:
            raise Refused(502, f"{self._service} has no {path}")
        return found

    def check(self, path: str = "/health") -> None:
        """Raises where the service does not answer, without a second try."""
        try:
            response = self._pool.request("GET", f"{self._url}{path}", retries=False, timeout=Timeout(total=2))
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"{self._service} does not answer ({type(error).__name__})") from None
        if response.status >= 400:
            raise Unavailable(f"{self._service} answers {response.status}")

    def _json(self, response: urllib3.BaseHTTPResponse, path: str) -> Any | None:
        if response.status == 404:
            return None
        if response.status >= 400:
            # a fault of the request: it would be one the next time, too
            raise Refused(502, f"{self._service} answers {response.status} to {path}")
        if len(response.data) > LONGEST:
            raise Refused(502, f"{self._service} answers more than {LONGEST} bytes to {path}")
        return json.loads(response.data)
