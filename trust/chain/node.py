"""A node: JSON-RPC over one keep-alive session. Reads are retried, writes never are."""

from __future__ import annotations

import logging
import random
import shutil
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, cast
from urllib.parse import urlsplit

import msgspec

from trust.chain import envelope
from trust.chain.rpc import Address, Call, Endpoint, RpcError, TxHash, blob, hexed, quantity, read_error
from trust.errors import NodeUnreachable, SetupError, WrongChain

if TYPE_CHECKING:
    import urllib3

_ANVIL_PLACES = ("node_modules/.bin/anvil", "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil")
_BUSY = (429, 502, 503, 504)
_LONGEST_WAIT_SECONDS = 20.0
_T = TypeVar("_T")


def find_anvil(start: Path | None = None) -> Path:
    """The anvil program: on PATH, or in `node_modules` of `start` or a folder above it.

    `start` None: the working folder, then this project. Raises SetupError when there is none.
    """
    if on_path := shutil.which("anvil"):
        return Path(on_path)
    nearby = [start.resolve() / "-"] if start else [Path.cwd() / "-", Path(__file__).resolve()]
    for folder in dict.fromkeys(parent for place in nearby for parent in place.parents):
        for place in _ANVIL_PLACES:
            if (folder / place).is_file():
                return folder / place
    raise SetupError(
        "The program anvil (a local Ethereum chain) was not found.",
        hint="Run `npm ci --ignore-scripts` in the project folder, or install Foundry (getfoundry.sh).",
    )


def jittered(attempt: int) -> float:
    """Seconds to wait before retry number `attempt` (0, 1, ...): exponential, "full jitter", at most 8 s."""
    return random.uniform(0.05, min(8.0, 0.25 * 2.0**attempt))


@dataclass(frozen=True, slots=True)
class Block:
    """The header fields that sending and following need."""

    number: int
    hash: str
    parent_hash: str
    timestamp: int
    gas_limit: int
    base_fee: int

    @classmethod
    def read(cls, header: Any) -> Self:
        """From the answer of eth_getBlockByNumber."""
        if not isinstance(header, dict):
            raise RpcError(0, "the node does not have that block")
        return cls(
            number=quantity(header["number"]),
            hash=header["hash"],
            parent_hash=header["parentHash"],
            timestamp=quantity(header["timestamp"]),
            gas_limit=quantity(header["gasLimit"]),
            base_fee=quantity(header.get("baseFeePerGas", "0x0")),
        )


class Node:
    """An Ethereum node at an HTTP(S) URL.

    A read is tried `1 + retries` times, `backoff(n)` seconds before retry n; a write once. The environment's
    proxies are not used: pass `proxies`. Not for several threads at once.
    """

    def __init__(
        self,
        url: str,
        *,
        retries: int = 4,
        timeout_seconds: float = 30.0,
        batch_limit: int = 100,
        backoff: Callable[[int], float] = jittered,
        sleep: Callable[[float], None] = time.sleep,
        proxies: dict[str, str] | None = None,
    ) -> None:
        self._url = url
        self._endpoint = Endpoint.parse(url)
        self._retries = retries
        self._timeout_seconds = timeout_seconds
        self._batch_limit = batch_limit
        self._backoff = backoff
        self._sleep = sleep
        self._proxies = proxies
        self._pool: urllib3.PoolManager | None = None

    def __repr__(self) -> str:
        return f"Node({self._endpoint.shown})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; a later call opens a new one."""
        if self._pool is not None:
            self._pool.clear()
            self._pool = None

    @property
    def shown(self) -> str:
        """The URL without its secrets."""
        return self._endpoint.shown

    def another(self) -> Node:
        """One more connection to the same node, for another thread."""
        return Node(
            self._url,
            retries=self._retries,
            timeout_seconds=self._timeout_seconds,
            batch_limit=self._batch_limit,
            backoff=self._backoff,
            sleep=self._sleep,
            proxies=self._proxies,
        )

    # Calls

    def call(self, method: str, *params: Any) -> Any:
        """The result of one call. Raises RpcError, or NodeUnreachable."""
        call = Call(method, params)
        answer = self._post(call.body(0), retry=call.is_read)
        if not isinstance(answer, dict):
            raise self._unreachable("answered something other than JSON-RPC")
        result = self._result(answer)
        if isinstance(result, RpcError):
            raise result
        return result

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results, in order; a call the node refused has an RpcError in its place."""
        results: list[Any] = []
        for chunk in _chunks(calls, self._batch_limit):
            results.extend(self._batch(chunk))
        return results

    def bulk(self, calls: Sequence[Call], kind: type[_T]) -> Iterator[list[_T | RpcError]]:
        """As `batch`, by batches, for large answers: each is parsed straight into `kind`.

        Raises NodeUnreachable also when an answer has another form.
        """
        decode = _bulk_decoder(cast(Hashable, kind))
        for answers in self._answers(calls, lambda body, calls: decode(body)):
            # None where the node has nothing
            yield [self._refusal(entry) or entry.result for entry in answers]

    def raw(self, calls: Sequence[Call]) -> list[bytes | memoryview | RpcError]:
        """As `batch`: each result as the JSON that it came as. Not parsed: it may be no JSON, and then is no answer."""
        entries = chain.from_iterable(self._answers(calls, _raw_results))
        return [self._refusal(entry) or memoryview(entry.result) for entry in entries]

    def _answers(self, calls: Sequence[Call], read: Callable[..., Any]) -> Iterator[list[Any]]:
        for some in _chunks(calls, self._batch_limit):
            body = [call.body(number) for number, call in enumerate(some)]
            answer = self._post(
                body, retry=all(call.is_read for call in some), read=partial(read, calls=len(some))
            )
            if isinstance(answer, dict):
                self._refuse_batch(answer)
            by_id = {entry.id: entry for entry in answer}
            if len(by_id) != len(answer) or set(by_id) != set(range(len(some))):
                raise self._unreachable("left calls of a batch unanswered")
            yield [by_id[number] for number in range(len(some))]

    def submit(self, raw_transactions: Sequence[bytes]) -> list[TxHash | RpcError]:
        """Broadcast signed transactions, each once. NodeUnreachable leaves open whether they arrived."""
        calls = [Call("eth_sendRawTransaction", (hexed(raw),)) for raw in raw_transactions]
        return self.batch(calls)

    # Reads

    def chain_id(self) -> int:
        """The chain's id."""
        return quantity(self.call("eth_chainId"))

    def require_chain(self, expected: int) -> None:
        """Raises WrongChain unless the node serves chain `expected`."""
        actual = self.chain_id()
        if actual != expected:
            raise WrongChain(
                f"{self._endpoint.shown} serves chain {actual}, not {expected}.",
                hint="Give the RPC URL of the chain that the deployment was made on.",
            )

    def block(self, block: int | str = "latest") -> Block:
        """A block by number, tag or hash. Raises RpcError when the node does not have it."""
        by_hash = isinstance(block, str) and len(block) == 66
        method = "eth_getBlockByHash" if by_hash else "eth_getBlockByNumber"
        return Block.read(self.call(method, _tag(block), False))

    def balance(self, address: str, block: int | str = "latest") -> int:
        """Wei held by `address`."""
        return quantity(self.call("eth_getBalance", address, _tag(block)))

    def nonce(self, address: str, block: int | str = "latest") -> int:
        """Transactions of `address` up to `block`; "pending" counts those the node still holds."""
        return quantity(self.call("eth_getTransactionCount", address, _tag(block)))

    def code(self, address: str, block: int | str = "latest") -> bytes:
        """The contract's code at `address`, empty if none."""
        return blob(self.call("eth_getCode", address, _tag(block)))

    def eth_call(
        self, to: str, data: bytes, *, sender: Address | None = None, block: int | str = "latest"
    ) -> bytes:
        """What a call returns. A revert raises RpcError with `is_revert` and the revert data."""
        request = {"to": to, "data": hexed(data)} | ({"from": sender} if sender else {})
        return blob(self.call("eth_call", request, _tag(block)))

    # Transport

    def _batch(self, calls: Sequence[Call]) -> Iterator[Any]:
        retry = all(call.is_read for call in calls)
        answer = self._post([call.body(number) for number, call in enumerate(calls)], retry=retry)
        if isinstance(answer, dict):
            self._refuse_batch(answer)
        by_id = {entry.get("id"): entry for entry in answer if isinstance(entry, dict)}
        for number in range(len(calls)):
            if number not in by_id:
                raise self._unreachable("left calls of a batch unanswered")
            yield self._result(by_id[number])

    def _refuse_batch(self, answer: dict[str, Any]) -> NoReturn:
        # A server that refuses the whole batch answers one object.
        error = self._result(answer)
        raise error if isinstance(error, RpcError) else self._unreachable("does not answer batches")

    def _refusal(self, entry: _Bulk[Any] | _Raw) -> RpcError | None:
        return None if entry.error is None else read_error(entry.error, self._endpoint)

    def _result(self, answer: dict[str, Any]) -> Any:
        if "error" in answer:
            return read_error(answer["error"], self._endpoint)
        return answer.get("result")

    def _post(self, body: object, *, retry: bool, read: Callable[[bytes], Any] = msgspec.json.decode) -> Any:
        payload = msgspec.json.encode(body)
        tries = 1 + (self._retries if retry else 0)
        for attempt in range(tries):
            outcome = self._try(payload, read)
            if not isinstance(outcome, _Trouble):
                return outcome
            if not outcome.passing or attempt + 1 == tries:
                raise self._unreachable(outcome.what)
            self._sleep(max(self._backoff(attempt), outcome.wait_seconds))
        raise AssertionError("unreachable: tries >= 1")

    def _try(self, payload: bytes, read: Callable[[bytes], Any]) -> Any:
        import urllib3

        try:
            response = self._open().request(
                "POST",
                self._endpoint.url,
                body=payload,
                redirect=False,  # it would post a write, and the key, a second time elsewhere
                preload_content=False,
            )
            # At once: large answers aren't put together from pieces.
            body = response.read(decode_content=True)
            response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            # Not chained: urllib3 writes the URL, and with it any API key, into its errors.
            return _Trouble(f"gave no answer ({type(error).__name__})")
        answer = _decoded(body, read)
        if limit := self._rate_limit(answer):
            return _Trouble(f"limits the rate: {limit}", wait_seconds=_retry_after(response))
        if isinstance(answer, dict) and "error" in answer:
            return answer
        if response.status in _BUSY:
            return _Trouble(f"answered HTTP {response.status}", wait_seconds=_retry_after(response))
        if answer is None or response.status >= 400:
            return _Trouble(f"answered HTTP {response.status} without a result", passing=False)
        return answer

    def _rate_limit(self, answer: Any) -> str:
        for entry in answer if isinstance(answer, list) else [answer]:
            told = entry.get("error") if isinstance(entry, dict) else getattr(entry, "error", None)
            if told is not None:
                error = read_error(told, self._endpoint)
                if error.is_rate_limit:
                    return error.reason
        return ""

    def _open(self) -> urllib3.PoolManager:
        if self._pool is None:
            import urllib3

            _hide_urls_from_logs()
            headers = urllib3.make_headers(accept_encoding="gzip,deflate", basic_auth=self._endpoint.login)
            options: dict[str, Any] = {
                "headers": headers | {"content-type": "application/json"},
                "timeout": self._timeout_seconds,
                "retries": False,
            }
            if self._endpoint.url.startswith("https"):
                import certifi

                options["ca_certs"] = certifi.where()
            proxy = (self._proxies or {}).get(urlsplit(self._endpoint.url).scheme)
            self._pool = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
        return self._pool

    def _unreachable(self, what: str) -> NodeUnreachable:
        return NodeUnreachable(
            f"The node at {self._endpoint.shown} {what}.",
            hint="Check the RPC URL and its key, and that the node is running.",
        )


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why there is no usable answer, and whether trying again may help."""

    what: str
    passing: bool = True
    wait_seconds: float = 0.0


def _hide_urls_from_logs() -> None:
    # At DEBUG, urllib3 logs every path, and paths hold API keys; its warnings on retries do too.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)


class _Bulk(msgspec.Struct, Generic[_T]):
    id: int
    result: _T | None = None
    error: Any = None


class _Raw(msgspec.Struct):
    id: int
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: Any = None


def _raw_results(body: bytes, calls: int) -> Any:
    usual = envelope.results(body, calls)
    return (
        [_Raw(number, msgspec.Raw(result)) for number, result in enumerate(usual)]
        if usual
        else _raw_decoder()(body)
    )


@cache
def _raw_decoder() -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(list[_Raw] | dict[str, Any]).decode


@cache
def _bulk_decoder(kind: Any) -> Callable[[bytes], Any]:
    form: Any = list[_Bulk[kind]] | dict[str, Any]
    return msgspec.json.Decoder(form).decode


def _decoded(body: bytes, read: Callable[[bytes], Any]) -> Any:
    try:
        return read(body)
    except (ValueError, msgspec.DecodeError, msgspec.ValidationError):
        return None


def _retry_after(response: urllib3.BaseHTTPResponse) -> float:
    given = response.headers.get("retry-after", "")
    return min(float(given), _LONGEST_WAIT_SECONDS) if given.isdigit() else 0.0


def _tag(block: int | str) -> str:
    return hex(block) if isinstance(block, int) else block


def _chunks(calls: Iterable[Call], size: int) -> Iterator[list[Call]]:
    iterator = iter(calls)
    while chunk := list(islice(iterator, size)):
        yield chunk
