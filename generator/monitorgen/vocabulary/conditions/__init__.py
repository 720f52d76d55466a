"""The conditions a spec can give an alert. A new one is a module here and a line in `CONDITIONS`."""

from typing import TypeAlias

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.base import one_of
from monitorgen.vocabulary.conditions.absence import Absence
from monitorgen.vocabulary.conditions.base import CODES as BASE_CODES
from monitorgen.vocabulary.conditions.base import Condition
from monitorgen.vocabulary.conditions.operators import CODES as OPERATOR_CODES
from monitorgen.vocabulary.conditions.promql import CODES as PROMQL_CODES
from monitorgen.vocabulary.conditions.promql import Promql
from monitorgen.vocabulary.conditions.threshold import CODES as THRESHOLD_CODES
from monitorgen.vocabulary.conditions.threshold import Threshold
from monitorgen.vocabulary.conditions.trend import Trend

__all__ = ["CODES", "CONDITIONS", "AnyCondition", "Condition"]

CONDITIONS: tuple[type[Condition], ...] = (Threshold, Trend, Absence, Promql)

AnyCondition: TypeAlias = one_of(CONDITIONS)  # type: ignore[valid-type]

CODES: tuple[Code, ...] = (*BASE_CODES, *OPERATOR_CODES, *PROMQL_CODES, *THRESHOLD_CODES)
