"""One run, in a process of its own: `python -m index_bench.runs NAME TASK` prints what it took as JSON.

A run prepares (imports, finds its ranges), and is timed from there to its last row. Each reads the same logs.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, run
from time import perf_counter
from typing import Any

CONNECTIONS = 4
#: About 5 MB an answer on the bench's chain.
SPAN = 50
USED = "Used(uint256 indexed grantId, uint112 meter, bytes32 outputHash, bytes32 promptCommitment, bytes32 model)"


@dataclass(frozen=True, slots=True)
class Task:
    """What to read, and where its rows go; `where` is empty for a run that stores nothing."""

    url: str
    deployment: str
    first: int
    last: int
    where: str = ""
    peer: str = ""

    def spans(self) -> list[tuple[int, int]]:
        """All blocks in ranges."""
        return [(first, min(self.last, first + SPAN - 1)) for first in range(self.first, self.last + 1, SPAN)]


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the work, events it read, and the most memory that its process had, in MB.

    `program`: seconds of a program that did it, with its start; None when the process did it itself.
    """

    seconds: float
    events: int
    megabytes: float
    program: float | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """What another program did: events it read, seconds of its work, and with its start."""

    events: int
    seconds: float
    whole: float


Work = Callable[[], int | Program]


def floor(task: Task) -> Work:
    """The least there is: raw answers over four connections, parsed into dicts, and dropped."""
    from concurrent.futures import ThreadPoolExecutor
    from http.client import HTTPConnection
    from queue import SimpleQueue
    from urllib.parse import urlsplit

    import msgspec

    from trust.chain.deployments import Deployment

    contracts = list(Deployment.load(Path(task.deployment)).contracts.values())
    connections = [HTTPConnection(urlsplit(task.url).netloc) for _ in range(CONNECTIONS)]
    parse = msgspec.json.Decoder().decode
    free: SimpleQueue[HTTPConnection] = SimpleQueue()

    def read(span: tuple[int, int]) -> int:
        asked = {"address": contracts, "fromBlock": hex(span[0]), "toBlock": hex(span[1])}
        body = {"jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": [asked]}
        connection = free.get()
        connection.request("POST", "/", json.dumps(body), {"content-type": "application/json"})
        answer = connection.getresponse().read()
        free.put(connection)
        return len(parse(answer)["result"])

    def work() -> int:
        for connection in connections:
            free.put(connection)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            found = sum(pool.map(read, task.spans()))
        for connection in connections:
            connection.close()
        return found

    return work


def ours(task: Task) -> Work:
    """The package's own index, as `trust index sync` fills it."""
    return _index(task, verify=False)


def verified(task: Task) -> Work:
    """The same, with every block's receipts checked against its header."""
    return _index(task, verify=True)


def _index(task: Task, *, verify: bool) -> Work:
    import urllib3  # noqa: F401 - which a node's first question imports

    from trust.chain.deployments import Deployment
    from trust.chain.node import Node
    from trust.index import Index
    from trust.index.database import is_url

    if is_url(task.where):
        import trust.index.postgres  # noqa: F401 - which an index in PostgreSQL imports

    deployment = Deployment.load(Path(task.deployment))

    def work() -> int:
        with Node(task.url) as node, Index(task.where, deployment, node) as index:
            return index.sync(verify=verify).events

    return work


def web3_loop(task: Task) -> Work:
    """What many begin with: web3.py's get_logs, and process_log on each."""
    from web3 import HTTPProvider, Web3

    from trust.chain import artifacts
    from trust.chain.deployments import Deployment

    web3 = Web3(HTTPProvider(task.url))
    contracts = Deployment.load(Path(task.deployment)).contracts
    readers: dict[tuple[str, bytes], Any] = {}
    for name, address in contracts.items():
        contract = web3.eth.contract(web3.to_checksum_address(address), abi=list(artifacts.load(name).abi))
        for entry in (entry for entry in artifacts.load(name).abi if entry["type"] == "event"):
            event = contract.events[entry["name"]]()
            readers[contract.address, bytes.fromhex(event.topic[2:])] = event

    def work() -> int:
        found = []
        for first, last in task.spans():
            asked = {"address": list(contracts.values()), "fromBlock": first, "toBlock": last}
            for log in web3.eth.get_logs(asked):  # type: ignore[arg-type]
                found.append(readers[log["address"], bytes(log["topics"][0])].process_log(log))
        return len(found)

    return work


def cryo_raw(task: Task) -> Work:
    """cryo in its own sizes: blocks and logs as they are, to Parquet."""
    return _cryo(task, "")


def cryo_decoded(task: Task) -> Work:
    """The same with the fields of one event, which is all that cryo decodes at once; it leaves the others out."""
    return _cryo(task, USED)


def _cryo(task: Task, event: str) -> Work:
    import duckdb

    script = Path(__file__).with_name("cryo_run.py")
    command = [task.peer, str(script), task.url, str(task.first), str(task.last + 1), task.where, event]

    def work() -> Program:
        begun = perf_counter()
        said = run(command, check=True, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, text=True).stdout
        whole = perf_counter() - begun
        sql = "SELECT count(*) FROM read_parquet(?)"
        ((rows,),) = duckdb.execute(sql, [f"{task.where}/*__logs__*.parquet"]).fetchall()
        return Program(int(rows), float(said.split()[-1]), whole)

    return work


RUNS: dict[str, Callable[[Task], Work]] = {
    "floor": floor,
    "ours": ours,
    "verified": verified,
    "web3": web3_loop,
    "cryo raw": cryo_raw,
    "cryo decoded": cryo_decoded,
}


def _megabytes() -> float:
    # The process's own mark where it is told: ru_maxrss begins at what the parent had.
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def main(name: str, told: str) -> None:
    """Run it and say what it took."""
    work = RUNS[name](Task(**json.loads(told)))
    begun = perf_counter()
    done = work()
    seconds = perf_counter() - begun
    megabytes = max(_megabytes(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
    if isinstance(done, Program):
        took = Took(done.seconds, done.events, megabytes, done.whole)
    else:
        took = Took(seconds, done, megabytes)
    print(json.dumps(asdict(took)))


if __name__ == "__main__":
    main(*sys.argv[1:])
