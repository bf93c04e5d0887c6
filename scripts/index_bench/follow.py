"""A follower in a process of its own: `python -m index_bench.follow URL DEPLOYMENT WHERE [WEBSOCKET]`.

Says "following" when it is at the head, and follows until it is ended.
"""

from __future__ import annotations

import sys
from pathlib import Path

from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.index import Index
from trust.index.watch import watch


def main(url: str, deployment: str, where: str, subscribe: str | None = None) -> None:
    """Follow."""
    with Node(url) as node, Index(where, Deployment.load(Path(deployment)), node) as index:
        index.sync()
        print("following", flush=True)
        for _ in watch(index, subscribe=subscribe):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
