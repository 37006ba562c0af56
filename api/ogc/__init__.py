"""OGC API – Features: layers for desktop GIS, notebooks and spreadsheets, under `/ogc`.

Everything is derived from the kinds' declarations, those of a city's own too.

    landing       what there is, and what is promised
    collections   layers, their fields, where and when their features are
    items         features, page by page, and one by one
    asking        what a request asks for, read strictly
    answers       how an answer is sent: by state, language, compression
    crs           reference systems by their addresses
    files         features as a file: CSV, Excel, GeoPackage
    pages         the same for people
    document      the OpenAPI document
"""

from api.ogc.router import router

__all__ = ["router"]
