"""Whether a wallet signed a message: a key's signature, or with a node a contract wallet's (ERC-1271)."""

from __future__ import annotations

from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import SignableMessage, encode_defunct
from eth_utils.crypto import keccak

from trust.api.refusals import SignInRefused
from trust.chain.node import Node
from trust.chain.rpc import RpcError

_MAGIC = bytes.fromhex("1626ba7e")
# The upper half of the curve's order holds second signatures of the same message (EIP-2).
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_KEY_BYTES = 65


def signed_by_key(text: str, signature: bytes, address: str) -> bool:
    """Whether the key of `address` signed the text (EIP-191)."""
    if len(signature) != _KEY_BYTES or int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        return False
    try:
        return bool(Account.recover_message(_signable(text), signature=signature) == address)
    except Exception:  # eth-account and eth-keys raise several unrelated types for a bad signature
        return False


def signed_by_contract(node: Node, text: str, signature: bytes, address: str) -> bool:
    """Whether the contract at `address` takes the signature. Raises NodeUnreachable."""
    message = _signable(text)
    digest = keccak(b"\x19" + message.version + message.header + message.body)
    data = _MAGIC + encode(["bytes32", "bytes"], [digest, signature])
    try:
        returned = node.eth_call(address, data)
    except RpcError:  # it reverted, or isn't one
        return False
    return returned == _MAGIC.ljust(32, b"\0")


def refused(by_contract: bool) -> SignInRefused:
    """The signature is not the wallet's."""
    if by_contract:
        return SignInRefused(
            "Neither the wallet's key nor its contract made that signature.", hint="Sign again."
        )
    return SignInRefused(
        "The wallet's key didn't make that signature.",
        hint="Sign exactly the message. A contract wallet can sign in where the server was given --rpc.",
    )


def _signable(text: str) -> SignableMessage:
    return encode_defunct(text=text)
