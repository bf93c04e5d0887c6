"""Evidence from a node: headers, then whatever may hold a row, until nothing new turns up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from trust.chain.abi import interface
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import Call, RpcError, blob, hexed
from trust.errors import ChainError, InputError
from trust.evidence.blocks import Blocks
from trust.evidence.evidence import Evidence, chosen, essential, founding, unknown_ids
from trust.evidence.logs import Decoder, Event
from trust.evidence.proofs import CarriedBlock, carry, logs_of
from trust.evidence.scope import Scope, Sieve
from trust.index.found import Shifted, Untrue
from trust.proof import Header, rlp

_FOUNDERS = {
    "licence": ("Licences", "LicenceGranted"),
    "grant": ("SceneGrants", "SceneGranted"),
    "pool": ("Payroll", "PoolOpened"),
}

Progress = Callable[[int, int], None]


class Gatherer:
    """Collects one production's evidence. Raises ChainError when the node's answers can't be true or changed."""

    def __init__(self, node: Node, deployment: Deployment, production: int) -> None:
        self._node = node
        self._deployment = essential(deployment)
        self._production = production
        self._number = hexed(production.to_bytes(32, "big"))
        self._blocks = Blocks(node, deployment)
        self._decoder = Decoder(deployment)
        self._receipts: dict[int, list[bytes]] = {}
        self._events: dict[int, list[Event]] = {}

    def gather(self, first: int | None, last: int | None, progress: Progress) -> Evidence:
        """Blocks `first` to `last`; None is the deployment's, and the node's newest. `progress` hears (done, of)."""
        self._node.require_chain(self._deployment.chain_id)
        head = self._node.block("latest").number
        start = self._deployment.block if first is None else first
        end = head if last is None else last
        if not self._deployment.block <= start <= end <= head:
            raise InputError(
                f"There are no blocks {start} to {end} to pack.",
                hint=f"The deployment begins at block {self._deployment.block}; the chain is at block {head}.",
            )
        try:
            self._require_production(end)
            return self._gathered(start, end, progress)
        except Shifted as cause:
            raise ChainError(
                "The chain changed while the pack was made.",
                hint="Try again, or end it with --until at an older block.",
            ) from cause
        except (Untrue, rlp.Malformed) as cause:
            what = str(cause) if isinstance(cause, Untrue) else f"gave what can't be read: {cause}"
            raise ChainError(
                f"The node at {self._node.shown} {what}.", hint="Ask another node: give another --rpc."
            ) from cause

    def _gathered(self, start: int, end: int, progress: Progress) -> Evidence:
        headers = self._headers(start, end, progress)
        wide = start != self._deployment.block
        early: dict[int, Header] = {}
        if wide:
            self._fetch_early([*self._founding_calls(start)], early)
        while True:
            scope = Scope.of(self._production, self._all_events())
            sieve = Sieve(self._deployment, scope, wide=wide)
            wanted = [h for h in headers if h.number not in self._receipts and sieve.may_hold(h)]
            if wanted:
                self._fetch(wanted)
                continue
            missing = unknown_ids(scope, self._all_events()) if wide else []
            if not missing:
                break
            if not all(self._fetch_early([*self._owner_calls(missing, start)], early)):
                raise Untrue("doesn't tell where a licence, grant or pool comes from")
        return self._carried(headers, early, scope)

    # Headers

    def _headers(self, start: int, end: int, progress: Progress) -> tuple[Header, ...]:
        found: list[Header] = []
        for part in self._blocks.headers(start, end):
            found += part
            progress(len(found), end - start + 1)
        return tuple(found)

    # Receipts

    def _fetch(self, headers: Sequence[Header]) -> None:
        for header, encoded in self._blocks.receipts(headers):
            self._receipts[header.number] = encoded
            self._events[header.number] = self._decoder.events(logs_of(header.number, encoded))

    def _all_events(self) -> list[Event]:
        return [event for number in sorted(self._events) for event in self._events[number]]

    # What was granted before the range

    def _require_production(self, end: int) -> None:
        registered = self._logs("Productions", "ProductionRegistered", end + 1, self._number)
        if not self._node.call("eth_getLogs", registered):
            raise InputError(
                f"There is no production {self._production} up to block {end}.", hint="Check the number."
            )

    def _founding_calls(self, start: int) -> Iterator[dict[str, Any]]:
        yield self._logs("Licences", "LicenceGranted", start, None, self._number)
        yield self._logs("Payroll", "PoolOpened", start, None, self._number)

    def _owner_calls(self, missing: Sequence[tuple[str, int, int]], start: int) -> Iterator[dict[str, Any]]:
        for name, number, _ in missing:
            yield self._logs(*_FOUNDERS[name], start, hexed(number.to_bytes(32, "big")))

    def _logs(self, contract: str, event: str, before: int, *topics: str | None) -> dict[str, Any]:
        return {
            "address": self._deployment.contracts[contract],
            "fromBlock": hex(self._deployment.block),
            "toBlock": hex(before - 1),
            "topics": [hexed(topic_of(contract, event)), *topics],
        }

    def _fetch_early(self, filters: Sequence[dict[str, Any]], early: dict[int, Header]) -> list[bool]:
        """Fetch the blocks before the range in which there are such logs; for each filter, whether there are."""
        found = []
        for answer in self._node.batch([Call("eth_getLogs", (wanted,)) for wanted in filters]):
            if isinstance(answer, RpcError):
                raise answer
            found.append(bool(answer))
            for block_hash in {log["blockHash"] for log in answer}:
                header = self._blocks.header(blob(block_hash))
                early[header.number] = header
        self._fetch([header for header in early.values() if header.number not in self._receipts])
        return found

    # Proofs

    def _carried(self, headers: tuple[Header, ...], early: dict[int, Header], scope: Scope) -> Evidence:
        events = self._all_events()
        bare = Evidence(self._production, self._deployment, headers, ())
        wanted: dict[int, set[int]] = {}
        for event, _ in chosen(bare.first, scope, events):
            wanted.setdefault(event.block, set()).add(event.tx_index)
        for number, index in founding(bare, events):
            wanted.setdefault(number, set()).add(index)
        by_number = {header.number: header for header in headers} | early
        blocks = [
            self._block(by_number[number], wanted.get(number, set()), number in early)
            for number in sorted(self._receipts)
        ]
        return Evidence(self._production, self._deployment, headers, tuple(blocks))

    def _block(self, header: Header, wanted: set[int], before_range: bool) -> CarriedBlock:
        whole = self._blocks.transactions(header) if wanted else []
        return carry(header, self._receipts[header.number], whole, wanted, before_range=before_range)


def topic_of(contract: str, event: str) -> bytes:
    """First topic of a contract's event."""
    return next(topic for topic, name in interface(contract).topics().items() if name == event)
