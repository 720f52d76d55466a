"""An alert as the API shows it."""

from pydantic import BaseModel, Field

from monitorgen_exporters.receiver.episodes.model import STATUSES, Episode

__all__ = ["Alert", "AlertPage", "Decision", "alert_of"]


class Decision(BaseModel):
    """That somebody acknowledged or suppressed an alert."""

    by: str = Field(description="Who: `user:NAME` or `key:NAME`.", examples=["user:ann"])
    at: str = Field(description="When.", examples=["2026-11-21T14:06:54.123456Z"])
    until: str | None = Field(description="When it runs out; null: when the alert ends.")
    why: str = Field(description="What they said.")


class Alert(BaseModel):
    """One firing of one alert, from the first delivery on until it ended."""

    id: str = Field(description="Of this firing.", examples=["019390ab-0000-7000-8000-000000000001"])
    incident: str = Field(description="Of the alert: the same each time it fires.")
    status: str = Field(
        json_schema_extra={"enum": list(STATUSES)},
        description="`firing`, `acknowledged` and `suppressed` are open. `vanished`: Alertmanager no longer "
        "knows of it, and never told that it was resolved.",
    )
    alertname: str
    severity: str = Field(description="Its label; empty where it has none. So the next three.")
    service: str
    team: str
    environment: str
    tenant: str | None = Field(description="By the source's credentials; null where it belongs to none.")
    source: str = Field(description="Which of the configured Alertmanager clusters sent it.")
    labels: dict[str, str]
    annotations: dict[str, str] = Field(description="As they were sent last.")
    generator_url: str = Field(description="Where the rule is, as the sender says. Not checked.")
    starts_at: str = Field(description="When it began, as Alertmanager says.")
    opened_at: str = Field(description="When the receiver first heard of it.")
    seen_at: str = Field(description="When it was last seen firing; the ETag does not change with it.")
    ended_at: str | None
    ended_by: str | None = Field(description="`alertmanager`, `absence`, or who resolved it.")
    stages: list[str] = Field(description="The stages of its escalation that fire; `''` is the alert itself.")
    in_doubt: bool = Field(
        description="It came again after its resolve; whether that was late news is not known yet."
    )
    silenced_by: list[str] = Field(description="Silences and inhibiting alerts that mute it in Alertmanager.")
    acknowledgement: Decision | None
    suppression: Decision | None
    assignee: str | None
    reopened: int = Field(description="How often it fired again after it had ended.")
    reminded: int = Field(description="How many times somebody was told that nobody had acknowledged it.")
    version: int = Field(description="The number of its last event, and its ETag.")


class AlertPage(BaseModel):
    """Some alerts, the newest first."""

    alerts: list[Alert]
    next: str | None = Field(description="`after` for the next page; null: these are the last.")


def alert_of(episode: Episode) -> Alert:
    """The alert as it is shown."""
    return Alert.model_construct(
        id=episode.id,
        incident=episode.incident,
        status=episode.status,
        alertname=episode.alertname,
        severity=episode.severity,
        service=episode.service,
        team=episode.team,
        environment=episode.environment,
        tenant=episode.tenant or None,
        source=episode.source,
        labels=episode.label_map,
        annotations=episode.annotation_map,
        generator_url=episode.generator_url,
        starts_at=episode.starts_at,
        opened_at=episode.opened_at,
        seen_at=episode.seen_at,
        ended_at=episode.ended_at,
        ended_by=episode.ended_by,
        stages=episode.stage_list,
        in_doubt=bool(episode.doubt),
        silenced_by=episode.silences,
        acknowledgement=_decision(
            episode.acknowledged_by,
            episode.acknowledged_at,
            episode.acknowledged_until,
            episode.acknowledged_why,
        ),
        suppression=_decision(
            episode.suppressed_by, episode.suppressed_at, episode.suppressed_until, episode.suppressed_why
        ),
        assignee=episode.assignee,
        reopened=episode.reopened,
        reminded=episode.notified,
        version=episode.changed,
    )


def _decision(by: str | None, at: str | None, until: str | None, why: str | None) -> Decision | None:
    return None if at is None else Decision.model_construct(by=by or "", at=at, until=until, why=why or "")
