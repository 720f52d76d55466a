"""Nothing read from outside ends in an exception other than the documented one: hypothesis and atheris."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitorgen_exporters.audit.canonical import BadJson, canonical, is_canonical, parse, parse_canonical
from monitorgen_exporters.audit.checkpoint import (
    Checkpoint,
    Origin,
    claimed_checkpoint,
    parse_checkpoint,
)
from monitorgen_exporters.audit.note import (
    NoteError,
    SigningKey,
    VerifierKey,
    add_signatures,
    open_note,
    read_note,
    sign_note,
    signature_line,
)
from monitorgen_exporters.audit.record import BadRecord, decode, encode, new_record
from monitorgen_exporters.audit.tlog_proof import InclusionProof, format_proof, parse_proof, verify_proof
from monitorgen_exporters.audit.tree import Frontier, ProofError, leaf_hash
from monitorgen_exporters.audit.trust import Trust, TrustedKey, TrustError, dump_trust, parse_trust

KEY = SigningKey("example.org/audit/main/1", bytes(range(32)))
TRUST = Trust(KEY.name, (TrustedKey(KEY.verifier),))
BODY = encode(
    new_record(
        "alert.firing",
        "user:alice",
        "alert:A",
        {"n": [1, None, True, "\u20ac\U0001f600"]},
        id="01936f5e-7b1c-7abc-8def-0123456789ab",
        ts="2026-11-21T14:06:54.123456Z",
    )
)
CHECKPOINT = Checkpoint(KEY.name, 1, leaf_hash(BODY))
NOTE = sign_note(CHECKPOINT.text, KEY)
PROOF = format_proof(InclusionProof(0, (), NOTE, BODY))


def _text(body: bytes) -> str:
    return body.decode(errors="surrogateescape")


def _note(body: bytes) -> None:
    assert open_note(body, [KEY.verifier]).text == CHECKPOINT.text, "a note that was never signed"


def _proof(body: bytes) -> None:
    assert verify_proof(body, TRUST).body == BODY, "a record that is not in the log"


def _canonical(body: bytes) -> None:
    value = parse_canonical(body)
    assert canonical(value) == body
    assert parse(body) == value
    assert is_canonical(body)


def _frontier(body: bytes) -> None:
    assert Frontier.from_bytes(body).to_bytes() == body


def _record(body: bytes) -> None:
    assert encode(decode(body)) == body


def _trust(body: bytes) -> None:
    trust = parse_trust(body)
    assert parse_trust(dump_trust(trust).encode()) == trust


READERS: dict[str, tuple[Callable[[bytes], object], type[Exception], bytes]] = {
    "note": (_note, NoteError, NOTE),
    "note form": (read_note, NoteError, NOTE),
    "signature lines": (lambda body: add_signatures(NOTE, body), NoteError, signature_line("x\n", KEY)),
    "checkpoint": (lambda body: parse_checkpoint(_text(body)), NoteError, CHECKPOINT.text.encode()),
    "claimed checkpoint": (claimed_checkpoint, NoteError, NOTE),
    "origin": (lambda body: Origin.parse(_text(body)), NoteError, KEY.name.encode()),
    "vkey": (lambda body: VerifierKey.parse(_text(body)), NoteError, str(KEY.verifier).encode()),
    "private key": (lambda body: SigningKey.parse(_text(body)), NoteError, KEY.secret().encode()),
    "proof": (_proof, ProofError, PROOF),
    "proof form": (parse_proof, ProofError, PROOF),
    "trust": (_trust, TrustError, dump_trust(TRUST).encode()),
    "json": (parse, BadJson, BODY),
    "canonical json": (_canonical, BadJson, BODY),
    "record": (_record, BadRecord, BODY),
    "frontier": (_frontier, ValueError, Frontier(1, [bytes(32)]).to_bytes()),
}


def read(name: str, body: bytes) -> None:
    """Let one reader read; returns if it took the body or refused it in the documented way."""
    reader, refusal, _ = READERS[name]
    reason = "none"
    try:
        reader(body)
    except refusal as fault:
        reason = str(fault)
    assert 0 < len(reason) < 2000


_UNICODE = st.text(max_size=60).map(lambda text: text.encode(errors="surrogatepass"))


def _spliced(seed: bytes) -> st.SearchStrategy[bytes]:
    """The seed with a part cut out and something put in its place."""
    parts = st.tuples(
        st.integers(0, len(seed)),
        st.integers(0, 40),
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from(
                [
                    b"\n",
                    b"\n\n",
                    b"[" * 40,
                    b"[" * 1500,
                    b'{"a":' * 1500,
                    b"9" * 5000,
                    b"\xed\xa0\x80",
                    b"&a *a",
                ]
            ),
        ),
    )
    return parts.map(lambda part: seed[: part[0]] + part[2] + seed[part[0] + part[1] :])


@pytest.mark.parametrize("name", sorted(READERS))
def test_the_seed_is_read(name: str) -> None:
    reader, _, seed = READERS[name]
    reader(seed)


@pytest.mark.parametrize("name", sorted(READERS))
def test_readers_take_or_refuse_anything(name: str) -> None:
    @settings(max_examples=150)
    @given(
        st.one_of(st.binary(max_size=200), st.text(max_size=60).map(str.encode), _spliced(READERS[name][2]))
    )
    @example(b"")
    @example(b"\xff\xfe")
    def anything(body: bytes) -> None:
        read(name, body)

    anything()


# The modules are instrumented while they are imported, so that atheris sees which branches a body reaches.
_FUZZER = """
import sys
import importlib.util
import atheris
file, name = sys.argv[1], sys.argv[2]
with atheris.instrument_imports(include=["monitorgen_exporters.audit"]):
    spec = importlib.util.spec_from_file_location("trial", file)
    trial = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(trial)
atheris.Setup([file, *sys.argv[3:], "-seed=1"], lambda body: trial.read(name, body))
atheris.Fuzz()
"""


@pytest.mark.parametrize("name", sorted(READERS))
def test_readers_under_coverage_guided_fuzzing(name: str, tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this Python or machine")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "seed").write_bytes(READERS[name][2])
    command = [sys.executable, "-c", _FUZZER, __file__, name, str(corpus), "-runs=4000", "-max_len=4096"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
