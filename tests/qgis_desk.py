"""A planner at QGIS: a script for the Python that QGIS comes with, not for that of the tests.

Each line on standard input is one JSON list, a method and its arguments; each line on standard
output is the JSON of what it returns. `tests/desktop.py` speaks to it.
"""

import json
import sys
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsGeometry,
    QgsProviderRegistry,
    QgsVectorLayer,
    QgsVectorLayerUtils,
    QgsWkbTypes,
)
from qgis.gui import QgsAttributeEditorContext, QgsAttributeForm, QgsGui
from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QVariant


class Desk:
    """One layer, opened as a planner opens it."""

    def __init__(self, uri: str, provider: str) -> None:
        self._uri, self._provider = uri, provider
        self._layer = QgsVectorLayer(uri, "layer", provider)
        if not self._layer.isValid():
            raise RuntimeError(self._layer.error().summary())

    def describe(self) -> dict[str, Any]:
        """Say what QGIS shows of the layer before anything of it is read."""
        layer = self._layer
        return {
            "crs": layer.crs().authid(),
            "geometry": QgsWkbTypes.displayString(layer.wkbType()),
            "fields": {field.name(): QVariant.typeToName(field.type()) for field in layer.fields()},
            "count": layer.featureCount(),
            "about": layer.htmlMetadata(),
        }

    def tables(self, schema: str) -> dict[str, str]:
        """List the layers of the database, with their geometries, as QGIS's browser does."""
        provider = QgsProviderRegistry.instance().providerMetadata(self._provider)
        connection = provider.createConnection(self._uri, {})
        return {
            table.tableName(): "/".join(
                QgsWkbTypes.displayString(each.wkbType) for each in table.geometryColumnTypes()
            )
            for table in connection.tables(schema)
        }

    def rows(self) -> list[dict[str, Any]]:
        """Read every feature."""
        self._layer.reload()
        return [self._plain(feature) for feature in self._layer.getFeatures()]

    def start(self) -> bool:
        """Press the pencil."""
        return bool(self._layer.startEditing())

    def save(self) -> list[str]:
        """Press the floppy disk; give what QGIS complains of."""
        done = self._layer.commitChanges()
        return [] if done else list(self._layer.commitErrors())

    def draw(self, wkt: str | None, values: dict[str, Any]) -> bool:
        """Draw a feature and fill in the form that pops up."""
        geometry = QgsGeometry() if wkt is None else QgsGeometry.fromWkt(wkt)
        feature = QgsVectorLayerUtils.createFeature(self._layer, geometry)
        return self._fill_in(feature, values, QgsAttributeEditorContext.AddFeatureMode)

    def fill_in(self, code: str, values: dict[str, Any]) -> bool:
        """Change a feature in its form."""
        return self._fill_in(self._find(code), values, QgsAttributeEditorContext.SingleEditMode)

    def calculate(self, code: str, field: str, value: Any) -> bool:
        """Change one cell in the table of attributes."""
        position = self._layer.fields().indexOf(field)
        cell = _cell(self._layer.fields().at(position), value)
        return bool(self._layer.changeAttributeValue(self._find(code).id(), position, cell))

    def reshape(self, code: str, wkt: str) -> bool:
        """Draw a feature anew."""
        return bool(self._layer.changeGeometry(self._find(code).id(), QgsGeometry.fromWkt(wkt)))

    def add_part(self, code: str, wkt: str) -> bool:
        """Add a part to a feature of several parts."""
        feature = self._find(code)
        geometry = feature.geometry()
        geometry.addPartGeometry(QgsGeometry.fromWkt(wkt))
        return bool(self._layer.changeGeometry(feature.id(), geometry))

    def delete(self, code: str) -> bool:
        """Delete a feature."""
        return bool(self._layer.deleteFeature(self._find(code).id()))

    def _find(self, code: str) -> Any:
        return next(one for one in self._layer.getFeatures() if one["code"] == code)

    def _fill_in(self, feature: Any, values: dict[str, Any], mode: Any) -> bool:
        form = QgsAttributeForm(self._layer, feature)
        form.setMode(mode)
        for name, value in values.items():
            form.changeAttribute(name, _cell(self._layer.fields().field(name), value))
        return bool(form.save())

    def _plain(self, feature: Any) -> dict[str, Any]:
        names = [field.name() for field in self._layer.fields()]
        values = {
            name: _shown(value) for name, value in zip(names, feature.attributes(), strict=True)
        }
        return {**values, "wkt": feature.geometry().asWkt(9)}


def _cell(field: Any, value: Any) -> Any:
    """Give a value as the widgets of a form give it."""
    if value is None:
        return QVariant(field.type())
    if field.type() == QVariant.Date:
        return QDate.fromString(value, "yyyy-MM-dd")
    if field.type() == QVariant.DateTime:
        return QDateTime.fromString(value, Qt.ISODate)
    return value


def _shown(value: Any) -> Any:
    if isinstance(value, QVariant) and value.isNull():
        return None
    if isinstance(value, QDate | QDateTime):
        return value.toString(Qt.ISODate)
    return value


def main() -> None:
    """Do what is asked, line by line."""
    application = QgsApplication([], True)
    application.initQgis()
    QgsGui.editorWidgetRegistry().initEditors()  # without widgets a form takes nothing
    desk = Desk(*sys.argv[1:])
    _say("ready")
    for line in sys.stdin:
        method, *arguments = json.loads(line)
        _say(getattr(desk, method)(*arguments))
    del desk
    application.exitQgis()


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
