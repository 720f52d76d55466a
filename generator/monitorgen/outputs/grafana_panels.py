"""Our dashboards and panels as Grafana's own models. Importing this module imports the Grafana SDK.

The SDK's model classes are used directly and not its builders, which cost twice the time. What is the same
in every panel is turned into plain JSON values once.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from grafana_foundation_sdk.models import (
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    text,
    timeseries,
)

from monitorgen.model.panels import Column, Dashboard, Link, Panel
from monitorgen.outputs.grafana_layout import Place, place
from monitorgen.outputs.grafana_text import literal, markdown, plain_markdown, query, url

__all__ = ["SCHEMA_VERSION", "build"]

SCHEMA_VERSION: Final = 39
"""The dashboard schema of Grafana 10.4. Later ones raise it as they load it, to 41 in 11.6; what changed on
the way (`refresh` always a string, no `time_options`) holds for ours already."""

_UNITS: Final = {
    "percent": "percent",
    "ratio": "percentunit",
    "seconds": "s",
    "milliseconds": "ms",
    "bytes": "bytes",
    "bytes_per_second": "binBps",
    "per_second": "cps",
    "count": "short",
}
_TYPES: Final = {
    "timeseries": "timeseries",
    "stat": "stat",
    "states": "state-timeline",
    "table": "table",
    "text": "text",
    "links": "text",
}


def build(model: Dashboard, datasource: str) -> dashboard.Dashboard:
    """The dashboard; every panel asks the data source with the UID `datasource`."""
    source = dashboard.DataSourceRef("prometheus", datasource)
    built: list[dashboard.Panel | dashboard.RowPanel] = []
    for position in place(model.rows):
        grid = dashboard.GridPos(position.height, position.width, position.x, position.y)
        if position.panel is None:
            title = literal(position.row.title)
            built.append(dashboard.RowPanel(title=title, grid_pos=grid, id_val=position.id))
        else:
            built.append(_panel(position, position.panel, grid, source))
    return dashboard.Dashboard(
        uid=model.uid,
        title=literal(model.title),
        description=model.description or None,
        tags=sorted(model.tags),
        graph_tooltip=dashboard.DashboardCursorSync.CROSSHAIR,
        time=dashboard.DashboardDashboardTime("now-6h", "now"),
        refresh="1m",
        schema_version=SCHEMA_VERSION,
        panels=built,
        templating=dashboard.DashboardDashboardTemplating([]),
        annotations=dashboard.AnnotationContainer([]),
        links=[_link(link, keep_time=bool(link.uid)) for link in model.links],
    )


def _panel(
    position: Place, panel: Panel, grid: dashboard.GridPos, source: dashboard.DataSourceRef
) -> dashboard.Panel:
    shown = dashboard.Panel(
        type_val=_TYPES[panel.kind],
        id_val=position.id,
        title=literal(panel.title),
        description=markdown(panel.description) or None,
        grid_pos=grid,
        options=_options(panel),
        transparent=None,
    )
    shown.repeat_direction = None  # the SDK fills it in, though nothing is repeated
    if panel.kind != "links" and panel.links:
        shown.links = [_link(link) for link in panel.links]
    if panel.queries:
        shown.datasource = source
        shown.targets = _targets(panel, source)
        shown.field_config = _field_config(panel)
    if panel.columns:
        shown.transformations = _columns(panel.columns)
    return _Extended(shown, panel.extra) if panel.extra else shown


class _Extended(dashboard.Panel):
    """A panel with a user's `extra:` merged into what is written; mappings merge to any depth."""

    def __init__(self, panel: dashboard.Panel, extra: Mapping[str, Any]) -> None:
        self._panel = panel
        self._extra = extra

    def to_json(self) -> dict[str, object]:
        merged: dict[str, object] = _merged(_plain(self._panel), self._extra)
        return merged


def _merged(base: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in extra.items():
        both = isinstance(value, Mapping) and isinstance(base.get(key), dict)
        merged[key] = _merged(base[key], value) if both else value
    return merged


def _targets(panel: Panel, source: dashboard.DataSourceRef) -> list[Any]:
    return [
        prometheus.Dataquery(
            expr=query(asked.expr),
            ref_id=_ref_id(number),
            instant=asked.instant,
            range_val=not asked.instant,
            editor_mode=prometheus.QueryEditorMode.CODE,
            format_val=_TABLE if panel.kind == "table" else _TIME_SERIES,
            legend_format=asked.legend or "__auto",
            datasource=source,
        )
        for number, asked in enumerate(panel.queries)
    ]


def _ref_id(number: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    letters = chr(ord("A") + number % 26)
    return letters if number < 26 else _ref_id(number // 26 - 1) + letters


def _link(link: Link, *, keep_time: bool = False) -> dashboard.DashboardLink:
    return dashboard.DashboardLink(
        title=literal(link.title),
        icon="dashboard" if link.uid else "external link",
        url=f"/d/{link.uid}" if link.uid else url(link.url),
        target_blank=not link.uid,
        keep_time=keep_time,
    )


def _options(panel: Panel) -> object:
    match panel.kind:
        case "timeseries":
            return _TIMESERIES_OPTIONS
        case "stat":
            return _STAT_OPTIONS
        case "states":
            return _STATES_OPTIONS
        case "table":
            return _TABLE_OPTIONS
        case "text":
            return text.Options(content=markdown(panel.text))
        case "links":
            return text.Options(content="\n".join(_listed(link) for link in panel.links))


def _listed(link: Link) -> str:
    # Relative: Grafana's page sets a base address, which a leading slash would escape when it is not `/`.
    target = f"d/{link.uid}" if link.uid else url(link.url).replace(")", "%29").replace(" ", "%20")
    beside = f" - {plain_markdown(link.text)}" if link.text else ""
    return f"- [{plain_markdown(link.title)}]({target}){beside}"


def _field_config(panel: Panel) -> dashboard.FieldConfigSource:
    low, high = panel.bounds or (None, None)
    defaults = dashboard.FieldConfig(
        unit=_UNITS.get(panel.unit),
        min_val=low,
        max_val=high,
        mappings=_mappings(panel),
        thresholds=_thresholds(panel),
        color=_BY_THRESHOLD if panel.kind in ("stat", "states") else _BY_SERIES,
        custom=_drawing(panel),
    )
    return dashboard.FieldConfigSource(defaults, [_column_link(c) for c in panel.columns if c.tag])


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig | None:
    if panel.threshold is None:
        return None
    # On a graph only the bad side is coloured: Grafana draws the line in the colour beside `transparent`.
    good = "green" if panel.kind == "stat" else "transparent"
    low, high = ("red", good) if panel.side == "below" else (good, "red")
    steps = [dashboard.Threshold(None, low), dashboard.Threshold(panel.threshold, high)]
    return dashboard.ThresholdsConfig(dashboard.ThresholdsMode.ABSOLUTE, steps)


def _drawing(panel: Panel) -> object:
    if panel.kind != "timeseries":
        return _STATES_DRAWING if panel.kind == "states" else None
    if panel.threshold is None:
        return _LINES
    style = _LINE_AND_AREA if panel.side else _DASHED_LINE
    # The axis reaches the threshold however far away the series are: a line nobody sees warns nobody.
    margin = abs(panel.threshold) * 0.1
    low, high = min(0.0, panel.threshold - margin), max(0.0, panel.threshold + margin)
    return {**_LINES, "thresholdsStyle": style, "axisSoftMin": _short(low), "axisSoftMax": _short(high)}


def _short(number: float) -> float:
    """The number without the digits that binary arithmetic leaves behind."""
    return float(f"{number:.6g}")


def _mappings(panel: Panel) -> list[Any] | None:
    if not panel.mappings:
        return None
    named = {
        value: dashboard.ValueMappingResult(words, colour, index=index)
        for index, (value, words, colour) in enumerate(panel.mappings)
    }
    return [dashboard.ValueMap(named)]


def _columns(columns: tuple[Column, ...]) -> list[dashboard.DataTransformerConfig]:
    """Only these labels, in this order, under these headings."""
    order = {column.label: index for index, column in enumerate(columns)}
    names = {column.label: column.title for column in columns}
    return [
        dashboard.DataTransformerConfig("filterFieldsByName", options={"include": {"names": list(order)}}),
        dashboard.DataTransformerConfig(
            "organize", options={"excludeByName": {}, "indexByName": order, "renameByName": names}
        ),
    ]


def _column_link(column: Column) -> dashboard.DashboardFieldConfigSourceOverrides:
    link = {"title": "Dashboard", "url": f"/dashboards?tag={column.tag}${{__value.raw}}"}
    return dashboard.DashboardFieldConfigSourceOverrides(
        dashboard.MatcherConfig("byName", column.title), [dashboard.DynamicConfigValue("links", [link])]
    )


def _plain(value: object) -> dict[str, Any]:
    """An SDK object as the JSON value it is written as."""
    plain: dict[str, Any] = orjson.loads(orjson.dumps(value, default=lambda part: part.to_json()))
    return plain


_TABLE: Final = prometheus.PromQueryFormat.TABLE
_TIME_SERIES: Final = prometheus.PromQueryFormat.TIME_SERIES
_BY_THRESHOLD: Final = dashboard.FieldColor(dashboard.FieldColorModeId.THRESHOLDS)
_BY_SERIES: Final = dashboard.FieldColor(dashboard.FieldColorModeId.PALETTE_CLASSIC)
_LEGEND: Final = common.VizLegendOptions(show_legend=True)
_TOOLTIP: Final = common.VizTooltipOptions(common.TooltipDisplayMode.MULTI, common.SortOrder.DESCENDING)
_TIMESERIES_OPTIONS: Final = _plain(timeseries.Options(legend=_LEGEND, tooltip=_TOOLTIP))
_STAT_OPTIONS: Final = _plain(
    stat.Options(
        graph_mode=common.BigValueGraphMode.NONE,
        color_mode=common.BigValueColorMode.BACKGROUND,
        reduce_options=common.ReduceDataOptions(values=False, calcs=["lastNotNull"], fields=""),
    )
)
_STATES_OPTIONS: Final = _plain(
    statetimeline.Options(
        show_value=common.VisibilityMode.NEVER,
        legend=_LEGEND,
        tooltip=common.VizTooltipOptions(),
    )
)
_TABLE_OPTIONS: Final = _plain(table.Options())
_STATES_DRAWING: Final = _plain(statetimeline.FieldConfig())
_LINES: Final = _plain(
    common.GraphFieldConfig(
        draw_style=common.GraphDrawStyle.LINE,
        line_width=1,
        fill_opacity=10,
        show_points=common.VisibilityMode.AUTO,
        span_nulls=False,
    )
)
_LINE_AND_AREA: Final = {"mode": common.GraphThresholdsStyleMode.LINE_AND_AREA.value}
_DASHED_LINE: Final = {"mode": common.GraphThresholdsStyleMode.DASHED.value}
