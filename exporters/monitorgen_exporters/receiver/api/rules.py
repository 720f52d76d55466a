"""The rules that alerts come from, as the compiler wrote them down beside the settings."""

import logging
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from monitorgen_exporters.receiver.api.guard import GuardedRoute, TheService, Who
from monitorgen_exporters.receiver.api.problems import Problem
from monitorgen_exporters.receiver.api.words import Word
from monitorgen_exporters.receiver.queries.alerts import alert_kinds

__all__ = ["router"]

router: Final = APIRouter(route_class=GuardedRoute, tags=["alerts"])

_logger = logging.getLogger(__name__)


class Rule(BaseModel):
    """One alert of the spec."""

    alertname: str
    service: str
    team: str
    severity: str
    for_: str = Field(alias="for", description="How long it has to be so before the alert fires.")
    summary: str
    description: str
    runbook: str
    dashboard: str
    file: str = Field(description="The file of the spec that it stands in.")
    line: int


class RuleList(BaseModel):
    """Alerts of the spec, by service and name."""

    rules: list[Rule]


class RuleFilters(BaseModel):
    """Which rules."""

    model_config = ConfigDict(extra="forbid")

    alertname: list[Word] = Field([], max_length=50)
    service: list[Word] = Field([], max_length=50)
    team: list[Word] = Field([], max_length=50)
    severity: list[Word] = Field([], max_length=50)


@router.get("/api/v1/rules")
def list_rules(service: TheService, who: Who, filters: Annotated[RuleFilters, Query()]) -> RuleList:
    """The alerts that the spec defines, with what to do about each and where it stands in the spec.

    A credential of one tenant sees those of which the tenant has had an alert.
    """
    rules = _read(service)
    if who.tenant is not None:
        with service.database.read() as store:
            known = alert_kinds(store, who.tenant)
        rules = [rule for rule in rules if (rule.alertname, rule.service) in known]
    for name, wanted in filters.model_dump().items():
        rules = [rule for rule in rules if not wanted or getattr(rule, name) in wanted]
    return RuleList(rules=rules)


def _read(service: TheService) -> list[Rule]:
    if service.rules_file is None:
        return []
    try:
        return RuleList.model_validate_json(service.rules_file.read_bytes()).rules
    except FileNotFoundError:
        return []
    except (OSError, ValidationError) as problem:
        _logger.error("the rules in %s cannot be read: %s", service.rules_file, problem)
        raise Problem(503, "The list of rules cannot be read; the receiver's log says why.") from None
