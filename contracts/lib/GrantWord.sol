// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISceneGrants} from "../interfaces/ISceneGrants.sol";
import {IUsageLedger} from "../interfaces/IUsageLedger.sol";
import {AssetClass, ReplicaType} from "../interfaces/Types.sol";

/// @dev A grant with its meter in one word, so that a use reads and writes one slot: production 24, member 24,
/// notBefore 32, expires 32, iterations left 22, seconds left 24, price 36, counted left 40, days 8, weeks 8, replica
/// type 2, asset class, revoked, closed, used, from the low end.
type GrantWord is uint256;

/// @dev What the ledger knows of a production: reporter 160, cancelledAt 40, reportDays 16, struck once, halted once.
type DeskWord is uint256;

using GrantWords for GrantWord global;
using DeskWords for DeskWord global;

library GrantWords {
    uint256 private constant REVOKED = 1 << 253;
    uint256 private constant CLOSED = 1 << 254;
    uint256 private constant USED = 1 << 255;

    /// @dev A grant on a consent's terms.
    function opened(uint24 productionId_, uint24 memberId_, ISceneGrants.SceneConsent calldata c, uint256 counted_)
        internal
        pure
        returns (GrantWord)
    {
        uint256 word = uint256(productionId_) | (uint256(memberId_) << 24);
        word |= _fits(c.notBefore, 32) << 48;
        word |= _fits(c.expires, 32) << 80;
        word |= _fits(c.maxIterations, 22) << 112;
        word |= _fits(c.maxSeconds, 24) << 134;
        word |= _fits(c.iterationFee, 36) << 158;
        word |= _fits(counted_, 40) << 194;
        word |= _fits(c.digitalDays, 8) << 234;
        word |= _fits(c.longestStreamWeeks, 8) << 242;
        return GrantWord.wrap(word | (uint256(c.replicaType) << 250) | (uint256(c.assetClass) << 252));
    }

    function productionId(GrantWord w) internal pure returns (uint24) {
        return uint24(GrantWord.unwrap(w));
    }

    function memberId(GrantWord w) internal pure returns (uint24) {
        return uint24(GrantWord.unwrap(w) >> 24);
    }

    function notBefore(GrantWord w) internal pure returns (uint256) {
        return uint32(GrantWord.unwrap(w) >> 48);
    }

    function expires(GrantWord w) internal pure returns (uint256) {
        return uint32(GrantWord.unwrap(w) >> 80);
    }

    function iterationsLeft(GrantWord w) internal pure returns (uint256) {
        return (GrantWord.unwrap(w) >> 112) & 0x3fffff;
    }

    function secondsLeft(GrantWord w) internal pure returns (uint256) {
        return uint24(GrantWord.unwrap(w) >> 134);
    }

    function price(GrantWord w) internal pure returns (uint256) {
        return (GrantWord.unwrap(w) >> 158) & 0xfffffffff;
    }

    function countedLeft(GrantWord w) internal pure returns (uint256) {
        return uint40(GrantWord.unwrap(w) >> 194);
    }

    function digitalDays(GrantWord w) internal pure returns (uint16) {
        return uint8(GrantWord.unwrap(w) >> 234);
    }

    function longestStreamWeeks(GrantWord w) internal pure returns (uint16) {
        return uint8(GrantWord.unwrap(w) >> 242);
    }

    function replicaType(GrantWord w) internal pure returns (ReplicaType) {
        return ReplicaType((GrantWord.unwrap(w) >> 250) & 3);
    }

    function isBackground(GrantWord w) internal pure returns (bool) {
        return (GrantWord.unwrap(w) >> 250) & 3 == uint256(ReplicaType.BACKGROUND);
    }

    function isActive(GrantWord w) internal pure returns (bool) {
        return (GrantWord.unwrap(w) >> 252) & 1 == uint256(AssetClass.ACTIVE);
    }

    function isRevoked(GrantWord w) internal pure returns (bool) {
        return GrantWord.unwrap(w) & REVOKED != 0;
    }

    function isClosed(GrantWord w) internal pure returns (bool) {
        return GrantWord.unwrap(w) & CLOSED != 0;
    }

    function isUsed(GrantWord w) internal pure returns (bool) {
        return GrantWord.unwrap(w) & USED != 0;
    }

    /// @dev Moves the meter; the caller has checked that so much is left, so no lane can borrow from the next.
    function metered(GrantWord w, uint256 iterations, uint256 outputSeconds) internal pure returns (GrantWord) {
        unchecked {
            return GrantWord.wrap((GrantWord.unwrap(w) - (iterations << 112) - (outputSeconds << 134)) | USED);
        }
    }

    /// @dev As much as was counted comes from `countedLeft`, so no lane can borrow.
    function counted(GrantWord w, uint256 amount) internal pure returns (GrantWord) {
        unchecked {
            assert(amount <= countedLeft(w));
            return GrantWord.wrap(GrantWord.unwrap(w) - (amount << 194));
        }
    }

    /// @dev The window ends now, if it hasn't.
    function revoked(GrantWord w, uint256 time) internal pure returns (GrantWord) {
        uint256 word = GrantWord.unwrap(w) | REVOKED;
        if (expires(w) > time) word = (word & ~(uint256(type(uint32).max) << 80)) | (_fits(time, 32) << 80);
        return GrantWord.wrap(word);
    }

    /// @dev Nothing is left on the meter; without a floor, no digital day is owed either.
    function closed(GrantWord w, bool keepsFloor) internal pure returns (GrantWord) {
        uint256 cleared = (uint256(0x3fffffffffff) << 112) | (uint256(type(uint40).max) << 194);
        if (!keepsFloor) cleared |= uint256(type(uint8).max) << 234;
        return GrantWord.wrap((GrantWord.unwrap(w) & ~cleared) | CLOSED);
    }

    function unpack(GrantWord w) internal pure returns (IUsageLedger.Grant memory g) {
        g.productionId = productionId(w);
        g.memberId = memberId(w);
        g.assetClass = isActive(w) ? AssetClass.ACTIVE : AssetClass.PASSIVE;
        g.replicaType = replicaType(w);
        g.revoked = isRevoked(w);
        g.closed = isClosed(w);
        g.used = isUsed(w);
        g.notBefore = uint40(notBefore(w));
        g.expires = uint40(expires(w));
        g.iterationsLeft = uint32(iterationsLeft(w));
        g.secondsLeft = uint32(secondsLeft(w));
        g.price = uint64(price(w));
        g.countedLeft = uint64(countedLeft(w));
        g.digitalDays = digitalDays(w);
        g.longestStreamWeeks = longestStreamWeeks(w);
    }

    function _fits(uint256 value, uint256 bits) private pure returns (uint256) {
        require(value >> bits == 0, IUsageLedger.TooLarge(value, (1 << bits) - 1));
        return value;
    }
}

library DeskWords {
    uint256 private constant STRUCK = 1 << 216;
    uint256 private constant HALTED = 1 << 217;

    function opened(address reporter_, uint16 reportDays_) internal pure returns (DeskWord) {
        return DeskWord.wrap(uint160(reporter_) | (uint256(reportDays_) << 200));
    }

    function reporter(DeskWord w) internal pure returns (address) {
        return address(uint160(DeskWord.unwrap(w)));
    }

    function cancelledAt(DeskWord w) internal pure returns (uint256) {
        return uint40(DeskWord.unwrap(w) >> 160);
    }

    function reportSeconds(DeskWord w) internal pure returns (uint256) {
        unchecked {
            return uint256(uint16(DeskWord.unwrap(w) >> 200)) * 1 days;
        }
    }

    /// @dev Whether the production was ever cancelled, struck, or had a licence halted: then dates must be checked.
    function isTroubled(DeskWord w) internal pure returns (bool) {
        return DeskWord.unwrap(w) & (STRUCK | HALTED | (uint256(type(uint40).max) << 160)) != 0;
    }

    function struckOnce(DeskWord w) internal pure returns (bool) {
        return DeskWord.unwrap(w) & STRUCK != 0;
    }

    function haltedOnce(DeskWord w) internal pure returns (bool) {
        return DeskWord.unwrap(w) & HALTED != 0;
    }

    function withReporter(DeskWord w, address reporter_) internal pure returns (DeskWord) {
        return DeskWord.wrap((DeskWord.unwrap(w) & ~uint256(type(uint160).max)) | uint160(reporter_));
    }

    function cancelled(DeskWord w, uint256 time) internal pure returns (DeskWord) {
        return DeskWord.wrap(DeskWord.unwrap(w) | (uint256(uint40(time)) << 160));
    }

    function struck(DeskWord w) internal pure returns (DeskWord) {
        return DeskWord.wrap(DeskWord.unwrap(w) | STRUCK);
    }

    function halted(DeskWord w) internal pure returns (DeskWord) {
        return DeskWord.wrap(DeskWord.unwrap(w) | HALTED);
    }
}
