"""Runs cryo under the Python that has it: URL, first block, block after the last, folder, event to decode or "".

Prints how many seconds cryo itself took.
"""

from __future__ import annotations

import os
import sys
from time import perf_counter

import cryo  # type: ignore[import-not-found]  # in an environment of its own


def main(url: str, first: str, end: str, folder: str, event: str) -> None:
    """Blocks and logs into Parquet files, in cryo's own sizes."""
    decoded = {"event_signature": event} if event else {}
    wanted = {"blocks": [f"{first}:{end}"], "output_dir": folder, "no_verbose": True, **decoded}
    begun = perf_counter()
    cryo.freeze(["blocks", "logs"], rpc=url, **wanted)
    print(perf_counter() - begun, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
    # Its threads may crash an interpreter that ends.
    os._exit(0)
