// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Charge} from "../interfaces/Types.sol";
import {CycleDeltas} from "./CycleDeltas.sol";
import {ProductionAccounts} from "./ProductionAccounts.sol";
import {Schedules} from "./Schedules.sol";
import {SideAccount} from "./SideAccount.sol";

/// @title Streams from production accounts into member accounts
/// @dev Which streams are live, and what could not be paid yet, is kept by the module that orders them.
abstract contract Streams is ProductionAccounts {
    using SafeCast for uint256;
    using CycleDeltas for CycleDeltas.Track;
    using SideAccount for SideAccount.Account;

    /// @dev The books open while one order is worked on.
    struct Books {
        uint24 productionId;
        uint24 memberId;
        uint256 ref;
        bool background;
        uint16 bps;
        ProductionAccount account;
        LicenceAccount licence;
    }

    uint256 private constant WHOLE_BPS = 10_000;

    SideAccount.Account internal _side;

    /// @dev Pays as much of the order as the balance allows; `owing` is the rest.
    function _order(StreamOrder calldata order) internal returns (Stream memory stream, uint64 owing) {
        require(order.end > order.start, EmptyStream(order.start, order.end));
        Books memory b = _booksOf(order.productionId, order.memberId, order.ref, order.background);
        uint64 released = order.floorHeld == 0 ? 0 : _withOnTop(b.licence, order.floorHeld, b.bps);
        b.account.reserved -= released;
        b.account.free += released;

        // While arrears stand, the free balance is theirs, and a new order has only its released floor.
        bool ownFloorOnly = b.account.inArrears && !order.collecting;
        uint64 gross = _affordable(b, ownFloorOnly ? released : b.account.free, order.gross);
        if (gross < order.floorHeld) gross = order.floorHeld < order.gross ? order.floorHeld : order.gross;
        owing = order.gross - gross;
        if (owing > 0 && !b.account.inArrears) {
            b.account.inArrears = true;
            emit ArrearsBegan(b.productionId);
        }

        // What should have streamed already is credited at once: being late earns nothing.
        uint40 today = uint40(block.timestamp);
        if (today > order.start) {
            uint64 late = today >= order.end
                ? gross
                : (uint256(gross) * (today - order.start) / (order.end - order.start)).toUint64();
            if (late > 0) {
                Parts memory parts = _takeFree(b.productionId, b.account, b.licence, late, b.background);
                _creditParts(b.productionId, b.memberId, b.ref, Charge.PREMIUM, parts);
                gross -= late;
            }
        }
        if (gross > 0) stream = _open(b, gross, today > order.start ? today : order.start, order.end, released);
        _storeBooks(b);
    }

    /// @dev Takes back what the stream pays from the next cycle on, and reopens what is more than `most`.
    function _cut(
        uint24 productionId,
        uint24 memberId,
        uint256 ref,
        bool background,
        uint64 most,
        Stream calldata stream
    ) internal returns (uint64 returned, Stream memory reopened) {
        Books memory b = _booksOf(productionId, memberId, ref, background);
        uint16 from = _today() + 1;
        returned = _takeFrom(b, stream, from);
        if (returned > most) {
            reopened = _open(b, returned - most, cycleStart(from), stream.end, 0);
            returned = most;
        }
        _storeBooks(b);
    }

    /// @dev Takes everything a stream pays from `from` on back into the free balance. 0 if it has ended by then.
    function _takeFrom(Books memory b, Stream calldata stream, uint16 from) private returns (uint64 gross) {
        Schedules.Schedule memory s =
            Schedules.spread(stream.gross - stream.dues, stream.start, stream.end, EPOCH, CYCLE_SECONDS);
        if (from > s.lastCycle) return 0;
        // A stream reopened for the next cycle hasn't begun: all of it goes back.
        gross = from == s.firstCycle ? stream.gross - stream.dues : Schedules.remaining(s, from);
        _track(b.memberId).cut(s, from);
        SideAccount.Parts memory back = _side.cut(
            SideAccount.Parts(stream.dues, stream.benefits, stream.levy), s.firstCycle, s.lastCycle, from
        );
        gross += back.dues;
        // Rounded down, so that the ceiling is never overrun.
        uint64 uncounted = stream.benefits == 0
            ? 0
            : (uint256(stream.counted) * back.benefits / stream.benefits).toUint64();
        b.licence.counted -= uncounted;
        b.account.free += gross + back.benefits + back.levy;
        emit StreamCut(
            b.productionId,
            b.memberId,
            b.ref,
            from,
            stream,
            Parts(gross, back.dues, back.benefits, back.levy, uncounted)
        );
    }

    /// @dev Pays a stream's cost from the free balance and opens it. Dues are whole units per cycle, rounded for the
    /// member.
    function _open(Books memory b, uint64 gross, uint40 start, uint40 end, uint64 released)
        private
        returns (Stream memory stream)
    {
        Parts memory parts = _parts(b.licence, gross, b.background);
        _pay(b.productionId, b.account, parts);
        Schedules.Schedule memory s = Schedules.spread(gross, start, end, EPOCH, CYCLE_SECONDS);
        uint64 dues = parts.dues - parts.dues % (s.lastCycle - s.firstCycle + 1);
        if (dues > 0) s = Schedules.spread(gross - dues, start, end, EPOCH, CYCLE_SECONDS);
        _track(b.memberId).add(s);
        SideAccount.Parts memory atOnce =
            _side.add(SideAccount.Parts(dues, parts.benefits, parts.levy), s.firstCycle, s.lastCycle);
        b.account.benefits += uint56(atOnce.benefits);
        b.account.levy += uint56(atOnce.levy);
        stream = Stream(start, end, gross, dues, parts.benefits, parts.levy, parts.counted);
        emit StreamOpened(b.productionId, b.memberId, b.ref, stream, released);
    }

    function _booksOf(uint24 productionId, uint24 memberId, uint256 ref, bool background)
        private
        view
        returns (Books memory b)
    {
        b.productionId = productionId;
        b.memberId = memberId;
        b.ref = ref;
        b.background = background;
        b.account = _load(productionId);
        b.licence = _loadLicence(productionId, memberId);
        b.bps = _benefitsBps(b.licence, background);
    }

    function _storeBooks(Books memory b) private {
        _store(b.productionId, b.account);
        _storeLicence(b.productionId, b.memberId, b.licence);
    }

    /// @dev Most of `wanted` that `available` surely pays, benefits and levy included; two units for their rounding up.
    function _affordable(Books memory b, uint64 available, uint64 wanted) private pure returns (uint64) {
        LicenceAccount memory licence = b.licence;
        uint64 room = licence.ceiling - licence.counted;
        uint64 countable = wanted < room ? wanted : room;
        uint64 cost = _withOnTop(licence, wanted, 0) + _withOnTop(licence, countable, b.bps)
            - _withOnTop(licence, countable, 0);
        if (cost <= available) return wanted;
        uint256 part = uint256(available) * WHOLE_BPS / (WHOLE_BPS + b.bps + licence.levyBps);
        return part > 2 ? uint64(part - 2) : 0;
    }
}
