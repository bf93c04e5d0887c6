// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IRateCard} from "./interfaces/IRateCard.sol";
import {AssetClass, ReplicaType, MODALITIES} from "./interfaces/Types.sol";

/// @title The union's rate card
contract RateCard is IRateCard, AccessManaged {
    uint16 private constant WHOLE_BPS = 10_000;

    /// @dev Kinds of price; six modalities of 40 bits share a word, so that a sum over modalities is one read.
    enum Price {
        LICENCE,
        TRAINING,
        PASSIVE_SCENE,
        ACTIVE_SCENE,
        PASSIVE_ITERATION,
        ACTIVE_ITERATION,
        DAY
    }

    /// @dev What isn't a price, in one word.
    struct Rules {
        uint40 effectiveFrom;
        uint16 premiumShareBps;
        uint16 benefitsBps;
        uint16 backgroundBenefitsBps;
        uint64 benefitsCeiling;
        uint16 duesBps;
        uint16 levyBps;
        uint16 maxTermDays;
        uint16 maxMinorTermDays;
        uint16 noticeHours;
        uint16 reportDays;
    }

    /// @dev Writers' rooms and the days of transparency, in a word of their own: no licence or use reads it.
    struct Transparency {
        uint16 firstEpisodes;
        uint16 secondEpisodes;
        uint8 firstWriters;
        uint8 secondWriters;
        uint8 thirdWriters;
        uint16 acknowledgeDays;
        uint16 challengeDays;
    }

    /// @inheritdoc IRateCard
    uint16 public lastVersion;

    mapping(uint16 version => Rules) private _rules;
    mapping(uint16 version => Transparency) private _transparency;
    mapping(uint16 version => mapping(Price => uint256 packed)) private _prices;

    constructor(address access) AccessManaged(access) {}

    /// @inheritdoc IRateCard
    function publish(Card calldata card) external restricted returns (uint16 version) {
        uint40 earliest = uint40(block.timestamp);
        if (_rules[lastVersion].effectiveFrom > earliest) earliest = _rules[lastVersion].effectiveFrom;
        require(card.effectiveFrom >= earliest, EffectiveInThePast(card.effectiveFrom, earliest));
        _checkPrices(card);
        _checkRates(card);
        _checkTransparency(card);

        version = ++lastVersion;
        _store(version, card);
        emit RateCardPublished(version, card);
    }

    /// @inheritdoc IRateCard
    function currentVersion() external view returns (uint16) {
        return _current();
    }

    /// @inheritdoc IRateCard
    function cardOf(uint16 version) external view returns (Card memory card) {
        Rules memory rules = _existing(version);
        card.licenceFees = _unpacked(_prices[version][Price.LICENCE]);
        card.trainingFees = _unpacked(_prices[version][Price.TRAINING]);
        card.passiveSceneFees = _unpacked(_prices[version][Price.PASSIVE_SCENE]);
        card.activeSceneFees = _unpacked(_prices[version][Price.ACTIVE_SCENE]);
        card.passiveIterationFees = _unpacked(_prices[version][Price.PASSIVE_ITERATION]);
        card.activeIterationFees = _unpacked(_prices[version][Price.ACTIVE_ITERATION]);
        uint40[6] memory day = _unpacked(_prices[version][Price.DAY]);
        card.dayRates = [day[0], day[1], day[2]];
        card.effectiveFrom = rules.effectiveFrom;
        card.premiumShareBps = rules.premiumShareBps;
        card.benefitsBps = rules.benefitsBps;
        card.backgroundBenefitsBps = rules.backgroundBenefitsBps;
        card.benefitsCeiling = rules.benefitsCeiling;
        card.duesBps = rules.duesBps;
        card.levyBps = rules.levyBps;
        card.maxTermDays = rules.maxTermDays;
        card.maxMinorTermDays = rules.maxMinorTermDays;
        card.noticeHours = rules.noticeHours;
        card.reportDays = rules.reportDays;
        Transparency storage transparency = _transparency[version];
        card.roomEpisodes = [transparency.firstEpisodes, transparency.secondEpisodes];
        card.roomWriters = [transparency.firstWriters, transparency.secondWriters, transparency.thirdWriters];
        card.acknowledgeDays = transparency.acknowledgeDays;
        card.challengeDays = transparency.challengeDays;
    }

    /// @inheritdoc IRateCard
    function currentTerms(uint16 version, uint8 modalities, bool training, bool minor)
        external
        view
        returns (uint64, uint64, uint16, Rates memory)
    {
        uint16 current = _current();
        require(version == current, RateCardChanged(version, current));
        return licenceTerms(version, modalities, training, minor);
    }

    /// @inheritdoc IRateCard
    function licenceTerms(uint16 version, uint8 modalities, bool training, bool minor)
        public
        view
        returns (uint64 licenceFee, uint64 trainingFee, uint16 termDays, Rates memory rates)
    {
        Rules memory rules = _existing(version);
        licenceFee = _sum(_prices[version][Price.LICENCE], modalities);
        if (training) trainingFee = _sum(_prices[version][Price.TRAINING], modalities);
        termDays = minor ? rules.maxMinorTermDays : rules.maxTermDays;
        rates = Rates({
            version: version,
            premiumShareBps: rules.premiumShareBps,
            benefitsBps: rules.benefitsBps,
            backgroundBenefitsBps: rules.backgroundBenefitsBps,
            duesBps: rules.duesBps,
            levyBps: rules.levyBps,
            benefitsCeiling: rules.benefitsCeiling
        });
    }

    /// @inheritdoc IRateCard
    function sceneTerms(uint16 version, uint8 modalities, AssetClass assetClass, ReplicaType replicaType)
        external
        view
        returns (uint64 sceneFee, uint64 iterationFee, uint40 day)
    {
        bool active = assetClass == AssetClass.ACTIVE;
        mapping(Price => uint256) storage prices = _prices[version];
        day = _priceOf(prices[Price.DAY], uint256(replicaType));
        require(day > 0, UnknownVersion(version));
        sceneFee = _sum(prices[active ? Price.ACTIVE_SCENE : Price.PASSIVE_SCENE], modalities);
        iterationFee = _sum(prices[active ? Price.ACTIVE_ITERATION : Price.PASSIVE_ITERATION], modalities);
    }

    /// @inheritdoc IRateCard
    function dayRate(uint16 version, ReplicaType replicaType) external view returns (uint40) {
        return _priceOf(_prices[version][Price.DAY], uint256(replicaType));
    }

    /// @inheritdoc IRateCard
    function currentLimits() external view returns (uint16 noticeHours, uint16 reportDays) {
        Rules storage rules = _rules[_current()];
        return (rules.noticeHours, rules.reportDays);
    }

    /// @inheritdoc IRateCard
    function minimumRoom(uint16 version, uint16 episodes) external view returns (uint8 writers) {
        Transparency storage tiers = _transparency[version];
        writers = tiers.firstWriters;
        require(writers > 0, UnknownVersion(version));
        if (episodes > tiers.secondEpisodes) writers = tiers.thirdWriters;
        else if (episodes > tiers.firstEpisodes) writers = tiers.secondWriters;
    }

    /// @inheritdoc IRateCard
    function transparencyTerms() external view returns (uint16 version, uint16 acknowledgeDays, uint16 challengeDays) {
        version = _current();
        Transparency storage terms = _transparency[version];
        return (version, terms.acknowledgeDays, terms.challengeDays);
    }

    function _store(uint16 version, Card calldata card) private {
        mapping(Price => uint256) storage prices = _prices[version];
        prices[Price.LICENCE] = _packed(card.licenceFees);
        prices[Price.TRAINING] = _packed(card.trainingFees);
        prices[Price.PASSIVE_SCENE] = _packed(card.passiveSceneFees);
        prices[Price.ACTIVE_SCENE] = _packed(card.activeSceneFees);
        prices[Price.PASSIVE_ITERATION] = _packed(card.passiveIterationFees);
        prices[Price.ACTIVE_ITERATION] = _packed(card.activeIterationFees);
        prices[Price.DAY] = _packed([card.dayRates[0], card.dayRates[1], card.dayRates[2], 0, 0, 0]);
        _rules[version] = Rules({
            effectiveFrom: card.effectiveFrom,
            premiumShareBps: card.premiumShareBps,
            benefitsBps: card.benefitsBps,
            backgroundBenefitsBps: card.backgroundBenefitsBps,
            benefitsCeiling: card.benefitsCeiling,
            duesBps: card.duesBps,
            levyBps: card.levyBps,
            maxTermDays: card.maxTermDays,
            maxMinorTermDays: card.maxMinorTermDays,
            noticeHours: card.noticeHours,
            reportDays: card.reportDays
        });
        _transparency[version] = Transparency({
            firstEpisodes: card.roomEpisodes[0],
            secondEpisodes: card.roomEpisodes[1],
            firstWriters: card.roomWriters[0],
            secondWriters: card.roomWriters[1],
            thirdWriters: card.roomWriters[2],
            acknowledgeDays: card.acknowledgeDays,
            challengeDays: card.challengeDays
        });
    }

    function _current() private view returns (uint16 version) {
        version = lastVersion;
        while (version > 0 && _rules[version].effectiveFrom > block.timestamp) version--;
        require(version > 0, UnknownVersion(0));
    }

    function _existing(uint16 version) private view returns (Rules memory rules) {
        rules = _rules[version];
        require(rules.effectiveFrom > 0, UnknownVersion(version));
    }

    function _sum(uint256 packed, uint256 modalities) private pure returns (uint64 total) {
        // Six prices of 40 bits can't overflow.
        unchecked {
            for (; modalities > 0; modalities >>= 1) {
                if (modalities & 1 == 1) total += uint40(packed);
                packed >>= 40;
            }
        }
    }

    function _priceOf(uint256 packed, uint256 index) private pure returns (uint40) {
        return uint40(packed >> (index * 40));
    }

    function _packed(uint40[6] memory prices) private pure returns (uint256 packed) {
        for (uint256 m = 0; m < MODALITIES; m++) {
            packed |= uint256(prices[m]) << (m * 40);
        }
    }

    function _unpacked(uint256 packed) private pure returns (uint40[6] memory prices) {
        for (uint256 m = 0; m < MODALITIES; m++) {
            prices[m] = _priceOf(packed, m);
        }
    }

    function _checkPrices(Card calldata card) internal pure {
        for (uint256 m = 0; m < MODALITIES; m++) {
            uint40 scan = card.licenceFees[m];
            require(scan > 0 && card.trainingFees[m] > 0, MissingRate());
            require(card.passiveIterationFees[m] > 0 && card.activeIterationFees[m] > 0, MissingRate());
            uint40 passive = card.passiveSceneFees[m];
            require(passive > scan, UseNotDearerThanScan(m, AssetClass.PASSIVE, passive, scan));
            uint40 active = card.activeSceneFees[m];
            require(active > scan, UseNotDearerThanScan(m, AssetClass.ACTIVE, active, scan));
        }
        for (uint256 r = 0; r < 3; r++) {
            require(card.dayRates[r] > 0, MissingRate());
        }
    }

    function _checkRates(Card calldata card) internal pure {
        uint16[5] memory shares =
            [card.premiumShareBps, card.benefitsBps, card.backgroundBenefitsBps, card.duesBps, card.levyBps];
        for (uint256 i = 0; i < 5; i++) {
            require(shares[i] <= WHOLE_BPS, ShareTooLarge(shares[i]));
        }
        require(card.premiumShareBps > 0 && card.benefitsCeiling > 0, MissingRate());
        require(card.maxTermDays > 0 && card.maxMinorTermDays > 0, MissingRate());
        require(card.maxMinorTermDays <= card.maxTermDays, MinorTermTooLong(card.maxMinorTermDays, card.maxTermDays));
        require(card.noticeHours > 0 && card.reportDays > 0, MissingRate());
    }

    function _checkTransparency(Card calldata card) internal pure {
        uint16[2] calldata episodes = card.roomEpisodes;
        uint8[3] calldata writers = card.roomWriters;
        require(episodes[0] > 0 && writers[0] > 0, MissingRate());
        require(episodes[0] < episodes[1], TiersNotAscending(episodes[0], episodes[1]));
        require(writers[0] <= writers[1], RoomShrinks(writers[1], writers[0]));
        require(writers[1] <= writers[2], RoomShrinks(writers[2], writers[1]));
        require(card.acknowledgeDays > 0 && card.challengeDays > 0, MissingRate());
    }
}
