"""The results in an answer to a batch, as the JSON that they came as, where a node writes answers in the usual way."""

from __future__ import annotations


def results(body: bytes, calls: int) -> list[memoryview] | None:
    """Each call's result, in order; None for an answer that is written in another way, or has an error.

    Nothing between the envelopes is looked at: it is JSON, and the results are these, if each of them is.
    """
    if not calls or not body.startswith(b"[") or not body.endswith(b"}]"):
        return None
    found, end, text = [], len(body) - len(b"}]"), memoryview(body)
    for number in reversed(range(calls)):
        opening = b'%s{"jsonrpc":"2.0","id":%d,"result":' % (b"}," if number else b"[", number)
        # The last calls are those with short results: from the end they are found at once.
        begin = body.rfind(opening, 0, end) if number else 0
        if begin < 0 or not body.startswith(opening, begin) or begin + len(opening) >= end:
            return None
        found.append(text[begin + len(opening) : end])
        end = begin
    return found[::-1]
