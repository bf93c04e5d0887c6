"""Roots and proofs of the tries that a block header commits to: values by their place, 0, 1, 2, ...

A leaf or an extension holds a path of nibbles and a value or a child; a branch holds sixteen children. A child is
its node's hash, or the node itself when that is shorter. Source: Ethereum Yellow Paper, appendix D.
"""

from __future__ import annotations

from collections.abc import Sequence

from eth_utils.crypto import keccak

from trust.proof import rlp

EMPTY_ROOT = keccak(b"\x80")
_HASH = 32

# Paths and values in order of their paths, and where in the paths this part begins.
_Entries = Sequence[tuple[bytes, bytes]]


def root_of(values: Sequence[bytes]) -> bytes:
    """Root of the trie that holds these values."""
    if not values:
        return EMPTY_ROOT
    return keccak(_node(_sorted(values), 0, None, b""))


def prove(values: Sequence[bytes], place: int) -> list[bytes]:
    """The nodes from the root to the value at `place`; `verify` checks them. Raises IndexError."""
    if not 0 <= place < len(values):
        raise IndexError(f"there is no value {place} among {len(values)}")
    path: list[bytes] = []
    entries = _sorted(values)
    path.insert(0, _node(entries, 0, path, _nibbles(place)))
    return path


def verify(root: bytes, place: int, nodes: Sequence[bytes]) -> bytes:
    """The value at `place` under `root`. Raises rlp.Malformed when the nodes don't prove one."""
    path, wanted = _nibbles(place), root
    remaining = list(nodes)
    node = _resolved(wanted, remaining)
    while True:
        items = rlp.decode_list(node)
        if len(items) == 17:
            if not path:
                if remaining or not items[16]:
                    raise rlp.Malformed("nodes that aren't needed, or no value")
                return items[16]
            child, path = items[path[0]], path[1:]
        elif len(items) == 2:
            prefix, leaf = _prefix(items[0])
            if path[: len(prefix)] != prefix:
                raise rlp.Malformed("the path leads elsewhere")
            path = path[len(prefix) :]
            if leaf:
                if path or remaining:
                    raise rlp.Malformed("the path goes on, or nodes aren't needed")
                return items[1]
            child = items[1]
        else:
            raise rlp.Malformed("not a node")
        node = child if child[:1] >= b"\xc0" and len(child) < _HASH else _resolved(child, remaining)


def _resolved(wanted: bytes, remaining: list[bytes]) -> bytes:
    if not remaining or keccak(remaining[0]) != wanted:
        raise rlp.Malformed("a node is missing, or isn't the one that its parent names")
    return remaining.pop(0)


def _sorted(values: Sequence[bytes]) -> _Entries:
    return sorted((_nibbles(place), value) for place, value in enumerate(values))


def _nibbles(place: int) -> bytes:
    return bytes(nibble for byte in rlp.encode_int(place) for nibble in (byte >> 4, byte & 15))


def _node(entries: _Entries, depth: int, proof: list[bytes] | None, path: bytes) -> bytes:
    """The encoded node over `entries`. With `proof`, the hashed nodes below it on `path` are put before it."""
    if len(entries) == 1:
        return rlp.encode_list((rlp.encode(_packed(entries[0][0][depth:], 2)), rlp.encode(entries[0][1])))
    first, last = entries[0][0], entries[-1][0]
    shared = depth
    while first[shared : shared + 1] == last[shared : shared + 1] and shared < len(first):
        shared += 1
    if shared > depth:
        child = _child(entries, shared, proof, path)
        return rlp.encode_list((rlp.encode(_packed(first[depth:shared], 0)), child))
    children, start = [], 0
    for nibble in range(16):
        end = start
        while end < len(entries) and entries[end][0][depth] == nibble:
            end += 1
        on_path = proof if path[depth : depth + 1] == bytes((nibble,)) else None
        children.append(_child(entries[start:end], depth + 1, on_path, path) if end > start else b"\x80")
        start = end
    # Places encode to paths of which none begins another, so no value ends in a branch.
    return rlp.encode_list((*children, b"\x80"))


def _child(entries: _Entries, depth: int, proof: list[bytes] | None, path: bytes) -> bytes:
    node = _node(entries, depth, proof, path)
    if len(node) < _HASH:
        return node
    if proof is not None:
        proof.insert(0, node)
    return rlp.encode(keccak(node))


def _packed(path: bytes, flag: int) -> bytes:
    """Nibbles as bytes: the flag says a leaf (2) or an extension (0), and one more that they are odd."""
    odd = len(path) % 2
    nibbles = bytes((flag + odd,)) + (b"" if odd else b"\0") + path
    return bytes(high << 4 | low for high, low in zip(nibbles[::2], nibbles[1::2], strict=True))


def _prefix(packed: bytes) -> tuple[bytes, bool]:
    if not packed or packed[0] >> 4 > 3:
        raise rlp.Malformed("a path without its flag")
    nibbles = bytes(nibble for byte in packed for nibble in (byte >> 4, byte & 15))
    flag = nibbles[0]
    if not flag & 1 and nibbles[1]:
        raise rlp.Malformed("a path with a filled gap")
    return nibbles[1 if flag & 1 else 2 :], flag >= 2
