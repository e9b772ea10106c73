# SPDX-License-Identifier: MIT
"""The bets of bench_craps.c played by crapssim 0.4: one line "NAME ROLLS_PER_SECOND" for each."""
import time

import crapssim
from crapssim import bet, strategy
from crapssim.strategy.odds import ComeOddsMultiplier, PassLineOddsMultiplier
from crapssim.strategy.tools import AggregateStrategy, CountStrategy, IfBetNotExist

ODDS = {4: 3, 5: 4, 6: 5, 8: 5, 9: 4, 10: 3}


def bets_of_layout():
    numbers = [bet.Place(n, 60) for n in (4, 5, 6, 8, 9, 10)]
    numbers += [bet.Buy(4, 60), bet.Lay(4, 60), bet.Lay(10, 60), bet.Big6(60), bet.Big8(60)]
    hard = [bet.HardWay(n, 60) for n in (4, 6, 8, 10)]
    single = [kind(60) for kind in (bet.Field, bet.Any7, bet.AnyCraps, bet.Two, bet.Three, bet.Yo,
                                    bet.Boxcars, bet.CAndE, bet.Horn, bet.World)]
    hops = [bet.Hop(pair, 60) for pair in ((1, 6), (2, 5), (3, 4), (2, 2))]
    return numbers + hard + single + hops


def cases():
    line = strategy.BetPassLine(30)
    odds = PassLineOddsMultiplier(ODDS)
    yield "pass", 100000, lambda: line
    yield "odds", 100000, lambda: line + odds
    yield "molly", 50000, lambda: (
        line + odds + CountStrategy((bet.Come,), 2, bet.Come(30)) + ComeOddsMultiplier(ODDS))
    yield "layout", 10000, lambda: AggregateStrategy(
        line, *[IfBetNotExist(one) for one in bets_of_layout()])


def rolls_per_second(make, rolls):
    table = crapssim.Table()
    table.add_player(bankroll=1e12, strategy=make())
    began = time.perf_counter()
    table.run(max_rolls=rolls, verbose=False)
    return rolls / (time.perf_counter() - began)


for name, count, made in cases():
    try:
        print(name, round(sorted(rolls_per_second(made, count) for _ in range(3))[1]), flush=True)
    except (AttributeError, TypeError, ValueError):
        continue  # Another version has not all of these bets: the others are still measured.
