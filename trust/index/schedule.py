"""How an amount spreads over payroll cycles, as contracts/payroll/Schedules.sol and CycleDeltas.sol do it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Clock:
    """Payroll cycles: `epoch` is the start of cycle 0 (Unix seconds)."""

    epoch: int
    cycle_seconds: int

    def cycle_at(self, time: int) -> int:
        """The cycle that holds a moment (Unix seconds, not before the epoch)."""
        return (time - self.epoch) // self.cycle_seconds

    def cycle_start(self, cycle: int) -> int:
        """First second of a cycle."""
        return self.epoch + cycle * self.cycle_seconds


@dataclass(frozen=True, slots=True)
class Schedule:
    """Whole units per cycle: `first`, then `each` in between, then `last`; one cycle has it all in `last`."""

    first_cycle: int
    last_cycle: int
    first: int
    each: int
    last: int

    def pays(self, cycle: int) -> int:
        """Pay of one cycle."""
        if not self.first_cycle <= cycle <= self.last_cycle:
            return 0
        if cycle == self.last_cycle:
            return self.last
        return self.first if cycle == self.first_cycle else self.each

    def before(self, cycle: int) -> int:
        """Pay of all cycles before `cycle`."""
        if cycle <= self.first_cycle:
            return 0
        if cycle > self.last_cycle:
            return self.total
        return self.first + (cycle - self.first_cycle - 1) * self.each

    def remaining(self, cycle: int) -> int:
        """Pay from `cycle` on."""
        return self.total - self.before(cycle)

    @property
    def total(self) -> int:
        """Pay of all cycles."""
        if self.first_cycle == self.last_cycle:
            return self.last
        return self.first + (self.last_cycle - self.first_cycle - 1) * self.each + self.last


def spread(amount: int, start: int, end: int, clock: Clock) -> Schedule:
    """Spread `amount` over [start, end) seconds: prorated at both ends, what is left at the last."""
    first_cycle = clock.cycle_at(start)
    last_cycle = clock.cycle_at(end - 1)
    if first_cycle == last_cycle:
        return Schedule(first_cycle, last_cycle, amount, 0, amount)
    duration = end - start
    first = amount * (clock.cycle_start(first_cycle + 1) - start) // duration
    each = amount * clock.cycle_seconds // duration
    last = amount - first - (last_cycle - first_cycle - 1) * each
    return Schedule(first_cycle, last_cycle, first, each, last)


def even(amount: int, first_cycle: int, last_cycle: int) -> tuple[Schedule, int]:
    """Equal whole units over [first_cycle, last_cycle], and what doesn't divide (SideAccount.sol)."""
    each, rest = divmod(amount, last_cycle - first_cycle + 1)
    return Schedule(first_cycle, last_cycle, each, each, each), rest


@dataclass(slots=True)
class Track:
    """Any number of schedules added up, as changes of the pay per cycle."""

    deltas: dict[int, int] = field(default_factory=dict)

    def add(self, s: Schedule) -> None:
        """Add a schedule's pay."""
        self._change(s.first_cycle, s, 1)

    def cut(self, s: Schedule, cycle: int) -> None:
        """Take a schedule's pay from `cycle` on off again."""
        self._change(max(cycle, s.first_cycle), s, -1)

    def accrue(self, start: int, end: int, rate: int) -> tuple[int, int]:
        """Pay of the cycles [start, end) and the rate of the last, given that of the one before `start`."""
        accrued = 0
        at = start
        for cycle in sorted(c for c in self.deltas if start <= c < end):
            accrued += rate * (cycle - at)
            rate += self.deltas[cycle]
            at = cycle
        return accrued + rate * (end - at), rate

    def before(self, cycle: int) -> int:
        """Pay of all cycles before `cycle`."""
        return sum(delta * (cycle - at) for at, delta in self.deltas.items() if at < cycle)

    def pays(self, cycle: int) -> int:
        """Pay of one cycle."""
        return sum(delta for at, delta in self.deltas.items() if at <= cycle)

    def remaining(self, cycle: int) -> int:
        """Pay from `cycle` on."""
        end = max(self.deltas, default=cycle)
        return self.before(max(end, cycle)) - self.before(cycle)

    def _change(self, start: int, s: Schedule, sign: int) -> None:
        if start > s.last_cycle:
            return
        before = 0
        for cycle in sorted({start, start + 1, s.last_cycle, s.last_cycle + 1}):
            if cycle < start or cycle > s.last_cycle + 1:
                continue
            pay = s.pays(cycle)
            change = sign * (pay - before)
            if change:
                self.deltas[cycle] = self.deltas.get(cycle, 0) + change
                if not self.deltas[cycle]:
                    del self.deltas[cycle]
            before = pay
