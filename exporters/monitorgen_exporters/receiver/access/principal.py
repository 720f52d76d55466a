"""Who is asking, and what they may do: the same answer for an API key and for a token."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from monitorgen.vocabulary.receiver_access import PERMISSIONS

__all__ = ["Principal", "Roles", "permissions_of"]

Roles = Mapping[str, Collection[str]]
"""The permissions of each role by its name: `all_roles` of the settings."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or a program whose credential was good."""

    name: str
    actor: str
    """As history and audit log name it: `user:NAME` or `key:NAME`."""
    permissions: frozenset[str]
    tenant: str | None = None
    """The one tenant whose alerts there are for it; None for one that sees all."""

    def may(self, permission: str) -> bool:
        """Whether it has this permission."""
        return permission in self.permissions

    def sees(self, tenant: str) -> bool:
        """Whether what belongs to `tenant` (`""` for what belongs to none) is there for it at all."""
        return self.tenant is None or self.tenant == tenant

    def may_hand_out(self, permissions: frozenset[str], tenant: str | None) -> bool:
        """Whether it may make a credential with these: nobody gives away more than they have."""
        return permissions <= self.permissions and (self.tenant is None or self.tenant == tenant)


def permissions_of(names: Iterable[str], roles: Roles) -> frozenset[str]:
    """What the roles of these names together allow; `admin` is everything, as who makes keys can make any.

    A name without a role allows nothing: a key may have been made under other settings, and an issuer of
    tokens lists roles of other programs, too.
    """
    found = frozenset(permission for name in names for permission in roles.get(name, ()))
    return frozenset(PERMISSIONS) if "admin" in found else found
