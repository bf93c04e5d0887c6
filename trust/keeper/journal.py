"""The keeper's log on standard error: JSON lines for machines, plain lines for a person at a terminal."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from trust.keeper.model import Run


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        run = getattr(record, "run", None)
        if isinstance(run, Run):
            line["run"] = asdict(run)
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def write_log(as_json: bool | None = None) -> None:
    """Send the keeper's log to standard error; `as_json` None: unless that is a terminal."""
    handler = logging.StreamHandler(sys.stderr)
    machine = not sys.stderr.isatty() if as_json is None else as_json
    handler.setFormatter(JsonLines() if machine else logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    log = logging.getLogger("trust.keeper")
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
