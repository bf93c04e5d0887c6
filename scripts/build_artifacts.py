"""Compiles the contracts and writes what the package ships: ABI, bytecode, links and what each error asks for.

python scripts/build_artifacts.py            write trust/chain/artifacts/*.json
python scripts/build_artifacts.py --check    fail if they are not what the contracts compile to
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("SOLCX_BINARY_PATH", str(ROOT / ".solcx"))

import solcx  # noqa: E402  (reads SOLCX_BINARY_PATH when imported)

CONTRACTS = ROOT / "contracts"
ARTIFACTS = ROOT / "trust" / "chain" / "artifacts"
FORGE = ROOT / ".forge" / "out"
SOLC = "0.8.37"
SHIPPED = (
    "TrustAccess",
    "TestDollar",
    "Payees",
    "MemberBooks",
    "EnsemblePools",
    "RateCard",
    "Members",
    "Records",
    "Productions",
    "Licences",
    "SceneGrants",
    "UsageLedger",
    "Payroll",
    "SubstitutionPremiums",
    "PoolGrants",
    "CollectiveLicences",
    "WritersRooms",
    "Disclosures",
    "Provenance",
    "CreditLabel",
    "HumanAuditCredits",
)

#: Contract -> the code it delegates to whatever it doesn't answer itself. One address answers for both.
DELEGATES = {"Payroll": "EnsemblePools"}


def compile_all() -> dict[str, dict[str, object]]:
    sources = {
        str(path.relative_to(ROOT)): {"content": path.read_text()}
        for path in sorted(CONTRACTS.rglob("*.sol"))
        if ".cache" not in path.parts
    }
    add_imported(sources)
    answer = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": sources,
            "settings": {
                "evmVersion": "prague",
                "viaIR": True,
                "optimizer": {"enabled": True, "runs": 6000},
                "metadata": {"bytecodeHash": "none"},
                "outputSelection": {
                    "*": {
                        "*": [
                            "abi",
                            "evm.bytecode.object",
                            "evm.bytecode.linkReferences",
                            "evm.methodIdentifiers",
                            "storageLayout",
                            "userdoc",
                        ]
                    }
                },
            },
        },
        solc_version=SOLC,
    )
    failures = [e["formattedMessage"] for e in answer.get("errors", []) if e["severity"] == "error"]
    if failures:
        raise SystemExit("\n".join(failures))
    return shipped({name: unit for file in answer["contracts"].values() for name, unit in file.items()})


def shipped(units: dict[str, dict]) -> dict[str, dict[str, object]]:
    """The artifacts, from what the compiler said of each contract."""
    missing = set(SHIPPED) - set(units)
    if missing:
        raise SystemExit(f"not compiled: {', '.join(sorted(missing))}")
    for name, code in DELEGATES.items():
        join(name, units[name], code, units[code])
    return {name: artifact(name, units[name]) for name in SHIPPED}


def join(name: str, unit: dict, code: str, delegate: dict) -> None:
    """Gives `unit` the functions, events and errors of the code it delegates to; the two must store alike."""
    if stored(unit) != stored(delegate):
        raise SystemExit(f"{name} and {code} don't store alike: put all state into their common base")
    answered = {selector: signature for signature, selector in unit["evm"]["methodIdentifiers"].items()}
    for signature, selector in delegate["evm"]["methodIdentifiers"].items():
        if answered.get(selector, signature) != signature:
            raise SystemExit(f"{name} answers {answered[selector]} where {code} has {signature}: rename one")
    own = {json.dumps(entry, sort_keys=True) for entry in unit["abi"]}
    for entry in delegate["abi"]:
        if entry["type"] != "constructor" and json.dumps(entry, sort_keys=True) not in own:
            unit["abi"].append(entry)
    unit["userdoc"].setdefault("errors", {}).update(delegate["userdoc"].get("errors", {}))


def stored(unit: dict) -> list[tuple[str, str, int, str]]:
    """Label, slot, offset and type of every variable; the numbers that the compiler gives to types are left out."""
    return [
        (v["label"], v["slot"], v["offset"], re.sub(r"\)\d+", ")", v["type"]))
        for v in unit["storageLayout"]["storage"]
    ]


def add_imported(sources: dict[str, dict[str, str]]) -> None:
    """Adds the libraries' files that the sources import, directly or not, from node_modules."""
    waiting = list(sources)
    while waiting:
        name = waiting.pop()
        for imported in re.findall(r'^(?:import|\}) .*?"([^"]+)";', sources[name]["content"], re.M):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(name), imported))
            target = path if imported.startswith(".") else imported
            if target not in sources:
                sources[target] = {"content": (ROOT / "node_modules" / target).read_text()}
                waiting.append(target)


def artifact(name: str, unit: dict) -> dict[str, object]:
    links = {
        library: [part["start"] for part in parts]
        for file in unit["evm"]["bytecode"]["linkReferences"].values()
        for library, parts in file.items()
    }
    errors = {
        signature: " ".join(entry["notice"] for entry in entries if "notice" in entry)
        for signature, entries in unit["userdoc"].get("errors", {}).items()
    }
    return {
        "name": name,
        "compiler": SOLC,
        "abi": unit["abi"],
        "bytecode": unit["evm"]["bytecode"]["object"],
        "links": links,
        "errors": errors,
    }


def built_by_forge() -> dict[str, dict[str, object]]:
    """The artifacts, from forge's build: its tests need one anyway, and compiling twice costs a minute."""
    subprocess.run(["forge", "build", "--quiet"], cwd=ROOT, check=True)
    units = {}
    for path in FORGE.glob("*/*.json"):
        unit = json.loads(path.read_text())
        if any((ROOT / file).is_file() and CONTRACTS in (ROOT / file).parents for file in target(unit)):
            units[path.stem] = unit | {"evm": unit | {"bytecode": unhexed(unit["bytecode"])}}
    return shipped(units)


def target(unit: dict) -> dict[str, str]:
    """The file that a contract of forge's is from."""
    return unit.get("metadata", {}).get("settings", {}).get("compilationTarget", {})


def unhexed(bytecode: dict) -> dict:
    return bytecode | {"object": bytecode["object"].removeprefix("0x")}


def is_committed(name: str, artifact: dict[str, object]) -> bool:
    """Whether the package ships exactly this. Forge puts an ABI's entries into another order."""
    path = ARTIFACTS / f"{name}.json"
    return path.exists() and in_order(json.loads(path.read_text())) == in_order(artifact)


def in_order(artifact: dict) -> dict:
    entries = sorted(artifact["abi"], key=lambda entry: json.dumps(entry, sort_keys=True))
    return artifact | {"abi": entries}


def check() -> int:
    built = built_by_forge()
    if not all(is_committed(name, artifact) for name, artifact in built.items()):
        # What a build finds done before may show in the bytecode: only the artifacts' own compilation decides.
        built = compile_all()
    stale = [name for name, artifact in built.items() if not is_committed(name, artifact)]
    if stale:
        print(f"stale artifacts: {', '.join(stale)}; run `make artifacts`", file=sys.stderr)
        return 1
    print(f"{len(built)} artifacts are what the contracts compile to")
    return 0


def main() -> int:
    if "--check" in sys.argv[1:]:
        return check()
    built = {
        name: json.dumps(value, indent=1, sort_keys=True) + "\n" for name, value in compile_all().items()
    }
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    for name, text in built.items():
        (ARTIFACTS / f"{name}.json").write_text(text)
    print(f"wrote {len(built)} artifacts")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
