"""Fields of consents: from words to values, and from values to words a member understands."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from trust.cli import parse
from trust.cli.licence import slashed
from trust.cli.show import dollars, facts, moment, names
from trust.errors import ConsentError, InputError
from trust.model import NO_DEPTH_CAP, AssetClass, MaterialKind, ReplicaType, Representation, mask
from trust.provenance.kinds import Role
from trust.provenance.uses import USES, Permission

_AMOUNTS = frozenset({"fee", "iterationFee", "maxSpend", "price", "trainingFee"})
_ENUMS: dict[str, Any] = {
    "assetClass": AssetClass,
    "replicaType": ReplicaType,
    "representation": Representation,
    "role": Role,
    "kind": MaterialKind,
}
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")
_NONCE_BITS = 32
_DEADLINE_SECONDS = 30 * 86_400

#: What signing each kind means.
MEANING = {
    "ScanConsent": "I agree to be scanned. This alone lets nobody use the scan in a scene.",
    "Erasure": "I want this record erased.",
    "TrainingConsent": "I agree that this production trains models on my records, until the end below.",
    "LicenceExtension": "I agree that this licence ends later, for the fee below.",
    "LicenceRevocation": "I end this licence for good. What I have earned stays mine.",
    "SceneConsent": "I agree that my double is used in one scene, within the limits below and no further.",
    "GrantRevocation": "I end the use of my double in this scene from now on. What was used stays paid.",
    "FinalCount": "The studio states how many iterations of this grant were not used.",
    "Restatement": "I agree that the studio states lower savings, so that my premium is lower from now on.",
    "PayoutChange": "I want to be paid at another wallet.",
    "PayoutCancellation": "I no longer want to be paid at that other wallet.",
    "Delegation": "I name or remove somebody who may revoke for me, and never agree for me.",
    "AgentAppointment": "I give an agent a share of what I am paid, from the next cycle on; 0 % ends it.",
    "RecoveryCancellation": "I stop the recovery of my membership: I still have my key.",
    "ConsentCancellation": "I withdraw a consent that was not used yet, for good.",
    "BackgroundConsent": "I agree that my double stands in the crowd of one scene, within the limits below.",
    "CollectiveTrainingConsent": "I agree that one model is trained on my records with those of others.",
    "PoolRevocation": "I leave these terms for good, from now on. What I have earned stays mine.",
    "ContributionConfirmation": "The record of what I did in this asset is right.",
    "ContributionDispute": "The record of this asset is wrong about me, or leaves me out.",
    "ArchiveDeclaration": "I state what machines may do with my archive. It replaces what I stated of it before.",
    "DisclosureAcknowledgement": "I was told that this material is machine-made. I agree to nothing else.",
    "DisclosureContest": "What the studio disclosed of this material is wrong, for a reason that I can show.",
    "UndisclosedReport": "I was given this to work from, it is machine-made, and nobody disclosed it to me.",
    "RoomJoin": "I write for this production in these weeks, as a human writer of its room.",
    "RoomLeave": "I write for this production no more, from next week on.",
    "SoleTeam": "We, and nobody else, write every episode of this production.",
    "ContributionStatement": "I agree that these shares of the writers' pool are right, mine included.",
    "Attestation": "I attest that I counted these works of the production, by these rules, up to this block.",
    "CreditChallenge": "I challenge this human-audit credit, for a reason that I can show.",
    "CreditRevocation": "I revoke the human-audit credit that I attested.",
}

_LABELS = {
    "memberId": "Member",
    "productionId": "Production",
    "licenceId": "Licence",
    "grantId": "Grant",
    "recordId": "Record",
    "modalities": "What of me",
    "description": "In words",
    "noticeWaived": "I waive the notice before a scan",
    "representation": "Advised by",
    "expires": "Ends",
    "notBefore": "Begins",
    "rateCardVersion": "Prices of rate card",
    "trainingFee": "Fee for training",
    "maxSyntheticDepth": "Machine-made data to train on",
    "fee": "Fee, paid at once",
    "iterationFee": "Fee for each iteration",
    "maxIterations": "Iterations at most",
    "maxSeconds": "Seconds at most",
    "maxSpend": "Fees in all at most",
    "digitalDays": "Days of digital performance",
    "longestStreamWeeks": "A premium streams at most",
    "assetClass": "Asset class",
    "replicaType": "Replica",
    "sceneHash": "Scene (hash)",
    "unusedIterations": "Iterations not used",
    "evidenceHash": "Evidence (hash)",
    "wallet": "Wallet",
    "effectiveAt": "It would take effect",
    "delegate": "Delegate",
    "allowed": "May revoke for me",
    "agent": "Agent",
    "shareBps": "Share",
    "payoutFrom": "The recovery would move pay",
    "nonce": "Number of this consent",
    "deadline": "To be used before",
    "poolId": "Pool",
    "units": "My units",
    "price": "A use pays, a unit",
    "maxUses": "Uses at most",
    "kind": "Material",
    "materialHash": "Its commitment (hash)",
    "assetId": "Asset",
    "role": "What I did",
    "root": "Archive",
    "items": "Items in it",
    "dataMining": "Data mining",
    "aiInference": "AI inference",
    "aiGenerativeTraining": "Training of generative AI",
    "aiTraining": "Training of other AI",
    "constraintHash": "Conditions (hash)",
    "starts": "From Monday",
    "wholeWeeks": "For so many weeks",
    "writers": "Who writes, by number",
    "version": "Statement",
    "assetsRoot": "Of what is written (hash)",
    "contributions": "Shares",
    "creditId": "Credit",
    "reasonHash": "Reason (hash)",
    "auditor": "Auditor",
    "rulesVersion": "Rules",
    "corrects": "Follows credit (0: none)",
    "asOfBlock": "Counted up to block",
    "asOfBlockHash": "Its hash",
    "humanLed": "Human-led",
    "machineLed": "Machine-led",
    "evidenceRoot": "Evidence (Merkle root)",
    "credentialKey": "Key of the credential",
}
_PERMITTED = {
    Permission.UNSET: "not said",
    Permission.ALLOWED: "allowed",
    Permission.NOT_ALLOWED: "NOT allowed",
    Permission.CONSTRAINED: "only under the conditions",
}
_CLASSES = {
    AssetClass.ACTIVE: "ACTIVE: actions or lines I never recorded",
    AssetClass.PASSIVE: "PASSIVE: touch-up or background placement only",
}


def build(kind: str, given: Sequence[str]) -> dict[str, Any]:
    """A kind's message from name=value words; nonce, deadline and a few more may be left out."""
    from trust.consent import KINDS, describe
    from trust.consent.types import STRUCTS

    fields = {name: type_ for type_, name in KINDS[kind].fields}
    message = _defaults(fields)
    parts: dict[str, dict[str, str]] = {}
    for word in given:
        name, equals, text = word.partition("=")
        outer, dot, inner = name.partition(".")
        if not equals or outer not in fields or bool(dot) != (fields[outer] in STRUCTS):
            known = ", ".join(f"{name}.NAME" if type_ in STRUCTS else name for name, type_ in fields.items())
            raise ConsentError(
                f"{word!r} is no field of a {kind}.", hint=f"Give name=value; fields: {known}."
            )
        if dot:
            parts.setdefault(outer, {})[inner] = text
        else:
            message[name] = _value(name, fields[name], text)
    for outer, texts in parts.items():
        message[outer] = _struct(outer, fields[outer], texts)
    if "description" in message:
        message["description"] = describe(message["description"])
    return message


def _defaults(fields: Mapping[str, str]) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "representation": Representation.UNION,
        "noticeWaived": False,
        "maxSyntheticDepth": NO_DEPTH_CAP,
        "constraintHash": b"\x00" * 32,
        **dict.fromkeys(USES, 0),
        "deadline": later(),
    }
    # A cancellation has no deadline, and its nonce is that of the consent it withdraws.
    if "deadline" in fields:
        defaults["nonce"] = fresh_nonce()
    return {name: value for name, value in defaults.items() if name in fields}


def fresh_nonce() -> int:
    """A nonce that the member has hardly used."""
    return secrets.randbits(_NONCE_BITS)


def later() -> int:
    """The deadline of a consent that states none."""
    return int(time.time()) + _DEADLINE_SECONDS


def _struct(name: str, kind: str, texts: Mapping[str, str]) -> dict[str, Any]:
    from trust.consent import describe
    from trust.consent.types import STRUCTS

    fields = {inner: type_ for type_, inner in STRUCTS[kind]}
    if unknown := set(texts) - set(fields):
        raise ConsentError(
            f"{name.capitalize()} have no {', '.join(sorted(unknown))}.", hint=f"Known: {', '.join(fields)}."
        )
    if kind == "Savings":
        return {inner: parse.amount(texts[inner]) if inner in texts else 0 for inner in fields}
    found = _defaults(fields) | {inner: _value(inner, fields[inner], text) for inner, text in texts.items()}
    return found | ({"description": describe(found["description"])} if "description" in found else {})


def _value(name: str, kind: str, text: str) -> Any:
    if kind == "uint24[]":
        return [parse.member(word.strip()) for word in text.split(",")]
    if kind == "Contribution[]":
        return [_contribution(word) for word in text.split(",")]
    if name in _AMOUNTS:
        return parse.amount(text)
    if name in _ENUMS:
        return int(parse.one_of(_ENUMS[name], text))
    if name in USES:
        return int(parse.one_of(Permission, text))
    if name == "maxSyntheticDepth" and text == "none":
        return NO_DEPTH_CAP
    if name == "modalities":
        return mask(parse.modalities(text))
    if name == "licenceId":
        return parse.licence(text)
    if name == "shareBps":
        return parse.share(text)
    if kind == "uint40" or name == "deadline":
        return parse.when(text)
    if kind == "address":
        return parse.address(text)
    if kind == "bytes32":
        return parse.hash32(text)
    if kind == "bool":
        if text.lower() not in (*_TRUE, *_FALSE):
            raise InputError(f"{name} is yes or no, not {text!r}.", hint=f"Give {name}=yes or {name}=no.")
        return text.lower() in _TRUE
    if kind.startswith("uint"):
        if not (text.isascii() and text.isdigit() and len(text) <= 78):
            raise InputError(f"{name} is a whole number, not {text!r}.", hint=f"Give it like {name}=3.")
        return int(text)
    return text


def _contribution(text: str) -> dict[str, int]:
    member, colon, share = text.strip().partition(":")
    if not colon:
        raise InputError(f"{text!r} is no share.", hint="Give MEMBER:SHARE, like 7:62.5%,9:37.5%.")
    return {"memberId": parse.member(member), "shareBps": parse.share(share)}


def words(kind: str, message: Mapping[str, Any]) -> list[str]:
    """A consent in words: what signing it means, then each term on a line."""
    terms: list[tuple[str, object]] = []
    for name, value in message.items():
        if name == "savings":
            terms += [(f"Saved on {part}", dollars(amount)) for part, amount in value.items() if amount]
            terms.append(("Saved in all", dollars(sum(value.values()))))
        elif name == "terms":
            terms += [(_LABELS.get(inner, inner), _said(kind, inner, its)) for inner, its in value.items()]
            terms.append(("So a use pays me, before dues", dollars(value["price"] * message["units"])))
        else:
            terms.append((_LABELS.get(name, name), _said(kind, name, value)))
    return [MEANING[kind], "", *facts(terms)]


def split_words(name: str) -> str:
    """camelCase as words."""
    return re.sub(r"([A-Z])", lambda found: " " + found[1].lower(), name)


def _said(kind: str, name: str, value: Any) -> str:
    if name in _AMOUNTS:
        return dollars(value)
    if name in ("expires", "notBefore", "effectiveAt", "payoutFrom", "deadline", "starts"):
        return moment(value)
    if name == "assetClass" and value in tuple(AssetClass):
        return _CLASSES[AssetClass(value)]
    if name in USES and value in tuple(Permission):
        return _PERMITTED[Permission(value)]
    if name in _ENUMS and value in tuple(_ENUMS[name]):
        return str(_ENUMS[name](value).name.lower().replace("_", " "))
    if name == "productionId" and kind == "ScanConsent" and value == 0:
        return "every production (the pool)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if name in ("humanLed", "machineLed"):
        return ", ".join(f"{split_words(part)} {count}" for part, count in value.items())
    if name == "contributions":
        return ", ".join(f"member {its['memberId']}: {its['shareBps'] / 100:g} %" for its in value)
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    special = {
        "modalities": lambda: names(value),
        "licenceId": lambda: slashed(value),
        "shareBps": lambda: f"{value / 100:g} %",
        "longestStreamWeeks": lambda: f"{value} weeks",
        "maxSyntheticDepth": lambda: _depth(value),
    }
    return str(special[name]()) if name in special else str(value)


def _depth(most: int) -> str:
    if most == NO_DEPTH_CAP:
        return "any"
    return "none" if most == 0 else f"at most {most} machine generations deep, proven"
