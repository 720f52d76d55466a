"""What a principal may do and see, and may give to others."""

import pytest

from monitorgen.vocabulary.receiver_access import BUILT_IN_ROLES, PERMISSIONS
from monitorgen_exporters.receiver.access.principal import Principal, permissions_of

ROLES = {**BUILT_IN_ROLES, "auditor": ("audit", "reports")}


def somebody(*roles: str, tenant: str | None = None) -> Principal:
    return Principal("ann", "user:ann", permissions_of(roles, ROLES), tenant)


def test_roles_add_up() -> None:
    assert permissions_of(["viewer", "auditor"], ROLES) == {"read", "reports", "audit"}


def test_a_role_nobody_defines_allows_nothing() -> None:
    assert permissions_of(["offline_access", "Viewer", ""], ROLES) == frozenset()


def test_admin_is_everything_under_whatever_name() -> None:
    assert permissions_of(["boss"], {"boss": ["admin"]}) == frozenset(PERMISSIONS)


def test_a_role_of_the_settings_takes_the_place_of_a_built_in_one() -> None:
    assert permissions_of(["admin"], {"admin": ["read"]}) == {"read"}


def test_what_it_may() -> None:
    assert somebody("viewer").may("read")
    assert not somebody("viewer").may("acknowledge")
    assert not somebody().may("read")


@pytest.mark.parametrize(
    ("own", "other", "sees"),
    [
        (None, "", True),
        (None, "acme", True),
        ("acme", "acme", True),
        ("acme", "", False),
        ("acme", "ACME", False),
    ],
)
def test_a_tenant_sees_its_own_alone(own: str | None, other: str, sees: bool) -> None:
    assert somebody("admin", tenant=own).sees(other) is sees


@pytest.mark.parametrize(
    ("by", "roles", "tenant", "may"),
    [
        (somebody("admin"), ["admin"], None, True),
        (somebody("admin"), ["viewer"], "acme", True),
        (somebody("admin", tenant="acme"), ["admin"], "acme", True),
        (somebody("admin", tenant="acme"), ["viewer"], None, False),
        (somebody("admin", tenant="acme"), ["viewer"], "other", False),
        (somebody("responder"), ["viewer"], None, True),
        (somebody("responder"), ["auditor"], None, False),
        (somebody("responder"), ["admin"], None, False),
    ],
)
def test_nobody_hands_out_more_than_they_have(
    by: Principal, roles: list[str], tenant: str | None, may: bool
) -> None:
    assert by.may_hand_out(permissions_of(roles, ROLES), tenant) is may
