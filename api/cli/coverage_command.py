"""`greengrid coverage`: who has green within reach, by a rule set."""

import typer

from api.cli.measuring import Asked, kept_or_measured
from api.cli.options import (
    AsOfOption,
    JsonOption,
    LevelOption,
    OnOption,
    OutputOption,
    PlacesOption,
    RulesOption,
    StoreOption,
    Weight,
    WeightOption,
    console_of,
    read_day,
    read_moment,
    read_rules,
    store_of,
)
from api.cli.reporting import (
    plain_run,
    print_figures,
    print_units,
    require_writable,
)
from api.cli.walking import (
    DistanceOption,
    MaxSnapOption,
    NetworkOption,
    NodingOption,
    UnconnectedOption,
    read_walking,
)


def coverage(
    context: typer.Context,
    rules: RulesOption,
    store: StoreOption = None,
    places: PlacesOption = None,
    weight: WeightOption = Weight.buildings,  # type: ignore[attr-defined]  # a member made from the list of weights
    by: LevelOption = None,
    on: OnOption = None,
    as_of: AsOfOption = None,
    distance: DistanceOption = None,
    network: NetworkOption = None,
    noding: NodingOption = None,
    max_snap: MaxSnapOption = None,
    unconnected: UnconnectedOption = None,
    json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """Measure coverage, keep the run, print or write it."""
    console = console_of(context)
    ruleset, day, moment = read_rules(rules), read_day(on), read_moment(as_of)
    ruleset, on_foot = read_walking(
        ruleset,
        distance=distance,
        network=network,
        noding=noding,
        max_snap=max_snap,
        unconnected=unconnected,
    )
    require_writable(output)
    opened = store_of(store)
    asked = Asked(weight=weight.value, places=places, on=day, as_of=moment, on_foot=on_foot)
    run = kept_or_measured("coverage", opened, ruleset, asked, output, console)
    if json:
        console.json(plain_run(run, level=by))
        return
    print_figures(run, opened.kinds, console)
    if by is not None:
        print_units(run, by, console)
