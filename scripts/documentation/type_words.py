"""The type of a field in the words of a reader: `duration`, `list of names`, `one of ...`."""

import types
from collections.abc import Callable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from monitorgen.vocabulary import (
    amounts,
    audit,
    aws,
    fields,
    matchers,
    one_or_more,
    patterns,
    quantity,
    receiver_access,
    receiver_effects,
    relabel,
    secrets,
)
from monitorgen.vocabulary.base import Kind
from monitorgen.vocabulary.channels import Channel, email, templated, webhook
from monitorgen.vocabulary.checks import Check, scalars
from monitorgen.vocabulary.conditions import Condition, base, operators
from monitorgen.vocabulary.discovery import file

__all__ = ["FAMILIES", "type_words"]

FAMILIES: dict[type[Kind], str] = {Channel: "channel", Check: "check", Condition: "condition"}
"""What stands where any kind of a family may stand."""

# `WORDS` stands for the page that explains the words.
_WORDS: tuple[tuple[Any, str], ...] = (
    (fields.Text, "text"),
    (fields.Duration, "duration"),
    (base.Window, "duration, more than zero"),
    (scalars.ProbeTimeout, "duration, more than 0.5s"),
    (fields.Boolean, "true or false"),
    (fields.Integer, "whole number"),
    (fields.Number, "number"),
    (fields.Port, "port"),
    (scalars.Status, "HTTP status"),
    (scalars.Attempts, "whole number, 1 to 20"),
    (scalars.Host, "host"),
    (fields.Name, "name"),
    (fields.LabelName, "label name"),
    (fields.MetricName, "metric name"),
    (fields.AbsoluteUrl, "URL"),
    (fields.HostPort, "host:port"),
    (fields.OneOrMore, "text, or a list of texts"),
    (fields.RawMapping, "map"),
    (secrets.Secret, "[secret](WORDS#secrets)"),
    (matchers.Where, "map of label to [matcher](WORDS#label-matchers)"),
    (relabel.AnyLabel, "any label name"),
    (operators.Operator, "[operator](WORDS#operators)"),
    (quantity.QuantityText, "[quantity](WORDS#quantities)"),
    (quantity.Unit, ", ".join(f"`{unit}`" for unit in quantity.UNITS)),
    (templated.TemplateText, "text, may hold Go templates"),
    (email.Address, "mail address"),
    (webhook.Address, "URL, or a [secret](WORDS#secrets)"),
    (webhook.Method, "`POST`"),
    (webhook.HeaderName, "header"),
    (webhook.HeaderValue, "text, or a [secret](WORDS#secrets)"),
    (file.TargetFile, "path"),
    (aws.AccountId, "twelve digits"),
    (aws.Region, "AWS region"),
    (aws.Regions, "list of AWS regions"),
    (aws.RoleName, "role name"),
    (aws.Principals, "list of ARNs"),
    (aws.Tags, "map of text to text"),
    (amounts.KeepingTime, "duration"),
    (secrets.OwnSecret, "[secret](WORDS#secrets), or `{env: NAME}`"),
    (amounts.Size, "size"),
    (patterns.RunPattern, "regular expression"),
    (receiver_access.UserName, "user name"),
    (receiver_access.Permission, "permission"),
    (receiver_access.Algorithm, "algorithm"),
    (receiver_effects.ToldEvent, "event"),
    (receiver_effects.Address, "URL, or a [secret](WORDS#secrets), or `{env: NAME}`"),
    (receiver_effects.LabelMatch, "map of label to text, or to a list of texts"),
    (receiver_effects.Variable, "variable name"),
    (audit.LogUrl, "path, or URL of a database"),
    (audit.Word, "word"),
    (audit.Words, "list of words"),
)

Link = Callable[[type[BaseModel]], str]
"""The words for a model, with a link to where its fields are described."""


def type_words(annotation: Any, link: Link) -> str:
    """The words for `annotation`; a part that may be left out is said as if it were there."""
    for known, words in _WORDS:
        if annotation == known:
            return words
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        if one_or_more.ONE_OR_MORE in arguments[1:]:
            return f"{type_words(arguments[0], link).removeprefix('list of ')}, or a list"
        return _narrowed(annotation, link)
    if origin in (Union, types.UnionType):
        return _union([part for part in arguments if part is not types.NoneType], link)
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in arguments)
    if origin is list:
        return f"list of {_many(type_words(arguments[0], link))}"
    if origin is dict:
        return f"map of {type_words(arguments[0], link)} to {type_words(arguments[1], link)}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return link(annotation)
    if annotation is str:
        return "text"
    raise TypeError(f"no words for {annotation!r}: add them to {__name__}")


def _many(words: str) -> str:
    plurals = {"host:port": "host:port"}
    plural = words if "[" in words else words + "es" if words.endswith("s") else words + "s"
    return plurals.get(words, words.replace("[map]", "[maps]") if "[map]" in words else plural)


def _narrowed(annotation: Any, link: Link) -> str:
    """The words for the type that this one is a narrower form of: the same with less said about it."""
    bare, metadata = annotation.__origin__, annotation.__metadata__
    if len(metadata) == 1:
        return type_words(bare, link)
    return type_words(Annotated[(bare, *metadata[:-1])], link)


def _union(members: list[Any], link: Link) -> str:
    if len(members) == 1:
        return type_words(members[0], link)
    bare = [get_args(member)[0] if get_origin(member) is Annotated else member for member in members]
    for family in FAMILIES:
        if all(isinstance(kind, type) and issubclass(kind, family) for kind in bare):
            return link(family)
    return " or ".join(type_words(member, link) for member in members)
