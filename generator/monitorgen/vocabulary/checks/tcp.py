"""`type: tcp`: a connection, and what is said on it."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from monitorgen.vocabulary.access import Tls
from monitorgen.vocabulary.base import Model
from monitorgen.vocabulary.checks.base import Check, Probing
from monitorgen.vocabulary.checks.scalars import Host, host_port
from monitorgen.vocabulary.fields import BAD_SCALAR, Boolean, Port, Text, invalid
from monitorgen.vocabulary.re2 import literal

__all__ = ["Step", "Tcp"]


class Step(Model):
    """One step of a conversation. Of several fields the first here comes first."""

    expect: Text = ""
    """Read lines until one holds this text, letter for letter."""
    send: Text = ""
    """Send this line; the line end is added."""
    starttls: Boolean = False
    """Go on encrypted."""

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.expect or self.send or self.starttls):
            raise invalid(BAD_SCALAR, "this step does nothing", "give `expect:`, `send:` or `starttls: true`")
        return self


class Tcp(Check):
    """Fails when no connection can be made, or the conversation does not go as written."""

    type: Literal["tcp"]
    host: Host
    """The host to connect to."""
    port: Port
    """The port to connect to."""
    use_tls: Boolean = False
    """Encrypted from the first byte."""
    tls: Tls | None = None
    """How to trust, and be trusted by, the other side, with `use_tls` or after a step with `starttls`."""
    conversation: list[Step] = Field(default_factory=list)
    """What is said once connected. Without it a connection is enough."""

    def probing(self) -> Probing:
        """host:port, and a module of the tcp prober."""
        settings: dict[str, Any] = self.ip_settings()
        if self.conversation:
            settings["query_response"] = [said for step in self.conversation for said in _said(step)]
        if self.use_tls:
            settings["tls"] = True
        if self.tls is not None:
            settings["tls_config"] = self.tls.config()
        return Probing(host_port(self.host, self.port), "tcp", {"tcp": settings})


def _said(step: Step) -> list[dict[str, Any]]:
    # One thing to an entry: in an entry with both, blackbox_exporter would read the `$` of what is sent
    # as a group of what was expected.
    said: list[dict[str, Any]] = []
    if step.expect:
        said.append({"expect": literal(step.expect)})
    if step.send:
        said.append({"send": step.send})
    if step.starttls:
        said.append({"starttls": True})
    return said
