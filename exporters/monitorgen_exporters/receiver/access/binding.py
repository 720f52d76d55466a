"""Whether a receiver may listen where its settings say."""

from monitorgen.vocabulary.receiver import Receiver

__all__ = ["OpenBind", "refuse_open_bind"]


class OpenBind(ValueError):  # noqa: N818 - says what it is
    """The receiver would listen where others reach it, unprotected; the text says what to do."""


def refuse_open_bind(settings: Receiver, *, any_key: bool) -> None:
    """Raises OpenBind where others than this machine could connect, and nobody could prove who they are.

    `any_key` is whether an API key was ever made. A key that has expired since counts: a receiver that comes
    back from a restart has alerts to take in, and its API lets in nobody without a good one anyway.
    """
    if settings.is_local:
        return
    reached = f"`listen: {settings.listen}` can be reached from other machines"
    if settings.is_exposed:
        raise OpenBind(
            f"{reached}, and the receiver would speak plain HTTP there, tokens and passwords included. "
            "Say `tls:` with a certificate and its key, or `behind_tls_proxy: true` where only a proxy that "
            "speaks TLS connects, or listen on 127.0.0.1."
        )
    if settings.jwt is None and not any_key:
        raise OpenBind(
            f"{reached}, and there is no API key and no `jwt:`, by which people prove who they are. Make a "
            "key with `monitorgen receiver keys create`, or say `jwt:`, or listen on 127.0.0.1."
        )
