"""The kind of effect `command`: a program of the settings' choice, with words from an alert's labels."""

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from monitorgen.vocabulary.headers import is_secret
from monitorgen.vocabulary.receiver_effects import ReceiverAction
from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.receiver.effects import process
from monitorgen_exporters.receiver.effects.arguments import arguments, filled
from monitorgen_exporters.receiver.effects.kind import Effect, EffectSettings, Outcome, Refusal
from monitorgen_exporters.receiver.effects.process import Command, Ended, LostError, StartError
from monitorgen_exporters.receiver.effects.redaction import MARGIN, Redactor

__all__ = ["KIND", "Commands", "Planned", "plan"]

_LONGEST_WORD: Final = 1000


@dataclass(frozen=True, slots=True)
class Planned:
    """What the outbox keeps of an action that is to be run: its target, and `Effect.request`."""

    target: str
    request: Mapping[str, Json]


def plan(action: ReceiverAction, labels: Mapping[str, str]) -> Planned | Refusal:
    """The action for an alert with these labels, or why it must not be run for it.

    The request holds labels, not the words of the command: those are made from the settings when it is run,
    so that who can write to the database can choose among the values that the patterns allow, and no more.
    """
    words = arguments(action.command, action.parameters, labels)
    if isinstance(words, Refusal):
        return words
    target = filled(action.target, action.parameters, labels)
    if isinstance(target, Refusal):
        return target
    wanted = {parameter.label for parameter in action.parameters.values()}
    return Planned(target, {"labels": {name: labels[name] for name in sorted(wanted) if name in labels}})


class Commands:
    """Runs the action that `effect.name` names, with the labels in `effect.request["labels"]`."""

    name = "command"

    def perform(self, effect: Effect, settings: EffectSettings) -> Outcome:
        """One run. A dry run goes the same way to the end and stops where the program would take over.

        Exit code 0 is done; there is no other success, and a command is never tried again by itself.
        """
        action = settings.actions.get(effect.name)
        if action is None:
            return Outcome("failed", f"the settings have no action `{effect.name}` any more")
        words = arguments(action.command, action.parameters, _labels(effect))
        if isinstance(words, Refusal):
            return Outcome("failed", f"refused: {words.why}")
        redactor = _redactor(action)
        said: dict[str, Json] = {
            "argv": [redactor.text(word, _LONGEST_WORD) for word in words],
            "target": redactor.line(effect.target, _LONGEST_WORD),
            "dry_run": action.dry_run,
        }
        try:
            ended = process.run(_command(action, words, action.timeout, dry_run=action.dry_run))
        except StartError as problem:
            return Outcome("failed", f"not started: {redactor.line(str(problem), 300)}", said)
        except LostError as problem:
            return Outcome("retry" if action.idempotent else "unknown", str(problem), said)
        if action.dry_run:
            return Outcome("done", "a dry run: nothing was started", said)
        return _outcome(action, ended, redactor, said)

    def longest(self, effect: Effect, settings: EffectSettings) -> float:
        """The action's `timeout`, and the time it takes to end what does not end by itself."""
        action = settings.actions.get(effect.name)
        return process.longest(action.timeout if action else 0.0)

    def idempotent(self, effect: Effect, settings: EffectSettings) -> bool:
        """Whether the action is said to be so; a dry run always is."""
        action = settings.actions.get(effect.name)
        return action is not None and (action.idempotent or action.dry_run)

    def verify(self, effect: Effect, settings: EffectSettings) -> bool | None:
        """What the action's `verify` says: True for exit code 0, False for 1.

        Anything else, a probe that cannot be started included, is no answer.
        """
        action = settings.actions.get(effect.name)
        if action is None or action.verify is None:
            return None
        words = arguments(action.verify.command, action.parameters, _labels(effect))
        if isinstance(words, Refusal):
            return None
        try:
            ended = process.run(_command(action, words, action.verify.timeout))
        except (StartError, LostError):
            return None
        if ended.cut_off or ended.exit_code not in (0, 1):
            return None
        return ended.exit_code == 0


KIND: Final = Commands()


def _labels(effect: Effect) -> dict[str, str]:
    """The labels in the request, if they are some: the database is trusted with nothing here."""
    found: Any = effect.request.get("labels")
    if not isinstance(found, Mapping):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _command(
    action: ReceiverAction, words: Sequence[str], timeout: float, *, dry_run: bool = False
) -> Command:
    return Command(
        argv=tuple(words),
        timeout=timeout,
        environment=action.environment,
        cpu=max(1, round(action.cpu)),
        memory=int(action.memory),
        keep=int(action.output) // 2 + MARGIN,
        user=action.user,
        dry_run=dry_run,
    )


def _redactor(action: ReceiverAction) -> Redactor:
    secrets = (text for name, text in action.environment.items() if is_secret(name.replace("_", "-")))
    return Redactor.of(secrets, action.redact)


def _outcome(action: ReceiverAction, ended: Ended, redactor: Redactor, said: dict[str, Json]) -> Outcome:
    limit = int(action.output)
    output = {"stdout": redactor.output(ended.stdout, limit), "stderr": redactor.output(ended.stderr, limit)}
    result: dict[str, Json] = {
        **said,
        **output,
        "exit_code": ended.exit_code,
        "signal": ended.signal,
        "timed_out": ended.cut_off,
        "milliseconds": round(ended.seconds * 1000),
        "left_running": ended.left_running,
        "survivors": ended.survivors,
    }
    notes = _notes(ended)
    if ended.exit_code == 0 and not ended.cut_off:
        return Outcome("done", "; ".join(notes), result)
    last = (output["stderr"].strip() or output["stdout"].strip()).splitlines()[-1:]
    why = [_ending(action, ended), *notes, *(f"it said: {line[:200]}" for line in last)]
    return Outcome("failed", "; ".join(why), result)


def _ending(action: ReceiverAction, ended: Ended) -> str:
    if ended.cut_off:
        return f"it was ended after {action.timeout:g} s, its timeout"
    if ended.signal == signal.SIGXCPU:
        return f"it was ended after {action.cpu:g} s of CPU time"
    if ended.signal is not None:
        return f"signal {ended.signal} ended it"
    if ended.exit_code is None:
        return "it could not be ended"
    return f"it ended with exit code {ended.exit_code}"


def _notes(ended: Ended) -> list[str]:
    notes = []
    if ended.left_running:
        notes.append(f"processes that it left running were ended: {ended.left_running}")
    if ended.survivors:
        notes.append(f"processes that could not be ended: {ended.survivors}")
    return notes
