// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Lanes} from "./Words.sol";

type PoolIndex is uint256;

type PoolTerms is uint256;

using PoolIndexes for PoolIndex global;
using PoolTermsWords for PoolTerms global;

/// @title index 128, units 40, remainder 40, dues 48
/// @notice The index is what one unit has earned, in 2^-64 units of money; the remainder, below the units, is what was
/// too little to divide.
library PoolIndexes {
    function index(PoolIndex w) internal pure returns (uint128) {
        return uint128(PoolIndex.unwrap(w));
    }

    function units(PoolIndex w) internal pure returns (uint256) {
        return uint40(PoolIndex.unwrap(w) >> 128);
    }

    function remainder(PoolIndex w) internal pure returns (uint256) {
        return uint40(PoolIndex.unwrap(w) >> 168);
    }

    function dues(PoolIndex w) internal pure returns (uint48) {
        return uint48(PoolIndex.unwrap(w) >> 208);
    }

    function addUnits(PoolIndex w, uint256 more) internal pure returns (PoolIndex) {
        return PoolIndex.wrap(Lanes.add(PoolIndex.unwrap(w), 128, 40, more));
    }

    function addDues(PoolIndex w, uint256 more) internal pure returns (PoolIndex) {
        return PoolIndex.wrap(Lanes.add(PoolIndex.unwrap(w), 208, 48, more));
    }

    function withoutDues(PoolIndex w) internal pure returns (PoolIndex) {
        return PoolIndex.wrap(uint208(PoolIndex.unwrap(w)));
    }

    /// @notice Divides an amount of money among the units, of which there are some.
    function earn(PoolIndex w, uint256 amount) internal pure returns (PoolIndex) {
        return _divide(w, (amount << 64) + remainder(w));
    }

    /// @notice Takes out the units of those who leave; the fractions they couldn't be paid go to those who stay.
    /// @param fractions In 2^-64 units of money.
    /// @return left The pool without them.
    /// @return abandoned Money that is nobody's, because nobody stays. Fractions are then whole again: all that was
    /// divided was whole.
    function without(PoolIndex w, uint256 leaving, uint256 fractions)
        internal
        pure
        returns (PoolIndex left, uint256 abandoned)
    {
        fractions += remainder(w);
        left = PoolIndex.wrap(Lanes.set(Lanes.sub(PoolIndex.unwrap(w), 128, 40, leaving), 168, 40, 0));
        if (units(left) > 0) return (_divide(left, fractions), 0);
        assert(uint64(fractions) == 0);
        abandoned = fractions >> 64;
    }

    function _divide(PoolIndex w, uint256 fractions) private pure returns (PoolIndex) {
        uint256 among = units(w);
        uint256 word = Lanes.add(PoolIndex.unwrap(w), 0, 128, fractions / among);
        return PoolIndex.wrap(Lanes.set(word, 168, 40, fractions % among));
    }
}

/// title rate 64, partly 64, settled to 16, streams' end 16, production 24, benefits 16, dues 16, levy 16, chunks 16,
/// managed
/// notice `partly` is what the index already has of the cycle that is settled to; the streams' end is the first cycle
/// that nothing streams in.
library PoolTermsWords {
    uint256 private constant MANAGED = 1 << 248;

    function opened(uint24 production, uint256 benefits, uint256 dues, uint256 levy, uint256 today, bool managed)
        internal
        pure
        returns (PoolTerms)
    {
        return PoolTerms.wrap(
            (today << 128) | (uint256(production) << 160) | (benefits << 184) | (dues << 200) | (levy << 216)
                | (managed ? MANAGED : 0)
        );
    }

    function exists(PoolTerms w) internal pure returns (bool) {
        return productionId(w) != 0;
    }

    function rate(PoolTerms w) internal pure returns (uint256) {
        return uint64(PoolTerms.unwrap(w));
    }

    function settledTo(PoolTerms w) internal pure returns (uint16) {
        return uint16(PoolTerms.unwrap(w) >> 128);
    }

    function partly(PoolTerms w) internal pure returns (uint256) {
        return uint64(PoolTerms.unwrap(w) >> 64);
    }

    function streamsEnd(PoolTerms w) internal pure returns (uint16) {
        return uint16(PoolTerms.unwrap(w) >> 144);
    }

    function streams(PoolTerms w) internal pure returns (bool) {
        return settledTo(w) < streamsEnd(w);
    }

    function productionId(PoolTerms w) internal pure returns (uint24) {
        return uint24(PoolTerms.unwrap(w) >> 160);
    }

    function benefitsBps(PoolTerms w) internal pure returns (uint256) {
        return uint16(PoolTerms.unwrap(w) >> 184);
    }

    function duesBps(PoolTerms w) internal pure returns (uint256) {
        return uint16(PoolTerms.unwrap(w) >> 200);
    }

    function levyBps(PoolTerms w) internal pure returns (uint256) {
        return uint16(PoolTerms.unwrap(w) >> 216);
    }

    function chunks(PoolTerms w) internal pure returns (uint16) {
        return uint16(PoolTerms.unwrap(w) >> 232);
    }

    function isManaged(PoolTerms w) internal pure returns (bool) {
        return PoolTerms.unwrap(w) & MANAGED != 0;
    }

    function addChunks(PoolTerms w, uint256 more) internal pure returns (PoolTerms) {
        return PoolTerms.wrap(Lanes.add(PoolTerms.unwrap(w), 232, 16, more));
    }

    function settled(PoolTerms w, uint256 cycle, uint256 newRate, uint256 newPartly) internal pure returns (PoolTerms) {
        uint256 word = Lanes.set(PoolTerms.unwrap(w), 0, 64, newRate);
        return PoolTerms.wrap(Lanes.set(Lanes.set(word, 64, 64, newPartly), 128, 16, cycle));
    }

    function streamingUntil(PoolTerms w, uint256 end) internal pure returns (PoolTerms) {
        return end > streamsEnd(w) ? PoolTerms.wrap(Lanes.set(PoolTerms.unwrap(w), 144, 16, end)) : w;
    }
}
