"""The keys of a panel in the JSON of a Grafana dashboard, which ignores all others in silence."""

from typing import Final

from monitorgen.model.keys.shapes import ANY_LIST, Kind, Table, each

__all__ = ["PANEL"]

PANEL: Final = Table(
    "",
    {
        **each(
            Kind.TEXT,
            "type title description repeat repeatDirection interval timeFrom timeShift cacheTimeout "
            "pluginVersion",
        ),
        **each(Kind.BOOLEAN, "transparent hideTimeOverride"),
        **each(Kind.NUMBER, "id maxPerRow maxDataPoints queryCachingTTL"),
        **each(Kind.ANYTHING, "datasource libraryPanel options"),
        **each(ANY_LIST, "links targets transformations"),
        "gridPos": Table("", {**each(Kind.NUMBER, "h w x y"), "static": Kind.BOOLEAN}),
        "fieldConfig": Table(
            "",
            {
                "defaults": Table(
                    "",
                    {
                        **each(Kind.TEXT, "displayName displayNameFromDS description path unit noValue"),
                        **each(Kind.BOOLEAN, "writeable filterable"),
                        **each(Kind.NUMBER, "decimals min max"),
                        **each(ANY_LIST, "mappings links"),
                        **each(Kind.ANYTHING, "thresholds color custom"),
                    },
                ),
                "overrides": ANY_LIST,
            },
        ),
    },
)
"""A panel of a Grafana dashboard."""
