"""What the routes work with: the index's readers, sign-ins, and the node if there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request, Response

from trust.api.access import Right, members_of, require
from trust.api.answers import Asked, answer
from trust.api.lanes import Lane, Readers
from trust.api.metrics import Metrics
from trust.api.options import Options
from trust.api.refusals import NotAllowed, SignInRefused
from trust.api.signing import Nonces, Tokens
from trust.api.siwe import LONGEST, STATEMENT, Message
from trust.api.wallets import refused, signed_by_contract, signed_by_key
from trust.chain.node import Node
from trust.errors import ChainError
from trust.index import Index
from trust.index.index import Status
from trust.index.store import deployment_digest

_SKEW_SECONDS = 60
_NODE_SECONDS = 5.0
View = Callable[[Index], Any]


class Service:
    """One API's state; `close` ends its threads."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.metrics = Metrics()
        self.nonces = Nonces(options.secret)
        audience = f"{options.url} {deployment_digest(options.deployment)}"
        self.tokens = Tokens(options.secret, audience)
        self.readers = Readers(lambda: Index(options.where, options.deployment), options.readers)
        self._auditors = frozenset(wallet.lower() for wallet in options.auditors)
        self._digest: tuple[str | None, str] | None = None
        rpc = options.rpc
        self._node = None
        if rpc is not None:
            self._node = Lane(lambda: Node(rpc, retries=1, timeout_seconds=_NODE_SECONDS), 1)

    def close(self) -> None:
        """Finish what is asked, and close every connection."""
        self.readers.close()
        if self._node is not None:
            self._node.close()

    def now(self) -> float:
        """Unix seconds."""
        return self.options.clock()

    # Answers

    async def from_rows(self, request: Request, view: View) -> Response:
        """A public answer from rows alone."""
        asked = Asked.of(request, private=False)
        return await self.readers.rows(lambda index: answer(index, asked, view))

    async def from_books(self, request: Request, view: View) -> Response:
        """A public answer from the books."""
        asked = Asked.of(request, private=False)
        return await self.readers.books(lambda index: answer(index, asked, view))

    async def for_member(
        self, request: Request, wallet: str, member: int, right: Right, view: View
    ) -> Response:
        """An answer for those who may read the member. Raises NotAllowed."""
        asked = Asked.of(request, private=True)

        def job(index: Index) -> Response:
            with index.reading():
                require(
                    index.books(),
                    member,
                    right,
                    wallet=wallet,
                    auditor=self.audits(wallet),
                    now=index.latest() or 0,
                )
                return answer(index, asked, view)

        return await self.readers.books(job)

    async def for_auditor(self, request: Request, wallet: str, view: View, *, books: bool) -> Response:
        """An answer for auditors. Raises NotAllowed."""
        if not self.audits(wallet):
            raise NotAllowed(f"{wallet} is no auditor's wallet.", hint="Sign in with an auditor's wallet.")
        asked = Asked.of(request, private=True)
        readers = self.readers.books if books else self.readers.rows
        return await readers(lambda index: answer(index, asked, view))

    # The index and the chain

    async def status(self) -> Status:
        """Where the index stands."""
        return await self.readers.rows(lambda index: index.status())

    async def head(self) -> int | None:
        """The chain's last block; None without a node, or when it doesn't answer."""
        if self._node is None:
            return None
        try:
            return await self._node.run(lambda node: node.block("latest").number)
        except ChainError:
            return None

    def digest(self, index: Index, status: Status) -> str:
        """The index's digest; worked out once a block. For the books' thread."""
        if self._digest is None or self._digest[0] != status.block_hash:
            self._digest = (status.block_hash, index.digest())
        return self._digest[1]

    def lag(self, status: Status) -> int | None:
        """Age of the index's last block, seconds; None before the first sync."""
        return None if status.timestamp is None else max(0, int(self.now()) - status.timestamp)

    def problems(self, status: Status) -> list[str]:
        """What keeps answers from being up to date."""
        lag = self.lag(status)
        if lag is None:
            return ["The index is empty."]
        return (
            [f"The index stopped: its last block is {lag} s old."] if lag > self.options.stale_after else []
        )

    # Signing in

    def audits(self, wallet: str) -> bool:
        """Whether the wallet is an auditor's."""
        return wallet.lower() in self._auditors

    def invitation(self, address: str) -> Message:
        """What `address` may sign to sign in."""
        now = self.now()
        nonce, expires = self.nonces.issue(now)
        options = self.options
        return Message(
            scheme=None,
            domain=options.domain,
            address=address,
            statement=STATEMENT,
            uri=options.url,
            version="1",
            chain_id=options.deployment.chain_id,
            nonce=nonce,
            issued_at=now,
            expiration_time=expires,
        )

    async def sign_in(self, text: str, signature: bytes) -> tuple[str, str, int, dict[int, frozenset[Right]]]:
        """Wallet, token, when it expires, and the members it reads. Raises SignInRefused or NotAllowed."""
        if len(text) > LONGEST:
            raise SignInRefused("That is not a sign-in message (EIP-4361).", hint="It is too long.")
        message = Message.parse(text)
        self._check(message)
        await self._check_signature(text, signature, message.address)
        self.nonces.spend(message.nonce, self.now())
        wallet = message.address
        members = await self.readers.books(
            lambda index: members_of(index.books(), wallet, index.latest() or 0)
        )
        if not members and not self.audits(wallet):
            raise NotAllowed(
                f"{wallet} is no member's key, guardian or delegate, and no auditor.",
                hint="Sign in with the key that signs your consents, not the wallet that is paid.",
            )
        expires = int(self.now()) + self.options.token_seconds
        return wallet, self.tokens.issue(wallet, expires), expires, members

    def _check(self, message: Message) -> None:
        options, now = self.options, self.now()
        wanted: dict[str, tuple[object, object]] = {
            "domain": (message.domain, options.domain),
            "scheme": (message.scheme or options.scheme, options.scheme),
            "URI": (message.uri, options.url),
            "version": (message.version, "1"),
            "chain": (message.chain_id, options.deployment.chain_id),
            "statement": (message.statement, STATEMENT),
        }
        for what, (found, expected) in wanted.items():
            if found != expected:
                raise SignInRefused(
                    f"The message's {what} is {found}, not {expected}.",
                    hint="Don't sign in here with a message made for another site.",
                )
        self.nonces.check(message.nonce, now)
        if message.issued_at > now + _SKEW_SECONDS:
            raise SignInRefused("The message was issued in the future.", hint="Check the device's clock.")
        if message.not_before is not None and message.not_before > now:
            raise SignInRefused("The message is not valid yet.", hint="Check the device's clock.")
        if message.expiration_time is not None and message.expiration_time <= now:
            raise SignInRefused("The message has expired.", hint="Get a new nonce and sign again.")

    async def _check_signature(self, text: str, signature: bytes, address: str) -> None:
        if signed_by_key(text, signature, address):
            return
        if self._node is not None and await self._node.run(
            lambda node: signed_by_contract(node, text, signature, address)
        ):
            return
        raise refused(by_contract=self._node is not None)
