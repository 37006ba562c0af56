"""A planner who opens vector tiles in QGIS: a script for the Python that QGIS comes with.

    qgis_tiles.py TEMPLATE WEST SOUTH EAST NORTH

Draws the box, which is in degrees, with every feature in red on white, and prints as JSON whether
QGIS takes the layer for one, and what share of the picture it has drawn on.
"""

import json
import sys
from urllib.parse import quote

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFillSymbol,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorTileBasicRenderer,
    QgsVectorTileBasicRendererStyle,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

_PIXELS = 400


def main() -> None:
    """Open, draw, tell."""
    application = QgsApplication([], True)
    application.initQgis()
    template, *edges = sys.argv[1:]
    layer = QgsVectorTileLayer(f"type=xyz&zmin=0&zmax=18&url={quote(template, safe='')}", "tiles")
    style = QgsVectorTileBasicRendererStyle("all", "", QgsWkbTypes.PolygonGeometry)
    style.setSymbol(QgsFillSymbol.createSimple({"color": "red", "outline_color": "red"}))
    renderer = QgsVectorTileBasicRenderer()
    renderer.setStyles([style])
    layer.setRenderer(renderer)
    found = {"valid": layer.isValid(), "drawn": _drawn(layer, [float(edge) for edge in edges])}
    sys.stdout.write(json.dumps(found) + "\n")
    del layer
    application.exitQgis()


def _drawn(layer: QgsVectorTileLayer, edges: list[float]) -> float:
    mercator = QgsCoordinateReferenceSystem("EPSG:3857")
    way = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), mercator, QgsProject.instance()
    )
    settings = QgsMapSettings()
    settings.setDestinationCrs(mercator)
    settings.setExtent(way.transformBoundingBox(QgsRectangle(*edges)))
    settings.setOutputSize(QSize(_PIXELS, _PIXELS))
    settings.setBackgroundColor(QColor("white"))
    settings.setLayers([layer])
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    places = [(x, y) for x in range(image.width()) for y in range(image.height())]
    red = sum(QColor(image.pixel(*place)).green() < 128 for place in places)
    return red / len(places)


if __name__ == "__main__":
    main()
