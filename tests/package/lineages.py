"""A chain with drafts, archives and training runs on it, for the tests of dossiers, reports and datasets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from eth_utils.crypto import keccak
from test_index_story import DAY, DOLLAR, EVIDENCE, Story

from trust.consent.types import describe
from trust.index import Index
from trust.model import GrantId, MemberId, ProductionId
from trust.provenance.asset import Asset, AssetKind, Contribution, Machine, Role
from trust.provenance.batch import Batch
from trust.provenance.commitment import committed
from trust.testing import LocalChain

ROOT = Path(__file__).parents[2]
SECRET = bytes(range(1, 33))
MODEL = keccak(text="model 1")
SCRIPT = (ROOT / "examples/The-Understudy.fountain").read_text()
SHARED = ROOT.parent / "shared/data/screenplays"


def scripts() -> list[str]:
    """Real screenplays: the example, and more where they are at hand."""
    return [SCRIPT, *(path.read_text() for path in sorted(SHARED.glob("*.fountain")))]


def machine_draft() -> str:
    """A first draft as a machine might have left it: half of the scenes, some of them twice."""
    scenes = SCRIPT.split("\nINT. ")
    return "\nINT. ".join([*scenes[: len(scenes) // 2 + 1], scenes[1]])


def revised(text: str, every: int = 9) -> str:
    """The text with each so many-th word replaced."""
    words = text.split(" ")
    return " ".join("rewritten" if at % every == every - 1 else word for at, word in enumerate(words))


@dataclass
class Lineage:
    """A story whose production 1 has drafts. `texts` are the files behind them, by name."""

    story: Story
    texts: dict[str, str]
    ids: dict[str, bytes] = field(default_factory=dict)

    def id(self, name: str) -> bytes:
        return committed(SECRET, self.texts[name].encode())

    def asset(
        self,
        name: str,
        humans: Sequence[tuple[int, Role, int]] = (),
        machine: int = 0,
        parents: Sequence[bytes] = (),
        kind: AssetKind = AssetKind.DRAFT,
        author: int = 0,
    ) -> Asset:
        self.ids[name] = self.id(name)
        return Asset(
            ProductionId(1),
            self.ids[name],
            kind,
            [
                Contribution(MemberId(member), role, share, keccak(text=f"evidence of {name} by {member}"))
                for member, role, share in humans
            ],
            [Machine(MODEL, machine)] if machine else [],
            parents,
            GrantId(0),
            MemberId(author),
        )

    def register(self, *assets: Asset) -> None:
        for asset in assets:
            self.story.send(self.story.studio, "Provenance", "register", asset.as_struct())

    def confirm(self, name: str, member: int, role: Role, share: int) -> None:
        fields = {"assetId": self.ids[name], "memberId": member, "role": int(role), "shareBps": share}
        self._relay("confirm", "ContributionConfirmation", member, fields)

    def dispute(self, name: str, member: int) -> None:
        fields = {"assetId": self.ids[name], "memberId": member, "reasonHash": EVIDENCE}
        self._relay("dispute", "ContributionDispute", member, fields)

    def declare(self, member: int, root: bytes, items: int, values: Sequence[int]) -> None:
        names = ("dataMining", "aiInference", "aiGenerativeTraining", "aiTraining")
        fields = {
            "memberId": member,
            "root": root,
            "items": items,
            **dict(zip(names, values, strict=True)),
            "constraintHash": EVIDENCE if 3 in values else bytes(32),
            "description": describe("Who may train on my archive"),
        }
        self._relay("declareArchive", "ArchiveDeclaration", member, fields)

    def _relay(self, function: str, kind: str, member: int, fields: dict[str, object]) -> None:
        message, signature = self.story.signed(member, kind, "Provenance", **fields)
        self.story.send(self.story.union, "Provenance", function, message, signature)

    @contextmanager
    def index(self, where: Path | str = Path(":memory:")) -> Iterator[Index]:
        with Index(where, self.story.deployment, self.story.chain.node) as index:
            index.sync()
            yield index

    def write(self, folder: Path) -> Path:
        """The texts as files, and the secret beside them."""
        (folder / "texts").mkdir()
        for name, text in self.texts.items():
            (folder / "texts" / name).write_text(text)
        (folder / "production.salt").write_text(SECRET.hex())
        return folder / "texts"


HOSTILE = "<img src=x onerror=alert(1)>.txt"


def texts() -> dict[str, str]:
    first = machine_draft()
    return {
        "prompt.txt": "A leading lady has her double made. Five scenes, a theatre, no villain.",
        "first.txt": first,
        "second.txt": revised(first),
        "own.txt": SCRIPT,
        "batched.txt": SCRIPT + "\nINT. LOFT - NIGHT\n" + SCRIPT[:900][::-1],
        HOSTILE: revised(SCRIPT, 3),
    }


def play(lineage: Lineage) -> None:
    """A prompt, a machine's first draft, two revisions, a human's own draft, and one that merges them."""
    story = lineage.story
    story.register()
    story.fund(1, 20_000 * DOLLAR)
    prompt = lineage.asset("prompt.txt", [(1, Role.AUTHORSHIP, 10_000)], kind=AssetKind.PROMPT)
    first = lineage.asset("first.txt", machine=10_000, parents=[prompt.id], author=1)
    lineage.register(prompt, first)
    story.pass_days(3)
    second = lineage.asset(
        "second.txt", [(2, Role.MODIFICATION, 4_000)], machine=6_000, parents=[first.id], author=1
    )
    own = lineage.asset("own.txt", [(1, Role.AUTHORSHIP, 10_000)])
    lineage.register(second, own)
    batched = lineage.asset("batched.txt", [(2, Role.SELECTION, 10_000)], parents=[own.id])
    batch = Batch((batched, lineage.asset("second.txt", machine=10_000, parents=[])))
    story.send(story.studio, "Provenance", "commitBatch", 1, batch.root, len(batch.assets))
    story.pass_days(4)
    opening = batch.opening(batched.id)
    story.send(
        story.studio, "Provenance", "prove", batch.root, opening.asset.as_struct(), list(opening.proof)
    )
    story.send(story.studio, "Provenance", "bundle", sorted([second.id, batched.id]))
    bundle = bundle_of(second.id, batched.id)
    humans = [(1, Role.AUTHORSHIP, 5_000), (1, Role.SELECTION, 1_500), (2, Role.ARRANGEMENT, 2_500)]
    lineage.register(lineage.asset(HOSTILE, humans, 1_000, parents=[bundle], author=2))
    lineage.confirm(HOSTILE, 1, Role.AUTHORSHIP, 5_000)
    lineage.confirm(HOSTILE, 1, Role.SELECTION, 2_000)  # another share than the record's
    lineage.dispute(HOSTILE, 2)
    story.pass_days(1)


def bundle_of(*ids: bytes) -> bytes:
    from trust.provenance.batch import bundle_root

    return bundle_root(ids)


@contextmanager
def lineage_story(folder: Path) -> Iterator[Lineage]:
    with LocalChain() as chain:
        lineage = Lineage(Story.deployed(chain, folder), texts())
        play(lineage)
        yield lineage


__all__ = ["DAY", "HOSTILE", "MODEL", "SCRIPT", "SECRET", "Lineage", "bundle_of", "lineage_story", "scripts"]
