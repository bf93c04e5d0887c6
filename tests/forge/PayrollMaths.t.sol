// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {CycleDeltas} from "../../contracts/payroll/CycleDeltas.sol";
import {Schedules} from "../../contracts/payroll/Schedules.sol";
import {Split} from "../../contracts/payroll/Split.sol";

/// @title How pay spreads over cycles: no unit is lost, whoever asks and when
contract PayrollMathsTest is Test {
    using CycleDeltas for CycleDeltas.Track;
    using Schedules for Schedules.Schedule;

    uint256 private constant EPOCH = 1_700_000_000;
    uint256 private constant CYCLE = 7 days;
    uint256 private constant LAST = 400;

    CycleDeltas.Track private _track;

    function testFuzz_partsOfAScheduleSumToTheAmount(uint64 amount, uint40 starts, uint40 lasts) public pure {
        Schedules.Schedule memory s = _schedule(amount, starts, lasts);
        uint256 sum = 0;
        for (uint256 c = s.firstCycle; c <= s.lastCycle; c++) {
            sum += _pays(s, c);
        }
        assertEq(sum, amount);
    }

    function testFuzz_remainingIsWhatComesFromThereOn(uint64 amount, uint40 starts, uint40 lasts, uint256 at)
        public
        pure
    {
        Schedules.Schedule memory s = _schedule(amount, starts, lasts);
        if (s.lastCycle == s.firstCycle) return;
        at = bound(at, s.firstCycle + 1, s.lastCycle);
        uint256 sum = 0;
        for (uint256 c = at; c <= s.lastCycle; c++) {
            sum += _pays(s, c);
        }
        assertEq(s.remaining(at), sum);
    }

    function testFuzz_noCycleBetweenPaysMoreThanItsTime(uint64 amount, uint40 starts, uint40 lasts) public pure {
        uint256 start = EPOCH + bound(starts, 0, 100 * CYCLE);
        uint256 end = start + bound(lasts, 1, 200 * CYCLE);
        Schedules.Schedule memory s = Schedules.spread(amount, start, end, EPOCH, CYCLE);
        if (s.lastCycle == s.firstCycle) return;
        assertLe(s.each * (end - start), uint256(amount) * CYCLE);
        assertLe(s.first, amount);
        assertLe(s.last, amount);
    }

    function testFuzz_accrualIsTheSameInAnyPartition(uint64[6] memory amounts, uint40[12] memory times, uint256 seed)
        public
    {
        uint256 total = _addAll(amounts, times);
        (uint256 once,) = _track.accrue(0, LAST, 0);
        assertEq(once, total);

        uint256 rate = 0;
        uint256 sum = 0;
        uint256 from = 0;
        while (from < LAST) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 to = from + 1 + seed % (seed % 3 == 0 ? 3 : 90);
            if (to > LAST) to = LAST;
            uint256 part;
            (part, rate) = _track.accrue(from, to, rate);
            sum += part;
            from = to;
        }
        assertEq(sum, total);
        assertEq(rate, 0);
    }

    function testFuzz_accrualIsTheSumOfTheSchedules(uint64[3] memory amounts, uint40[6] memory times, uint256 to)
        public
    {
        to = bound(to, 0, LAST);
        uint256 expected = 0;
        for (uint256 i = 0; i < 3; i++) {
            Schedules.Schedule memory s = _schedule(amounts[i] >> 3, times[2 * i], times[2 * i + 1]);
            _track.add(s);
            for (uint256 c = s.firstCycle; c <= s.lastCycle && c < to; c++) {
                expected += _pays(s, c);
            }
        }
        (uint256 accrued,) = _track.accrue(0, to, 0);
        assertEq(accrued, expected);
    }

    function testFuzz_cutLeavesExactlyWhatWasEarned(
        uint64 amount,
        uint40 starts,
        uint40 lasts,
        uint64 other,
        uint256 at
    ) public {
        Schedules.Schedule memory s = _schedule(amount >> 2, starts, lasts);
        Schedules.Schedule memory kept = _schedule(other >> 2, lasts, starts);
        at = bound(at, s.firstCycle, s.lastCycle);
        _track.add(s);
        _track.add(kept);
        _track.cut(s, at);
        uint256 earned = 0;
        for (uint256 c = s.firstCycle; c < at; c++) {
            earned += _pays(s, c);
        }
        (uint256 accrued, uint256 rate) = _track.accrue(0, LAST, 0);
        assertEq(accrued, earned + (other >> 2));
        assertEq(rate, 0);
    }

    function testFuzz_sharesRoundToOneSide(uint64 amount, uint16 bps) public pure {
        bps = uint16(bound(bps, 0, 10_000));
        uint256 up = Split.shareUp(amount, bps);
        uint256 down = Split.shareDown(amount, bps);
        assertLe(down, up);
        assertLe(up - down, 1);
        assertLe(down * 10_000, uint256(amount) * bps);
        assertGe(up * 10_000, uint256(amount) * bps);
        assertLe(up, amount);
        assertEq(Split.shareDown(amount, 10_000 - bps) + up, amount);
    }

    function _addAll(uint64[6] memory amounts, uint40[12] memory times) private returns (uint256 total) {
        for (uint256 i = 0; i < 6; i++) {
            uint64 amount = amounts[i] >> 4;
            total += amount;
            _track.add(_schedule(amount, times[2 * i], times[2 * i + 1]));
        }
    }

    function _schedule(uint64 amount, uint40 starts, uint40 lasts) private pure returns (Schedules.Schedule memory) {
        uint256 start = EPOCH + bound(starts, 0, 150 * CYCLE);
        return Schedules.spread(amount, start, start + bound(lasts, 1, 200 * CYCLE), EPOCH, CYCLE);
    }

    function _pays(Schedules.Schedule memory s, uint256 cycle) private pure returns (uint256) {
        if (cycle == s.lastCycle) return s.last;
        return cycle == s.firstCycle ? s.first : s.each;
    }
}
