"""Media to stamp, made here, and a chain whose uses report them.

Every test's run imports this, so what is slow to import waits until it is needed.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eth_utils.crypto import keccak
from test_index_story import DOLLAR, Story, played

from trust.index import Index
from trust.media import GrantStatement, SigningKey, Stamped, make_certificate, pem_key, read_chain, stamp
from trust.media.certificates import Chain
from trust.media.manifest import GENERATED, context, definition

SUFFIXES = (".jpg", ".png", ".wav", ".mp4")
MIMES = dict(zip(SUFFIXES, ("image/jpeg", "image/png", "audio/wav", "video/mp4"), strict=True))
PASSWORD = "a password"
NEW_LINE = 3


def write_media(folder: Path, seed: int = 0) -> dict[str, Path]:
    """A small file of each format; another seed, other content."""
    from PIL import Image

    files = {suffix: folder / f"take{seed}{suffix}" for suffix in SUFFIXES}
    noise = np.random.default_rng(seed)
    picture = Image.fromarray(noise.integers(0, 256, (24, 32, 3), dtype=np.uint8))
    picture.save(files[".jpg"])
    picture.save(files[".png"])
    with wave.open(str(files[".wav"]), "wb") as sound:
        sound.setparams((1, 2, 8_000, 0, "NONE", "not compressed"))
        sound.writeframes(noise.bytes(2_002))
    write_film(files[".mp4"], seed)
    return files


def write_film(path: Path, seed: int, **options: str) -> None:
    """Five frames; `options` are FFmpeg's for MP4."""
    import av

    noise = np.random.default_rng(seed)
    with av.open(str(path), "w", options=options) as film:
        stream = film.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(5):
            picture = noise.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(stream.encode(None))


def played_back(path: Path) -> Any:
    """What somebody sees or hears."""
    if path.suffix == ".wav":
        with wave.open(str(path)) as sound:
            return sound.getparams()[:3], sound.readframes(sound.getnframes())
    if path.suffix == ".mp4":
        import av

        with av.open(str(path)) as film:
            return [frame.to_ndarray(format="rgb24").tobytes() for frame in film.decode(video=0)]
    from PIL import Image

    with Image.open(path) as picture:
        picture.load()
        return picture.mode, picture.size, picture.tobytes()


@dataclass
class Certified:
    """A signer: certificate, key, and the root that vouches for it."""

    folder: Path
    chain: Chain
    key: SigningKey
    root: str


def certified(
    folder: Path, name: str = "Studio", begins: datetime | None = None, days: int = 30
) -> Certified:
    """A new signer with the files that `trust provenance certificate` writes."""
    folder.mkdir(parents=True)
    made = make_certificate(name, begins or datetime.now(UTC) - timedelta(minutes=5), days)
    (folder / "signing.pem").write_text(made.chain)
    (folder / "signing.key").write_bytes(made.key(PASSWORD))
    (folder / "trust.pem").write_text(made.root)
    chain = read_chain(folder / "signing.pem")
    return Certified(folder, chain, pem_key(folder / "signing.key", chain, lambda: PASSWORD), made.root)


@dataclass
class Studio:
    """A chain with two grants, whose uses report `takes` and `others`, an index of it, and a signer."""

    story: Story
    folder: Path
    signer: Certified
    takes: dict[str, Path]
    others: dict[str, Path]
    uses: dict[Path, str] = field(default_factory=dict)
    grants: tuple[int, int] = (1, 2)

    def report(self, path: Path, grant: int = 1, kind: int = NEW_LINE) -> str:
        """Record a use whose output is this file."""
        use = {
            "grantId": grant,
            "kind": kind,
            "usedAt": self.story.now(),
            "iterations": 1,
            "outputSeconds": 1,
            "outputHash": keccak(path.read_bytes()),
            "promptCommitment": keccak(b"prompt"),
            "model": keccak(b"model"),
        }
        self.uses[path] = self.story.send(self.story.studio, "UsageLedger", "record", use)
        return self.uses[path]

    @contextmanager
    def index(self, where: Path | str = ":memory:") -> Iterator[Index]:
        """An index of the chain as it is now."""
        with Index(where, self.story.deployment, self.story.chain.node) as index:
            index.sync()
            yield index

    def stamp(self, index: Index, path: Path, out: Path, grant: int = 1, **options: Any) -> Stamped:
        return stamp(index, path, out, grant, self.signer.key, self.signer.chain, **options)

    def statement(self, index: Index, path: Path, **lies: Any) -> GrantStatement:
        """What an honest stamp of a take says, but for the lies."""
        grant = 1 if path in self.takes.values() else 2
        honest = GrantStatement(
            chain_id=index.deployment.chain_id,
            contract=index.deployment.address("UsageLedger"),
            grant_id=grant,
            production_id=1,
            scene_hash="0x" + index.books().grants[grant].scene_hash.hex(),
            usage_transaction=self.uses[path],
            output_hash="0x" + keccak(path.read_bytes()).hex(),
        )
        return replace(honest, **lies)


def signed_elsewhere(
    path: Path, out: Path, signer: Certified, manifest: dict[str, Any], url: str | None = None
) -> None:
    """Credentials that another program writes, whatever they say; with a URL, the file only points to them."""
    import c2pa

    algorithm = getattr(c2pa.C2paSigningAlg, signer.chain.scheme.name)
    with (
        path.open("rb") as source,
        out.open("w+b") as written,
        context(None) as settings,
        c2pa.Signer.from_callback(signer.key.sign, algorithm, signer.chain.pem) as native,
        c2pa.Builder(manifest, settings) as builder,
    ):
        if url is not None:
            builder.set_no_embed()
            builder.set_remote_url(url)
        builder.sign(native, MIMES[path.suffix], source, written)


def claiming(statement: GrantStatement) -> dict[str, Any]:
    """A manifest that says this."""
    return definition(statement, GENERATED, (), "0")


def read_by_c2pa(path: Path, root: str) -> dict[str, Any]:
    """What c2pa's own reader says, with no settings of ours but whom to trust."""
    import c2pa

    settings = c2pa.Settings.from_dict({"trust": {"user_anchors": root}})
    with c2pa.Context(settings) as context, c2pa.Reader(path, context=context) as reader:
        told: dict[str, Any] = json.loads(reader.json())
        return told


@pytest.fixture(scope="session")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("media")

    def play(story: Story) -> None:
        story.register()
        story.fund(1, 20_000 * DOLLAR)
        licence = story.license(1, 1)
        story.grant(licence)
        story.grant(licence)

    with played(folder, play) as story:
        takes, others = write_media(folder), write_media(folder, 1)
        studio = Studio(story, folder, certified(folder / "signer"), takes, others)
        for path in takes.values():
            studio.report(path, 1)
        for path in others.values():
            studio.report(path, 2)
        yield studio


@pytest.fixture(scope="session")
def synced(filmed: Studio) -> Iterator[Index]:
    """Only to be read."""
    with filmed.index() as index:
        yield index


@pytest.fixture(scope="session")
def stamped(filmed: Studio, synced: Index) -> dict[str, Path]:
    """Each take with its stamp."""
    made = {suffix: path.with_suffix(f".stamped{suffix}") for suffix, path in filmed.takes.items()}
    for suffix, path in filmed.takes.items():
        filmed.stamp(synced, path, made[suffix])
    return made


@pytest.fixture
def studio(filmed: Studio) -> Iterator[Studio]:
    """The same for each test; what a test does to the chain is undone."""
    snapshot, uses = filmed.story.chain.snapshot(), dict(filmed.uses)
    yield filmed
    filmed.uses = uses
    filmed.story.chain.revert(snapshot)
