"""tracer plan: the orders to place next, and how many orders a leak takes to show."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, say_json, share_bar
from tracer.cli.plan_text import print_plan, print_power
from tracer.domain.columns import parse_price, parse_time
from tracer.domain.errors import InvalidValue

MOST_DAYS = 365.0


def plan(
    context: typer.Context,
    budget: Annotated[str, typer.Option(metavar="MONEY", help="Spend at most this, where it tells most.")] = "",
    orders: Annotated[int | None, typer.Option(metavar="N", help="Propose this many orders.")] = None,
    power: Annotated[
        float | None,
        typer.Option(metavar="RATE", help="Instead: how many orders show a channel that leaks this share of them."),
    ] = None,
    costs: Annotated[
        Path | None,
        typer.Option(help="A TOML file of what an order costs: order, cancelled, direct, pickup, control."),
    ] = None,
    most_per_shop: Annotated[int, typer.Option(help="Orders by one shop in one batch; shops notice more.")] = 3,
    batch: Annotated[int, typer.Option(help="Orders to place together, before the next plan.")] = 10,
    sure: Annotated[float, typer.Option(help="With --power: how probable the finding must be.")] = 0.9,
    watch: Annotated[float, typer.Option(metavar="DAYS", help="How long calls are waited for.")] = 30.0,
    as_of: Annotated[str, typer.Option(help="Plan from events up to this time (ISO 8601); by default now.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """The next orders to place: those that tell most about who leaks. Say how many, or what they may cost.

    Example: tracer plan --orders 6
    """
    if (bool(budget) + (orders is not None) + (power is not None)) != 1:
        raise typer.BadParameter("say exactly one of: --orders N, --budget MONEY, --power RATE")
    for option in ("costs", "most_per_shop", "batch") if power is not None else ("sure",):
        given = context.get_parameter_source(option)
        if given is not None and given.name == "COMMANDLINE":
            goes = "without" if power is not None else "only with"
            raise typer.BadParameter(f"--{option.replace('_', '-')} goes {goes} --power: leave one of them out")
    _within("--watch", watch, 0, MOST_DAYS, "a number of days above 0, up to 365")
    moment = parse_time(as_of, "--as-of") if as_of else application().clock()
    if power is None:
        _plan(budget, orders, costs, most_per_shop, batch, watch, moment, output)
    else:
        _power(power, sure, watch, moment, output)


def _plan(
    budget: str,
    orders: int | None,
    costs: Path | None,
    most_per_shop: int,
    batch: int,
    watch: float,
    moment: datetime,
    output: OutputFormat,
) -> None:
    from tracer.domain.attribution.planning import MOST_ORDERS, Limits
    from tracer.domain.attribution.proposals import costs_of
    from tracer.services.attribution.plan_orders import plan_object, plan_orders

    several = f"a whole number from 1 to {MOST_ORDERS}"
    for option, given in (("--orders", orders), ("--most-per-shop", most_per_shop), ("--batch", batch)):
        if given is not None and not 1 <= given <= MOST_ORDERS:
            raise InvalidValue(option, given, several)
    money = _money(budget) if budget else None
    prices = costs_of(_read_costs(costs) if costs else {})
    limits = Limits(MOST_ORDERS if orders is None else orders, money, most_per_shop, batch)
    app = application()
    with app.reading() as work, share_bar("Attributing", wanted=app.settings.progress) as progress:
        made = plan_orders(work, app.model, moment, limits, watch, prices, progress, tasks=app.tasks)
    if output is OutputFormat.TABLE:
        print_plan(made, moment, watch)
    else:
        say_json(plan_object(made, moment, watch, limits, prices))


def _power(rate: float, sure: float, watch: float, moment: datetime, output: OutputFormat) -> None:
    from tracer.services.attribution.plan_orders import leak_power, power_object

    _within("--power", rate, 0, 1, "a share of orders above 0 and below 1, such as 0.3")
    _within("--sure", sure, 0, 1, "a probability above 0 and below 1, such as 0.9")
    app = application()
    with app.reading() as work, share_bar("Attributing", wanted=app.settings.progress) as progress:
        found = leak_power(work, app.model, moment, rate, sure, watch, progress, app.tasks)
    if output is OutputFormat.TABLE:
        print_power(found, rate, sure, watch)
    else:
        say_json(power_object(found, moment, rate, sure, watch))


def _money(text: str) -> float:
    amount = float(parse_price(text, "--budget"))
    if amount <= 0:
        raise InvalidValue("--budget", text, "an amount of money above 0")
    return amount


def _within(option: str, value: float, above: float, most: float, expected: str) -> None:
    """Refuse a value outside (above, most], and 1 itself where that is the end."""
    if not above < value <= most or value == 1.0 == most:
        raise InvalidValue(option, value, expected)


def _read_costs(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InvalidValue("--costs", str(path), "a TOML file that can be read", error.strerror or "") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidValue("--costs", str(error), "valid TOML in UTF-8", f"Mend {path}") from error
