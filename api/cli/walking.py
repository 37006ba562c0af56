"""What commands say and ask about walking: the network, the legs beside it, and its islands."""

from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

import typer

from api import figures
from api.cli.console import Console
from api.definitions import named_tier
from api.errors import ParameterError
from gis import RuleSet
from layers import Run
from layers.analysis import NODINGS, UNCONNECTED, WALKWAYS, OnFoot

Distance = StrEnum("Distance", ["straight", "walk"])
Noding = StrEnum("Noding", {name: name for name in NODINGS})  # type: ignore[misc]  # made from the one list
Unconnected = StrEnum("Unconnected", {name: name for name in UNCONNECTED})  # type: ignore[misc]  # as above

DistanceOption = Annotated[Distance | None, typer.Option("--distance", case_sensitive=False)]
NetworkOption = Annotated[str | None, typer.Option("--network", metavar="KIND[,KIND]")]
NodingOption = Annotated[Noding | None, typer.Option("--noding", case_sensitive=False)]
MaxSnapOption = Annotated[float | None, typer.Option("--max-snap", metavar="M")]
UnconnectedOption = Annotated[
    Unconnected | None, typer.Option("--unconnected", case_sensitive=False)
]

# A leg of more than this is no longer a way to the street.
_LONGEST_SNAP_M = 1000.0


def read_walking(
    ruleset: RuleSet,
    *,
    distance: Distance | None,
    network: str | None,
    noding: Noding | None,
    max_snap: float | None,
    unconnected: Unconnected | None,
) -> tuple[RuleSet, OnFoot | None]:
    """Read how one walks, None where nothing is said of it.

    `--network` alone means walking, unless the rules say it for a tier.

    A published rule that is measured in another way is no longer verified.

    Raises
    ------
    ParameterError
    """
    on_foot = read_on_foot(
        network=network, noding=noding, max_snap=max_snap, unconnected=unconnected
    )
    walked = any(tier.distance == "walk" for tier in ruleset.tiers)
    wanted = str(distance) if distance else "walk" if network and not walked else None
    if on_foot is None and wanted == "walk":
        on_foot = OnFoot()
    return _measured_by(ruleset, wanted), on_foot


def read_on_foot(
    *,
    network: str | None,
    noding: Noding | None,
    max_snap: float | None,
    unconnected: Unconnected | None,
) -> OnFoot | None:
    """Read how one walks, None where nothing is said of it.

    Raises
    ------
    ParameterError
    """
    if max_snap is not None and not 0 <= max_snap <= _LONGEST_SNAP_M:
        allowed = f"0–{_LONGEST_SNAP_M:g}"
        raise ParameterError(parameter="--max-snap", found=str(max_snap), allowed=allowed)
    kinds = tuple(dict.fromkeys(kind.strip() for kind in (network or WALKWAYS).split(",")))
    given: dict[str, Any] = {"noding": noding, "max_snap_m": max_snap, "unconnected": unconnected}
    chosen = {name: value for name, value in given.items() if value is not None}
    for name in ("noding", "unconnected"):
        if name in chosen:
            chosen[name] = str(chosen[name])
    return OnFoot(kinds=kinds, **chosen) if chosen or network else None


def _measured_by(ruleset: RuleSet, distance: Any) -> RuleSet:
    """Measure every tier in one way, None as each says itself."""
    if distance is None or all(tier.distance == distance for tier in ruleset.tiers):
        return ruleset
    tiers = tuple(replace(tier, distance=distance) for tier in ruleset.tiers)
    return replace(ruleset, key=f"{ruleset.key}_{distance}", tiers=tiers, verified=False)


def print_walks(run: Run, console: Console) -> None:
    """Print what the network is made of, and how the targets of each tier are entered."""
    network = run.results.get("network")
    if network is None:
        return
    texts = console.texts
    console.say(
        "cli.walking.network",
        nodes=network["nodes"],
        edges=network["edges"],
        km=round(network["length_m"] / 1000, 1),
        components=network["components"],
        share=figures.share(network["largest"] / (network["nodes"] or 1), texts),
    )
    done = [
        texts(f"cli.walking.done_{name}", count=network[name])
        for name in ("crossings", "merged_vertices", "zero_length", "duplicates", "self_loops")
        if network[name]
    ]
    if done:
        console.say("cli.walking.done", listed=texts.enumerate(done))
    for tier in run.results["tiers"]:
        walk = run.results["walks"].get(tier["tier"])
        if walk is None:
            continue
        entered = [
            texts(f"cli.walking.entered_{manner}", count=count)
            for manner, count in walk["entered"].items()
            if count
        ]
        name = named_tier(tier["tier"], tier["tier_zh"], texts)
        console.say(
            "cli.walking.tier",
            tier=name,
            entered=texts.enumerate(entered) or texts("pages.value.none"),
            snap=figures.metres(walk["snap_m"]) or texts("pages.value.none"),
            islands=walk["islands"],
        )
