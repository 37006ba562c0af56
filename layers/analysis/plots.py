"""The plots that could be made green, and which of them a code means."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from geopandas import GeoDataFrame

from layers.analysis.inputs import Question
from layers.errors import AnalysisInputError, PlotUnknownError
from layers.store import Store

__all__ = ["labels_of", "read_plots"]


def read_plots(store: Store, question: Question, kind: str, *, analysis: str) -> GeoDataFrame:
    """Read the plots of a kind in metres: code, name, and `plots`, the codes that each holds.

    Raises
    ------
    AnalysisInputError, UnknownKindError, ScopeError
    """
    if not store.kind(kind).is_spatial:
        raise AnalysisInputError(analysis=analysis, missing=kind, reason="no_field")
    frame = store.read(kind, as_of=question.as_of, on=question.evaluated_on, scope=question.scope)
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if frame.empty:
        raise AnalysisInputError(analysis=analysis, missing=kind, reason="no_rows")
    frame = frame.to_crs(store.settings.metric_crs)
    named = frame[["code", "name", frame.geometry.name]]
    return named.assign(plots=[(code,) for code in named["code"]])


def labels_of(plots: GeoDataFrame, codes: Collection[str]) -> list[Any]:
    """Find the sites that hold plots, by the code of these.

    Raises
    ------
    PlotUnknownError
    """
    held = {str(code): label for label, several in plots["plots"].items() for code in several}
    for code in codes:
        if code not in held:
            raise PlotUnknownError(code=code)
    return list(dict.fromkeys(held[code] for code in codes))
