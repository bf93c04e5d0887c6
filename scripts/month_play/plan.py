"""Who does what on which day. Pure: the same settings give the same month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from random import Random

from trust.model import UNITS_PER_DOLLAR, Savings

#: What a scene's grant allows at most, so that a month's uses always fit.
MOST_ITERATIONS = 90
# The first day's are made once more at the end, by which some have used the most.
_MONTHS = MOST_ITERATIONS - 7
#: Uses of the crowd that its members sign.
CROWD_USES = 16
LEAST_DAYS = 8
_CLOSED = 0.9


@dataclass(frozen=True, slots=True)
class Settings:
    """How large a month. The principals are members 1, 2, ...; the crowd follows."""

    crowd: int = 5_000
    principals: int = 200
    days: int = 35
    seed: int = 2026

    @property
    def members(self) -> int:
        return self.crowd + self.principals


@dataclass(slots=True)
class Day:
    """What happens on one day; members by number, grants by their principal and place."""

    # Principal, place of the grant, iterations.
    uses: list[tuple[int, int, int]] = field(default_factory=list)
    savings: list[tuple[int, Savings, int]] = field(default_factory=list)  # principal, all until now, seconds
    crowd_uses: int = 0
    agents: list[tuple[int, int, int]] = field(default_factory=list)  # member, which agent, basis points
    wallets: list[int] = field(default_factory=list)  # members who ask for another
    blocked: list[int] = field(default_factory=list)
    healed: list[int] = field(default_factory=list)
    revoked: list[int] = field(default_factory=list)  # of the crowd
    left: list[int] = field(default_factory=list)  # of the ensemble
    joined: dict[int, int] = field(default_factory=dict)  # member: units, in the ensemble
    alone: list[int] = field(default_factory=list)  # of the ensemble, paid before the next push
    steps: list[str] = field(default_factory=list)  # once in a month, by their names

    def only_uses(self) -> Day:
        """The same uses, and nothing else."""
        return Day(uses=self.uses)


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole month. `units` of the crowd by member; those in `late` sign some days after the others."""

    settings: Settings
    units: dict[int, int]
    late: frozenset[int]
    grants: dict[int, tuple[int, ...]]  # scenes of each principal's grants
    trained: frozenset[int]
    ensemble: dict[int, int]
    recovering: int
    days: tuple[Day, ...]

    @property
    def last_crowd_day(self) -> int:
        """When the crowd's consents end; they are closed a day later."""
        return round(_CLOSED * (len(self.days) - 1)) - 1


def plan(settings: Settings, scenes: int) -> Plan:
    """A month of a screenplay with so many scenes."""
    return _Planner(settings, Random(settings.seed), scenes).plan()


class _Planner:
    def __init__(self, settings: Settings, random: Random, scenes: int) -> None:
        self._settings = settings
        self._random = random
        self._scenes = scenes
        self._days = tuple(Day() for _ in range(settings.days))
        self._principals = range(1, settings.principals + 1)
        self._crowd = range(settings.principals + 1, settings.members + 1)

    def plan(self) -> Plan:
        random = self._random
        grants = {
            member: tuple(random.sample(range(1, self._scenes + 1), random.choice((1, 1, 2))))
            for member in self._principals
        }
        self._work(grants)
        self._statements()
        self._crowd_days()
        wanting = self._wallets()
        ensemble = self._ensemble()
        self._once()
        recovering = next(member for member in self._principals if member not in wanting)
        return Plan(
            settings=self._settings,
            units={member: random.choice((1, 1, 1, 1, 2, 2, 3, 5)) for member in self._crowd},
            late=frozenset(self._some(self._crowd, 0.05)),
            grants=grants,
            trained=frozenset(self._some(self._principals, 0.1)),
            ensemble=ensemble,
            recovering=recovering,
            days=self._days,
        )

    def _at(self, part: float) -> Day:
        """The day after that part of the month; never the first, on which everybody signs."""
        return self._days[max(1, round(part * (len(self._days) - 1)))]

    def _some(self, members: range, part: float) -> list[int]:
        return sorted(self._random.sample(members, max(1, round(part * len(members)))))

    def _work(self, grants: dict[int, tuple[int, ...]]) -> None:
        left: dict[tuple[int, int], int] = defaultdict(lambda: _MONTHS)
        for day in self._days:
            for member in self._principals:
                if self._random.random() > 0.4:
                    continue
                place = self._random.randrange(len(grants[member]))
                iterations = min(self._random.randint(1, 7), left[member, place])
                if iterations:
                    left[member, place] -= iterations
                    day.uses.append((member, place, iterations))

    def _statements(self) -> None:
        """Most principals' doubles saved something; some are stated twice, each time all until then."""
        for member in self._some(self._principals, 0.7):
            # One double saves so much that its benefits reach the ceiling.
            most = 4_000_000 if member == self._principals[-1] else 900_000
            first = self._savings(most)
            when = sorted(self._random.sample(range(1, len(self._days)), 2))
            self._days[when[0]].savings.append((member, first, self._seconds()))
            if self._random.random() < 0.3:
                more = Savings(travel=first.travel + self._money(200_000), reshoots=first.reshoots)
                self._days[when[1]].savings.append((member, more, self._seconds()))

    def _savings(self, most: int) -> Savings:
        return Savings(travel=self._money(most), reshoots=self._money(most))

    def _money(self, dollars: int) -> int:
        """Never a round sum."""
        return self._random.randrange(30_000 * UNITS_PER_DOLLAR, dollars * UNITS_PER_DOLLAR)

    def _seconds(self) -> int:
        return self._random.randrange(3 * 24 * 3600, 26 * 7 * 24 * 3600)

    def _crowd_days(self) -> None:
        left, last = CROWD_USES - 1, round(0.78 * (len(self._days) - 1))
        for number in range(1, last, 2 if len(self._days) < 20 else 3):
            uses = min(left, self._random.choice((1, 1, 2)))
            self._days[number].crowd_uses = uses
            left -= uses
        self._at(0.5).revoked = self._some(self._crowd, 0.002)

    def _wallets(self) -> set[int]:
        """Agents, changed wallets and blocked ones; the last to be blocked stays so."""
        for members, part in ((self._principals, 0.15), (self._crowd, 0.002)):
            for member in self._some(members, part):
                day = self._at(self._random.uniform(0, 0.4))
                day.agents.append((member, self._random.randrange(3), self._random.randint(1, 1_000)))
        wanting = set()
        for members, part in ((self._principals, 0.06), (self._crowd, 0.01)):
            for member in self._some(members, part):
                self._at(self._random.uniform(0, 0.6)).wallets.append(member)
                wanting.add(member)
        for members, part in ((self._principals, 0.03), (self._crowd, 0.005)):
            blocked = self._some(members, part)
            for member in blocked:
                self._at(self._random.uniform(0, 0.3)).blocked.append(member)
            for member in blocked[:-1]:
                self._at(self._random.uniform(0.5, 0.8)).healed.append(member)
        return wanting

    def _ensemble(self) -> dict[int, int]:
        """Principals and some of the crowd, with units of all sizes; some leave, join, or change their units."""
        background = self._some(self._crowd, max(0.02, min(1.0, 14 / len(self._crowd))))
        members = [*self._some(self._principals, 0.3), *background]
        self._random.shuffle(members)
        count = len(members)
        later, seated = members[: count // 6], members[count // 6 :]
        self._at(0.25).left = seated[: count // 8]
        self._at(0.3).joined = {member: self._units() for member in later}
        changed = seated[-max(1, count // 8) :]
        self._at(0.45).left += changed
        self._at(0.45).joined |= {member: self._units() for member in changed}
        self._at(0.55).alone = seated[count // 8 : count // 8 + max(1, count // 10)]
        return {member: self._units() for member in seated}

    def _units(self) -> int:
        return self._random.choice((1, 7, 100, 997, 12_345, 1_000_003))

    def _once(self) -> None:
        self._days[0].steps += ["start_recovery", "open_ensemble"]
        for part, name in (
            (0.06, "fund_ensemble"),
            (0.1, "stream_to_ensemble"),
            (0.12, "sign_late"),
            (0.16, "stream_to_ensemble_too"),
            (0.3, "pay_the_crowd_a_bonus"),
            (0.36, "stream_to_the_crowd"),
            (0.62, "fund_ensemble"),
            (_CLOSED, "close_crowd"),
            (0.94, "take_back"),
        ):
            self._at(part).steps.append(name)
        if len(self._days) > 31:
            self._days[31].steps.append("finish_recovery")
