"""A story's index, served over HTTP, for the tests of the API."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import uvicorn
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from test_index_story import DAY, Story, long_story, played

from trust.api import Options, create_app
from trust.api.server import listen, url_of
from trust.chain.deployments import Deployment
from trust.index import Index
from trust.testing import LocalChain

NOBODY = "0x" + "0" * 40
# Known keys: test ids are made of their addresses, and must be the same in every process.
AUDITOR: LocalAccount = Account.from_key("0x" + "a1" * 32)
STRANGER: LocalAccount = Account.from_key("0x" + "b2" * 32)
#: Of anvil's accounts; the delegate is member 1's, the guardian the minor's (member 3).
MEMBER, OTHER, MINOR, _, DELEGATE, GUARDIAN = LocalChain().accounts[4:10]
_FOLDER = TemporaryDirectory()


def api_story(story: Story) -> None:
    """The long story, in which member 1 is at both productions; a minor with a guardian; a delegate."""
    long_story(story)
    adult_at = story.now() + 1_000 * DAY
    story.send(story.union, "Members", "enrol", MINOR.address, MINOR.address, 0, GUARDIAN.address, adult_at)
    fields, signature = story.signed(
        1, "Delegation", "Members", memberId=1, delegate=DELEGATE.address, allowed=True
    )
    story.send(story.studio, "Members", "setDelegate", fields, signature)


@cache
def synced() -> tuple[Path, Deployment]:
    """An index of it, made once; the chain is gone."""
    folder = Path(_FOLDER.name)
    with played(folder, api_story) as story:
        with Index(folder / "i.db", story.deployment, story.chain.node) as index:
            index.sync()
        return folder / "i.db", story.deployment


class Api(httpx.Client):
    """A client of a server in this process."""

    def __init__(self, options: Options, app: Any) -> None:
        super().__init__(base_url=options.url, timeout=30)
        self.given = options
        self.app = app

    def message(self, account: LocalAccount) -> str:
        """What the account is asked to sign."""
        return str(self.get("/auth/nonce", params={"address": account.address}).json()["message"])

    def verify(self, message: str, account: LocalAccount) -> httpx.Response:
        """The answer to a message that the account signed."""
        return self.post("/auth/verify", json={"message": message, "signature": signature(message, account)})

    def sign_in(self, account: LocalAccount) -> dict[str, str]:
        """Headers of somebody signed in."""
        answer = self.verify(self.message(account), account)
        assert answer.status_code == 200, answer.text
        return {"authorization": f"Bearer {answer.json()['token']}"}


def signature(message: str, account: LocalAccount) -> str:
    return "0x" + bytes(account.sign_message(encode_defunct(text=message)).signature).hex()


@contextmanager
def served(
    where: Path | str | None = None, deployment: Deployment | None = None, **more: Any
) -> Iterator[Api]:
    """A real server over an index, by default the story's; it takes any number of requests unless told otherwise."""
    if deployment is None:
        where, deployment = synced()
    assert where is not None
    given = {"auditors": frozenset({AUDITOR.address}), "rate": 1e9, "burst": 1e9} | more
    with listen("127.0.0.1", 0) as listener:
        options = Options(where, deployment, **{"url": url_of(listener)} | given)
        app = create_app(options)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            deadline = time.monotonic() + 20
            while not server.started:
                assert thread.is_alive()
                assert time.monotonic() < deadline
                time.sleep(0.005)
            with Api(options, app) as api:
                api.base_url = httpx.URL(url_of(listener))
                yield api
        finally:
            server.should_exit = True
            thread.join()
