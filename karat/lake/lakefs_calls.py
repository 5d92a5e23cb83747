"""Calls to one lakeFS server: so many at once, tried again where that may help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlencode

from lakefs_sdk import Configuration
from lakefs_sdk.client import LakeFSClient
from lakefs_sdk.exceptions import ApiException
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential
from urllib3 import Timeout

from karat.errors import KaratError, LakeUnusable
from karat.lake import lakefs_failures as failures
from karat.lake.lakefs_access import Access

PAGE = 1000
CONNECT_S = 10.0
MOST_PAUSE_S = 20.0


class Readable(Protocol):
    """Bytes to be sent."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, none at the end."""


Body = bytes | Iterator[memoryview] | Readable
Known = TypeVar("Known")
Settled = Callable[[], object | None]
"""Tells whether a call that failed was done all the same, and what it gave; None for no."""


class Calls:
    """A connection to the API at `server` for one repository; safe for threads.

    Nothing of it is shared with another: each has its own client, configuration and sockets.
    """

    def __init__(self, access: Access, server: str, repository: str) -> None:
        settings = Configuration(host=server, username=access.key_id, password=access.secret)
        settings.retries = False  # we know better which calls may be repeated
        settings.connection_pool_maxsize = access.at_once
        self._access, self.server, self.repository = access, server, repository
        self.api = LakeFSClient(settings, header_name="X-Lakefs-Client", header_value="karat")
        self._free = BoundedSemaphore(access.at_once)
        self.offers_urls = bool(self._config().pre_sign_support)

    def _config(self) -> Any:
        return self.ask("read its configuration", self.api.config_api.get_config).storage_config

    def ask(
        self,
        what: str,
        call: Callable[..., Any],
        *given: object,
        missing: KaratError | None = None,
        otherwise: Callable[[BaseException], KaratError | None] = lambda _: None,
        **options: object,
    ) -> Any:
        """Return what a call gives that may be repeated; `what` tells of it in errors.

        `missing` is raised for what is not there, `otherwise` may know a better error.
        """
        options = self.limits | options
        return self.change(what, lambda: something(call(*given, **options)), missing, otherwise)

    def order(
        self, what: str, call: Callable[..., Any], *given: object, missing: KaratError | None = None
    ) -> None:
        """Make a call that may be repeated and gives nothing."""
        self.change(what, lambda: call(*given, **self.limits), missing)

    def change(
        self,
        what: str,
        call: Callable[[], Any],
        missing: KaratError | None = None,
        otherwise: Callable[[BaseException], KaratError | None] = lambda _: None,
        settled: Settled = lambda: None,
        passes: Callable[[BaseException], bool] = failures.passes,
    ) -> Any:
        """Return what `call` gives, or what `settled` finds once it was made in vain.

        A call that was given up may be done while it is made again, which is then refused.
        """
        number = 1
        try:
            for attempt in self._attempts(passes):
                number = attempt.retry_state.attempt_number
                with attempt:
                    if number > 1 and (done := settled()) is not None:
                        return done
                    with self._free:
                        return call()
        except failures.Failure as error:
            if isinstance(error, KaratError):
                raise
            if (number > 1 or passes(error)) and (done := settled()) is not None:
                return done
            if failures.status(error) == failures.MISSING and missing is not None:
                raise missing from error
            raise otherwise(error) or failures.translated(error, self.server, what) from error
        raise AssertionError("the last attempt returns or raises")

    @property
    def limits(self) -> dict[str, Any]:
        """Return how long a call of the client waits to connect, and to be told anything."""
        return {"_request_timeout": (CONNECT_S, self._access.timeout_s)}

    def _attempts(self, passes: Callable[[BaseException], bool]) -> Retrying:
        return Retrying(
            stop=stop_after_attempt(self._access.attempts),
            wait=wait_random_exponential(self._access.pause_s, MOST_PAUSE_S),
            retry=retry_if_exception(
                lambda error: not isinstance(error, KaratError) and passes(error)
            ),
            reraise=True,
        )

    def pages(self, what: str, call: Callable[..., Any], *given: object, **options: Any) -> Any:
        """Yield all results of a listing, a page of 1000 at a time."""
        after, more, seen = "", True, {""}
        while more:
            found = self.ask(what, call, *given, after=after, amount=PAGE, **options)
            yield from found.results
            after, more = self.next_page(what, found.pagination, seen)

    def next_page(self, what: str, told: Any, seen: set[str]) -> tuple[str, bool]:
        """Return where the next page begins, which `seen` will hold, and whether there is one.

        LakeUnusable for a page that was seen, which would never end.
        """
        if told.has_more and told.next_offset in seen:
            raise LakeUnusable(
                f"{self.server}: {what}: the page after {told.next_offset!r} is said to follow "
                "itself: is it lakeFS?"
            )
        seen.add(told.next_offset)
        return told.next_offset, told.has_more

    def each(self, work: Callable[[Known], Any], items: list[Known]) -> Iterator[Any]:
        """Yield what `work` makes of each item, in their order; several at once."""
        if len(items) < 2:  # noqa: PLR2004 - nothing to do at once
            yield from map(work, items)
            return
        with ThreadPoolExecutor(min(len(items), self._access.at_once), "karat-lakefs") as pool:
            yield from pool.map(work, items)

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: Body = b"",
    ) -> Any:
        """Return the answer to one request, its body still to be read.

        The client's own calls keep all of a body in memory, and know no stream to send.
        """
        api = self.api.objects_api.api_client
        signed = dict(headers)
        api.update_params_for_auth(signed, None, ["basic_auth"], path, method, None)
        address = f"{self.server}/repositories/{self.repository}/{quote(path)}?{urlencode(query)}"
        answer = api.rest_client.pool_manager.request(
            method,
            address,
            body=body,
            headers=signed,
            timeout=self._patience,
            preload_content=False,
        )
        return checked(answer)

    def fetch(self, url: str) -> Any:
        """Return the answer of an object store to a URL that needs no key."""
        pool = self.api.objects_api.api_client.rest_client.pool_manager
        return checked(pool.request("GET", url, timeout=self._patience, preload_content=False))

    @property
    def _patience(self) -> Timeout:
        return Timeout(connect=CONNECT_S, read=self._access.timeout_s)


def something(answer: Any) -> Any:
    """Return an answer; TypeError for a bare null, which the client takes for any object."""
    if answer is None:
        raise TypeError("the answer is null")
    return answer


def drained(answer: Any) -> bytes:
    """Return the rest of an answer, and give its connection back; close it when that fails."""
    with closed_on_failure(answer):
        return bytes(answer.read())


@contextmanager
def closed_on_failure(answer: Any) -> Iterator[None]:
    """Give an answer's connection back when it was read, and close it when something went wrong."""
    try:
        yield
    except BaseException:
        answer.close()
        raise
    answer.release_conn()


def checked(answer: Any) -> Any:
    """Return an answer of success, raise any other as the client would."""
    if 200 <= answer.status < 300:  # noqa: PLR2004 - as in HTTP
        return answer
    error = ApiException(status=answer.status, reason=answer.reason)
    error.body = drained(answer).decode("utf-8", "replace")
    raise error
