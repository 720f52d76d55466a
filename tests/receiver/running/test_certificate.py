"""A certificate that cannot be used: told with its file before anything listens, and nobody is asked."""

import subprocess
from pathlib import Path

import pytest

from monitorgen.vocabulary.receiver import ReceiverTls
from monitorgen_exporters.receiver.web.certificate import certificate_fault
from tests.support.receiver import PROGRAM, write_settings


def made(folder: Path, name: str) -> ReceiverTls:
    """A certificate signed by itself."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", f"/CN={name}", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return ReceiverTls(certificate=str(certificate), key=str(key))


@pytest.fixture
def tls(tmp_path: Path) -> ReceiverTls:
    """A certificate that is good."""
    return made(tmp_path, "localhost")


def test_a_good_one(tls: ReceiverTls) -> None:
    assert certificate_fault(tls) == ""
    assert certificate_fault(tls.model_copy(update={"client_ca": tls.certificate})) == ""


@pytest.mark.parametrize("name", ["certificate", "key", "client_ca"])
def test_a_file_that_is_not_there_is_named(name: str, tls: ReceiverTls) -> None:
    fault = certificate_fault(tls.model_copy(update={name: "/nowhere/a.pem"}))
    assert fault == f"`tls.{name}`: /nowhere/a.pem cannot be read: No such file or directory"


def test_a_key_of_another_certificate(tls: ReceiverTls, tmp_path: Path) -> None:
    other = made(tmp_path, "other")
    fault = certificate_fault(tls.model_copy(update={"key": other.key}))
    assert "are no certificate and its key: key values mismatch" in fault
    assert tls.certificate in fault
    assert other.key in fault


def test_files_that_are_something_else(tls: ReceiverTls, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    assert "are no certificate and its key" in certificate_fault(
        tls.model_copy(update={"certificate": str(empty)})
    )
    assert "holds no certificate" in certificate_fault(tls.model_copy(update={"client_ca": str(empty)}))


def test_nobody_is_asked_for_a_passphrase(tls: ReceiverTls, tmp_path: Path) -> None:
    encrypted = tmp_path / "encrypted.key"
    subprocess.run(
        ["openssl", "ec", "-aes256", "-passout", "pass:secret", "-in", tls.key, "-out", encrypted],
        check=True,
        capture_output=True,
    )
    assert "is encrypted" in certificate_fault(tls.model_copy(update={"key": str(encrypted)}))


@pytest.mark.parametrize("verb", ["check", "run"])
def test_the_verbs_tell(verb: str, tls: ReceiverTls, tmp_path: Path) -> None:
    settings = write_settings(tmp_path, tls={"certificate": tls.certificate, "key": "/nowhere/a.key"})
    anywhere = ["--listen", "127.0.0.1:0"] if verb == "run" else []
    done = subprocess.run(
        [*PROGRAM, "receiver", verb, "--config", settings, *anywhere],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == (1 if verb == "check" else 4)
    assert "`tls.key`: /nowhere/a.key cannot be read" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
