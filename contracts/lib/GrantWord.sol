// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IUsageLedger} from "../interfaces/IUsageLedger.sol";
import {AssetClass, ReplicaType} from "../interfaces/Types.sol";

/// @title A grant in one word
/// @dev 255 bits: production 24, member 24, notBefore 32, expires 32, iterations 22, seconds 24, price 36, counted 40,
/// days 8, weeks 8, replica type 2, asset class, revoked, closed, used, from the low end. One word is what makes a use
/// cheap: reading and moving the meter is one slot.
library GrantWord {
    function pack(IUsageLedger.Grant memory g) internal pure returns (uint256 word) {
        word = uint256(g.productionId) | (uint256(g.memberId) << 24);
        word |= _fits(g.notBefore, 32) << 48;
        word |= _fits(g.expires, 32) << 80;
        word |= _fits(g.iterationsLeft, 22) << 112;
        word |= _fits(g.secondsLeft, 24) << 134;
        word |= _fits(g.price, 36) << 158;
        word |= _fits(g.countedLeft, 40) << 194;
        word |= _fits(g.digitalDays, 8) << 234;
        word |= _fits(g.longestStreamWeeks, 8) << 242;
        word |= uint256(g.replicaType) << 250;
        word |= uint256(g.assetClass) << 252;
        word |= _bit(g.revoked) << 253;
        word |= _bit(g.closed) << 254;
        word |= _bit(g.used) << 255;
    }

    function unpack(uint256 word) internal pure returns (IUsageLedger.Grant memory g) {
        g.productionId = uint24(word);
        g.memberId = uint24(word >> 24);
        g.notBefore = uint32(word >> 48);
        g.expires = uint32(word >> 80);
        g.iterationsLeft = uint32((word >> 112) & 0x3fffff);
        g.secondsLeft = uint24(word >> 134);
        g.price = uint64((word >> 158) & 0xfffffffff);
        g.countedLeft = uint40(word >> 194);
        g.digitalDays = uint8(word >> 234);
        g.longestStreamWeeks = uint8(word >> 242);
        g.replicaType = ReplicaType((word >> 250) & 3);
        g.assetClass = AssetClass((word >> 252) & 1);
        g.revoked = (word >> 253) & 1 == 1;
        g.closed = (word >> 254) & 1 == 1;
        g.used = word >> 255 == 1;
    }

    function _fits(uint256 value, uint256 bits) private pure returns (uint256) {
        require(value < 1 << bits, IUsageLedger.TooLarge(value, (1 << bits) - 1));
        return value;
    }

    function _bit(bool flag) private pure returns (uint256) {
        return flag ? 1 : 0;
    }
}
