// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisclosures} from "../interfaces/IDisclosures.sol";

/// @dev What is known of one material given to one member, in one word: disclosedAt 40, workStarts 40, repliedAt 40,
/// reportedAt 40, answeredAt 40, kind 8, reply 8, from the low end.
type DisclosureWord is uint256;

using DisclosureWords for DisclosureWord global;

library DisclosureWords {
    uint256 private constant KIND = 0xff << 200;

    function disclosed(DisclosureWord w, uint40 workStarts, IDisclosures.Kind kind_)
        internal
        view
        returns (DisclosureWord)
    {
        uint256 word = DisclosureWord.unwrap(w) | block.timestamp | (uint256(workStarts) << 40);
        return DisclosureWord.wrap(_withKind(word, kind_));
    }

    function replied(DisclosureWord w, IDisclosures.Reply reply_) internal view returns (DisclosureWord) {
        return DisclosureWord.wrap(DisclosureWord.unwrap(w) | (block.timestamp << 80) | (uint256(reply_) << 208));
    }

    function reported(DisclosureWord w, IDisclosures.Kind kind_) internal view returns (DisclosureWord) {
        return DisclosureWord.wrap(_withKind(DisclosureWord.unwrap(w) | (block.timestamp << 120), kind_));
    }

    function answered(DisclosureWord w) internal view returns (DisclosureWord) {
        return DisclosureWord.wrap(DisclosureWord.unwrap(w) | (block.timestamp << 160));
    }

    function disclosedAt(DisclosureWord w) internal pure returns (uint40) {
        return uint40(DisclosureWord.unwrap(w));
    }

    function repliedAt(DisclosureWord w) internal pure returns (uint40) {
        return uint40(DisclosureWord.unwrap(w) >> 80);
    }

    function reportedAt(DisclosureWord w) internal pure returns (uint40) {
        return uint40(DisclosureWord.unwrap(w) >> 120);
    }

    function answeredAt(DisclosureWord w) internal pure returns (uint40) {
        return uint40(DisclosureWord.unwrap(w) >> 160);
    }

    function kind(DisclosureWord w) internal pure returns (IDisclosures.Kind) {
        return IDisclosures.Kind(uint8(DisclosureWord.unwrap(w) >> 200));
    }

    function reply(DisclosureWord w) internal pure returns (IDisclosures.Reply) {
        return IDisclosures.Reply(uint8(DisclosureWord.unwrap(w) >> 208));
    }

    function unpack(DisclosureWord w) internal pure returns (IDisclosures.State memory) {
        return IDisclosures.State({
            disclosedAt: w.disclosedAt(),
            workStarts: uint40(DisclosureWord.unwrap(w) >> 40),
            repliedAt: w.repliedAt(),
            reportedAt: w.reportedAt(),
            answeredAt: w.answeredAt(),
            kind: w.kind(),
            reply: w.reply()
        });
    }

    /// @dev A disclosure may name another kind than the report it answers.
    function _withKind(uint256 word, IDisclosures.Kind kind_) private pure returns (uint256) {
        return (word & ~KIND) | (uint256(kind_) << 200);
    }
}
