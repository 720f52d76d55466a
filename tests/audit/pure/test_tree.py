"""The tree against published facts, the definition of RFC 6962 word for word, and against forgeries."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.audit.tree import (
    EMPTY_ROOT,
    FIRST_CHAIN,
    Frontier,
    HashAt,
    ProofError,
    chain_hash,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

# The inputs and root of the original Certificate Transparency code.
CT_INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOT = bytes.fromhex("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")


def defined_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written; over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + defined_root(leaves[:k]) + defined_root(leaves[k:])).digest()


def defined_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*defined_path(m, leaves[:k]), defined_root(leaves[k:])]
    return [*defined_path(m - k, leaves[k:]), defined_root(leaves[:k])]


def defined_subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [defined_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*defined_subproof(m, leaves[:k], whole), defined_root(leaves[k:])]
    return [*defined_subproof(m - k, leaves[k:], False), defined_root(leaves[:k])]


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


def hashes_over(leaves: list[bytes]) -> HashAt:
    def hash_at(level: int, index: int) -> bytes:
        covered = leaves[index << level : (index + 1) << level]
        assert len(covered) == 1 << level, "only full subtrees may be asked for"
        return defined_root(covered)

    return hash_at


def test_published_facts() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier().root() == EMPTY_ROOT
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    frontier = Frontier()
    frontier.extend(leaf_hash(body) for body in CT_INPUTS)
    assert frontier.root() == CT_ROOT


def test_the_chain_begins_with_zeros_and_covers_all_before() -> None:
    first = chain_hash(FIRST_CHAIN, leaf_hash(b"a"))
    assert first == sha256(b"\x02" + bytes(32) + sha256(b"\x00a").digest()).digest()
    assert chain_hash(first, leaf_hash(b"b")) != chain_hash(FIRST_CHAIN, leaf_hash(b"b"))


@given(st.lists(st.integers(0, 40), max_size=12))
def test_frontier_agrees_with_the_definition_however_it_is_fed(batches: list[int]) -> None:
    leaves = leaves_of(sum(batches))
    extended, appended, at = Frontier(), Frontier(), 0
    for batch in batches:
        extended.extend(leaves[at : at + batch])
        for leaf in leaves[at : at + batch]:
            appended.append(leaf)
        at += batch
        assert extended == appended
        assert Frontier.from_bytes(extended.to_bytes()) == extended
        assert extended.size == at
    assert extended.root() == defined_root(leaves)


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 4))
def test_extending_names_each_full_subtree_once(batches: list[int], lowest: int) -> None:
    leaves = leaves_of(sum(batches))
    frontier, at, nodes = Frontier(), 0, []
    for batch in batches:
        nodes += frontier.extend(leaves[at : at + batch], nodes_from=lowest)
        at += batch
    expected = {
        (level, index)
        for level in range(lowest, len(leaves).bit_length() + 1)
        for index in range(len(leaves) >> level)
    }
    assert {(level, index) for level, index, _ in nodes} == expected
    assert len(nodes) == len(expected)
    hash_at = hashes_over(leaves)
    assert all(made == hash_at(level, index) for level, index, made in nodes)


def test_a_copy_of_a_frontier_grows_alone() -> None:
    frontier = Frontier()
    frontier.extend(leaves_of(3))
    copy = frontier.copy()
    copy.append(leaf_hash(b"x"))
    assert frontier.root() == defined_root(leaves_of(3))
    assert copy.size == 4


@pytest.mark.parametrize("kept", [b"", b"\0" * 7, b"\0" * 9, (1).to_bytes(8, "big"), b"\0" * 40, b"\xff" * 9])
def test_a_damaged_frontier_is_refused(kept: bytes) -> None:
    with pytest.raises(ValueError, match="frontier"):
        Frontier.from_bytes(kept)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 21, 32, 33])
def test_inclusion_proofs_are_those_of_the_definition_and_verify(size: int) -> None:
    leaves = leaves_of(size)
    root = defined_root(leaves)
    for index in range(size):
        proof = inclusion_proof(index, size, hashes_over(leaves))
        assert proof == defined_path(index, leaves)
        verify_inclusion(leaves[index], index, size, proof, root)


@pytest.mark.parametrize("size", [1, 2, 3, 6, 8, 13, 16, 21])
def test_consistency_proofs_are_those_of_the_definition_and_verify(size: int) -> None:
    leaves = leaves_of(size)
    root = defined_root(leaves)
    for old in range(1, size + 1):
        proof = consistency_proof(old, size, hashes_over(leaves))
        assert proof == defined_subproof(old, leaves, True)
        verify_consistency(old, defined_root(leaves[:old]), size, root, proof)


@given(st.integers(1, 300), st.data())
def test_random_proofs_verify_and_fail_when_anything_is_changed(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    root = defined_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, hashes_over(leaves))
    verify_inclusion(leaves[index], index, size, proof, root)
    other = data.draw(st.integers(0, 400))
    if other != index:
        with pytest.raises(ProofError):
            verify_inclusion(leaves[index], other, size, proof, root)
    wrong = list(proof)
    change = data.draw(st.sampled_from(["leaf", "root", "add", "cut", "flip"]))
    leaf, target = leaves[index], root
    if change == "leaf":
        leaf = leaf_hash(b"other")
    elif change == "root":
        target = leaf_hash(b"other")
    elif change == "add" or not proof:
        wrong.insert(data.draw(st.integers(0, len(proof))), bytes(32))
    elif change == "cut":
        del wrong[data.draw(st.integers(0, len(proof) - 1))]
    else:
        at = data.draw(st.integers(0, len(proof) - 1))
        wrong[at] = bytes([wrong[at][0] ^ 1]) + wrong[at][1:]
    with pytest.raises(ProofError):
        verify_inclusion(leaf, index, size, wrong, target)


@given(st.integers(1, 200), st.data())
def test_random_consistency_proofs_fail_when_anything_is_changed(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size))
    old_root, root = defined_root(leaves[:old]), defined_root(leaves)
    proof = consistency_proof(old, size, hashes_over(leaves))
    verify_consistency(old, old_root, size, root, proof)
    forged = leaf_hash(b"forged")
    with pytest.raises(ProofError):
        verify_consistency(old, forged, size, root, proof)
    with pytest.raises(ProofError):
        verify_consistency(old, old_root, size, forged, proof)
    with pytest.raises(ProofError):
        verify_consistency(old, old_root, size, root, [*proof, forged])
    for at in range(len(proof)):
        with pytest.raises(ProofError):
            verify_consistency(old, old_root, size, root, proof[:at] + proof[at + 1 :])
        with pytest.raises(ProofError):
            verify_consistency(old, old_root, size, root, [*proof[:at], forged, *proof[at + 1 :]])


@given(st.integers(-2, 70), st.integers(-2, 70), st.lists(st.binary(max_size=33), max_size=8))
def test_verifying_nonsense_ends_in_a_proof_error(first: int, second: int, proof: list[bytes]) -> None:
    hashes = [part if len(part) == 32 else part.ljust(32, b"\0") for part in proof]
    for one in (proof, hashes):
        with pytest.raises(ProofError):
            verify_inclusion(leaf_hash(b"a"), first, second, one, leaf_hash(b"b"))
        with pytest.raises(ProofError):
            verify_consistency(first, leaf_hash(b"a"), second, leaf_hash(b"b"), one)


def test_nothing_is_proved_from_an_empty_log() -> None:
    with pytest.raises(ProofError, match="size 0"):
        verify_consistency(0, EMPTY_ROOT, 5, defined_root(leaves_of(5)), [])
    with pytest.raises(ValueError, match="size 0"):
        consistency_proof(0, 5, hashes_over(leaves_of(5)))
    with pytest.raises(ValueError, match="no index 5"):
        inclusion_proof(5, 5, hashes_over(leaves_of(5)))


def test_a_leaf_cannot_pass_for_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
