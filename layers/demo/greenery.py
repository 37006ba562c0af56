"""The register of greens: green spaces, their entrances, scenic spots."""

import shapely
from shapely import Point

from layers.demo.frames import Row
from layers.demo.names import Names
from layers.demo.town import Town

_COUNTED_CLASSES = ("G", "XG", "RG", "AG", "BG", "MG")
# A tenth of the register still speaks the superseded classification, as real registers do.
_OLD_CODES = {"G2": "G3", "RG": "G4", "AG": "G4", "BG": "G4", "MG": "G4"}
_OLD_SHARE = 0.1


def green_rows(town: Town) -> list[Row]:
    """List the green spaces."""
    chance = town.chance("greens/register")
    names = Names(town.chance("greens/yards"))
    rows = []
    for serial, green in enumerate(town.greens, start=1):
        old = green.class_code in _OLD_CODES and chance.random() < _OLD_SHARE
        attached = green.class_code in _OLD_CODES and green.class_code != "G2"
        name = green.name or f"{names.village()[:2]}院内绿地"
        rows.append(
            {
                "code": green_code(town, serial),
                "name": f"{name}附属绿地" if attached and green.name else name,
                "class_code": _OLD_CODES[green.class_code] if old else green.class_code,
                "code_system": "cjjt85_2002" if old else "cjjt85_2017",
                "access": green.access,
                "counts_as_green": green.class_code.startswith(_COUNTED_CLASSES),
                "counts_as_coverage": True,
                "area_m2": green.shape.area,
                "owner_org": "青岭区园林管理中心" if green.class_code[0] == "G" else None,
                "maintainer_org": "青岭区园林管理中心" if not attached else None,
                "source": "演示数据",
                "surveyed_on": town.before(int(chance.integers(30, 600))),
                "geometry": green.shape,
            }
        )
    return rows


def green_code(town: Town, serial: int) -> str:
    """Compose the code of a green space."""
    return town.code("LD", serial)


def entrance_rows(town: Town) -> list[Row]:
    """List the entrances of the greens that one enters."""
    chance = town.chance("entrances")
    rows: list[Row] = []
    for serial, green in enumerate(town.greens, start=1):
        for gate, point in enumerate(green.entrances, start=1):
            rows.append(
                {
                    "code": f"{green_code(town, serial)}-{gate}",
                    "name": f"{green.name}{gate}号门",
                    "green_code": green_code(town, serial),
                    "barrier_free": bool(chance.random() < 0.6),
                    "geometry": shapely.set_precision(point, 0.01),
                }
            )
    return rows


def scenic_rows(town: Town) -> list[Row]:
    """List the scenic spots: points, and two areas."""
    rows = []
    for serial, entry in enumerate(town.plan.part("scenic"), start=1):
        centre = Point(
            town.ground.lattice.locate(entry["strip"], entry["station"], entry["share"])[0]
        )
        radius_m = entry.get("radius_m", 0.0)
        shape = shapely.set_precision(centre.buffer(radius_m, 6), 0.01) if radius_m else centre
        rows.append(
            {
                "code": town.code("JD", serial),
                "name": entry["name"],
                "scenic_type": entry["scenic_type"],
                "access": entry["access"],
                "grade": entry.get("grade"),
                "area_m2": shape.area if radius_m else None,
                "surveyed_on": town.before(200 + serial),
                "geometry": shape,
            }
        )
    return rows
