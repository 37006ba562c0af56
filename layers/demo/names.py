"""Names for the town, all invented: a small grammar, and no name twice."""

from numpy.random import Generator

from layers.demo.streams import one_of

_FIRST = (
    "松", "柏", "枫", "梨", "杏", "槐", "榆", "柳", "桦", "椴", "兰", "菊", "荷", "梅", "竹",
    "云", "泉", "溪", "石", "岩", "霞", "月", "雪", "雨", "晴", "晨", "岭", "峰", "鹤", "鹿",
    "和", "安", "福", "康", "宁", "瑞", "嘉", "锦", "绿", "翠",
)  # fmt: skip
_SECOND = (
    "溪", "泉", "园", "湾", "坡", "林", "岗", "谷", "台", "苑", "塘", "屏", "阳", "香", "影",
    "涛", "径", "坪", "原", "洲", "韵", "源", "华", "丰", "顺", "泰", "悦", "宜", "景", "庭",
)  # fmt: skip
_GARDEN_ENDS = ("游园", "口袋公园", "小游园", "街心花园")
_COMPOUND_ENDS = ("小区", "家园", "花园", "新村", "嘉苑", "名居", "里")
_ORG_ENDS = (
    ("商贸有限公司", "enterprise"),
    ("建材有限公司", "enterprise"),
    ("食品有限公司", "enterprise"),
    ("机械厂", "enterprise"),
    ("供热有限公司", "enterprise"),
    ("志愿服务队", "volunteers"),
    ("老年协会", "volunteers"),
)


class Names:
    """Draws names from a stream, never the same twice."""

    def __init__(self, chance: Generator) -> None:
        """Draw from `chance`."""
        self._chance = chance
        self._used: set[str] = set()

    def garden(self) -> str:
        """Name a garden."""
        return self._fresh(_GARDEN_ENDS)

    def compound(self) -> str:
        """Name a residential compound."""
        return self._fresh(_COMPOUND_ENDS)

    def street(self, end: str) -> str:
        """Name a street."""
        return self._fresh((end,))

    def village(self) -> str:
        """Name a village."""
        return self._fresh(("屯", "沟", "坪", "堡"))

    def firm(self, ends: tuple[str, ...]) -> str:
        """Name an organisation that ends in one of `ends`."""
        return self._fresh(ends)

    def organisation(self) -> tuple[str, str]:
        """Name an organisation and tell what kind of adopter it is."""
        end, kind = _ORG_ENDS[int(self._chance.integers(len(_ORG_ENDS)))]
        return self._fresh((end,)), kind

    def _fresh(self, ends: tuple[str, ...]) -> str:
        """Compose names until one is new."""
        while True:
            first, second = one_of(self._chance, _FIRST), one_of(self._chance, _SECOND)
            name = f"{first}{second}{one_of(self._chance, ends)}"
            if first != second and name[:2] not in self._used:
                self._used.add(name[:2])
                return name
