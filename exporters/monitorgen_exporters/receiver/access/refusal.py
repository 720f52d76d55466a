"""Why somebody is not let in: one value, of which the outside is told the status and nothing else."""

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["TEXTS", "Reason", "Refusal"]

Reason = Literal[
    "missing",  # no credential at all
    "malformed",  # nothing that any credential of ours looks like
    "unknown",  # no such key, secret, signer or certificate
    "expired",
    "revoked",
    "not_yet",  # a token of the future
    "other_issuer",
    "other_audience",
    "bad_signature",
    "bad_algorithm",
    "bad_claims",  # a good signature under claims that say nobody, or no one tenant
    "no_roles",  # somebody we know, who may do nothing here
    "other_source",  # a good credential, of another source than the path names
    "ambiguous",  # several sources have the same secret, and the path names none of them
    "unreadable",  # the secret or the signers' keys to compare with are not at hand
]
"""For logs, metrics and the audit log. A person outside must not learn which keys there were."""

TEXTS: Final = {
    401: "This needs a credential that is valid here.",
    403: "This credential may not do this.",
    503: "Credentials cannot be checked at present; try again.",
}
"""All that an answer says, by its status."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A credential that was not good: the answer's status, and why, for those who run the receiver."""

    status: Literal[401, 403, 503]
    why: Reason
    who: str = ""
    """Whose it was, as far as that is proven or no secret: `key:ID`, `user:NAME`, `source:NAME`."""

    @property
    def text(self) -> str:
        """What the answer says: the same whatever the reason, for each status."""
        return TEXTS[self.status]
