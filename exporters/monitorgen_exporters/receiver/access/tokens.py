"""JSON Web Tokens (RFC 7519): whose they are, if they are good, after the advice of RFC 8725.

Which ways of signing count is said by the settings and the issuer's keys, never by the token. Only those with
a key pair do: where a shared secret counts too, whoever knows a public key signs with it as the secret.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any, Final

import jwt
from jwt import exceptions as faults

from monitorgen.vocabulary.receiver_access import ReceiverJwt, ReceiverUser
from monitorgen_exporters.receiver.access.jwks import FileKeys, KeySet, ServedKeys
from monitorgen_exporters.receiver.access.principal import Principal, Roles, permissions_of
from monitorgen_exporters.receiver.access.refusal import Reason, Refusal
from monitorgen_exporters.receiver.access.secret import Unreadable

__all__ = ["LONGEST_TOKEN", "Tokens", "key_set"]

LONGEST_TOKEN: Final = 16 * 1024
"""Characters of a token that is looked at."""

_PAIRED: Final = frozenset(
    {f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)} | {"EdDSA"}
)
_NAME: Final = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,200}")
_WHY: Final[tuple[tuple[type[Exception], Reason], ...]] = (
    (faults.ExpiredSignatureError, "expired"),
    (faults.ImmatureSignatureError, "not_yet"),
    (faults.InvalidIssuerError, "other_issuer"),
    (faults.InvalidAudienceError, "other_audience"),
    (faults.InvalidSignatureError, "bad_signature"),
    (faults.InvalidAlgorithmError, "bad_algorithm"),
    (faults.InvalidKeyError, "bad_algorithm"),
    (faults.DecodeError, "malformed"),
    (faults.InvalidTokenError, "bad_claims"),
)
_log = logging.getLogger(__name__)


def key_set(settings: ReceiverJwt) -> KeySet:
    """Where the settings have the issuer's keys from."""
    if settings.jwks_file is not None:
        return FileKeys(settings.jwks_file)
    assert settings.jwks_url is not None  # the settings have one of the two
    return ServedKeys(settings.jwks_url)


class Tokens:
    """Tokens as the settings have them. Any number of threads may use it."""

    def __init__(
        self,
        settings: ReceiverJwt,
        users: Mapping[str, ReceiverUser],
        roles: Roles,
        keys: KeySet | None = None,
    ) -> None:
        unfit = set(settings.algorithms) - _PAIRED
        if unfit:
            raise ValueError(f"{', '.join(sorted(unfit))} is no way of signing with a key pair")
        self._settings = settings
        self._users = users
        self._roles = roles
        self._keys = key_set(settings) if keys is None else keys

    def authenticate(self, presented: str) -> Principal | Refusal:
        """Who presents this token, or why they are not let in.

        It may wait for the issuer's server: call it outside of an event loop.
        """
        if len(presented) > LONGEST_TOKEN or not presented.isascii() or presented.count(".") != 2:
            return Refusal(401, "malformed")
        try:
            claims = self._claims(presented)
        except Unreadable as fault:
            _log.error("tokens cannot be checked: %s", fault)
            return Refusal(503, "unreadable")
        except (faults.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as fault:
            # Not every version of PyJWT makes its own error of what a claim or a header can set off.
            return Refusal(401, next((why for kind, why in _WHY if isinstance(fault, kind)), "malformed"))
        return claims if isinstance(claims, Refusal) else self._principal(claims)

    def _claims(self, presented: str) -> dict[str, Any] | Refusal:
        header = jwt.get_unverified_header(presented)
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self._settings.algorithms:
            return Refusal(401, "bad_algorithm")
        keys = self._keys.find(kid, algorithm)
        # Where the token does not say which key, and there are several, somebody would have to guess.
        if not keys or (kid is None and len(keys) > 1):
            return Refusal(401, "unknown")
        for key in keys[:-1]:
            try:
                return self._decode(presented, key.key, algorithm)
            except faults.InvalidSignatureError:
                continue  # an id that several keys have; RFC 7517, section 4.5
        return self._decode(presented, keys[-1].key, algorithm)

    def _decode(self, presented: str, key: Any, algorithm: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            presented,
            key,
            # The one that the settings allow and this key is for.
            algorithms=[algorithm],
            issuer=self._settings.issuer,
            audience=self._settings.audience,
            leeway=self._settings.leeway,
            options={"require": ["exp", "iss", "aud"]},
        )
        return claims

    def _principal(self, claims: Mapping[str, Any]) -> Principal | Refusal:
        named = self._settings.username_claim
        name = _claim(claims, named)
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            return Refusal(401, "bad_claims")
        if named == "email" and claims.get("email_verified") in (False, "false"):
            # Some issuers let people enter any address: OpenID Connect Core, section 5.7.
            return Refusal(401, "bad_claims")
        user = self._users.get(name)
        tenant = self._tenant(claims, user)
        if isinstance(tenant, Refusal):
            return Refusal(tenant.status, tenant.why, f"user:{name}")
        roles = [*(user.roles if user is not None else ()), *self._roles_in(claims)]
        permissions = permissions_of(roles, self._roles)
        if not permissions:
            return Refusal(403, "no_roles", f"user:{name}")
        return Principal(name, f"user:{name}", permissions, tenant)

    def _roles_in(self, claims: Mapping[str, Any]) -> list[str]:
        """The roles that a token says: a list of words, or a text with blanks between them as scopes are."""
        if self._settings.roles_claim is None:
            return []
        said = _claim(claims, self._settings.roles_claim)
        if isinstance(said, str):
            return said.split()
        return [role for role in said if isinstance(role, str)] if isinstance(said, list) else []

    def _tenant(self, claims: Mapping[str, Any], user: ReceiverUser | None) -> str | Refusal | None:
        fixed = None if user is None else user.tenant
        if self._settings.tenant_claim is None:
            return fixed
        said = _claim(claims, self._settings.tenant_claim)
        if said is None and user is not None:
            return fixed
        # Who has no tenant sees everybody's: that is for the settings to say, and for no missing claim.
        if not isinstance(said, str) or not said or fixed not in (None, said):
            return Refusal(401, "bad_claims")
        return said


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or, as `realm_access.roles`, by the names on the way to it; None without it."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for step in name.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found
