// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IEnsemblePools} from "./interfaces/IEnsemblePools.sol";
import {IMembers} from "./interfaces/IMembers.sol";
import {IPayees} from "./interfaces/IPayees.sol";
import {IPayroll} from "./interfaces/IPayroll.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IRateCard} from "./interfaces/IRateCard.sol";
import {CycleDeltas} from "./payroll/CycleDeltas.sol";
import {PayrollState} from "./payroll/PayrollState.sol";
import {PoolAccounts} from "./payroll/PoolAccounts.sol";
import {PoolSlots} from "./payroll/PoolSlots.sol";
import {PoolIndex, PoolTerms, PoolTermsWords} from "./payroll/PoolWords.sol";
import {Rosters} from "./payroll/Rosters.sol";
import {Schedules} from "./payroll/Schedules.sol";
import {ProductionWord} from "./payroll/Words.sol";

/// @title Ensemble pools
/// @dev Payroll's code for pools: payroll delegates to it whatever it doesn't answer itself, because both together are
/// larger than a contract may be. It holds no money and no state of its own.
contract EnsemblePools is PoolAccounts, ReentrancyGuardTransient {
    using CycleDeltas for CycleDeltas.Track;
    using PoolSlots for PoolSlots.State;
    using PoolSlots for PoolSlots.Chunk;
    using Rosters for bytes;

    /// @notice The contracts this code asks, and the three that run pools of their own.
    struct Modules {
        IMembers members;
        IRateCard rateCard;
        IProductions productions;
        IPayees payees;
        address poolGrants;
        address collectiveLicences;
        address writersRooms;
    }

    address private immutable SELF;
    IMembers private immutable MEMBERS;
    IRateCard private immutable RATE_CARD;
    IProductions private immutable PRODUCTIONS;
    IPayees private immutable PAYEES;
    address private immutable POOL_GRANTS;
    address private immutable COLLECTIVE_LICENCES;
    address private immutable WRITERS_ROOMS;

    modifier throughPayroll() {
        require(address(this) != SELF, OnlyThroughPayroll());
        _;
    }

    constructor(IERC20Metadata token, uint40 cycleSeconds, Modules memory modules)
        PayrollState(token, cycleSeconds, uint40(block.timestamp) / cycleSeconds * cycleSeconds)
    {
        SELF = address(this);
        MEMBERS = modules.members;
        RATE_CARD = modules.rateCard;
        PRODUCTIONS = modules.productions;
        PAYEES = modules.payees;
        POOL_GRANTS = modules.poolGrants;
        COLLECTIVE_LICENCES = modules.collectiveLicences;
        WRITERS_ROOMS = modules.writersRooms;
    }

    /// @inheritdoc IEnsemblePools
    function openPool(uint24 productionId, bool background) external throughPayroll returns (uint32 poolId) {
        bool managed = _mayManage(productionId, msg.sender);
        if (!managed) PRODUCTIONS.requireStudio(productionId, msg.sender);
        _load(productionId);
        uint16 version = RATE_CARD.currentVersion();
        (,,, IRateCard.Rates memory rates) = RATE_CARD.licenceTerms(version, 0, false, false);
        uint16 benefits = background ? rates.backgroundBenefitsBps : rates.benefitsBps;

        poolId = ++_pools.count;
        _pools.pools[poolId].terms =
            PoolTermsWords.opened(productionId, benefits, rates.duesBps, rates.levyBps, _today(), managed);
        address manager = managed ? msg.sender : address(0);
        if (managed) _pools.managers[poolId] = manager;
        emit PoolOpened(poolId, productionId, manager, version, benefits, rates.duesBps, rates.levyBps);
    }

    /// @inheritdoc IEnsemblePools
    function seat(uint32 poolId, bytes[] calldata rosters)
        external
        throughPayroll
        nonReentrant
        returns (uint16 firstChunk)
    {
        (PoolSlots.Pool storage slot, PoolIndex index, PoolTerms terms) = _settled(poolId);
        _requireManager(poolId, terms);
        uint24 lastMember = MEMBERS.memberCount();
        firstChunk = terms.chunks();
        uint128 start = index.index();
        for (uint256 i = 0; i < rosters.length; i++) {
            (uint256 units, uint256 highest) = rosters[i].check();
            require(highest <= lastMember, NotAMember(uint24(highest)));
            uint16 number = terms.chunks();
            terms = terms.addChunks(1);
            index = index.addUnits(units);
            _pools.chunk(poolId, number).hash = keccak256(abi.encodePacked(start, rosters[i]));
            emit PoolSeated(poolId, number, start, uint40(units), rosters[i]);
        }
        (slot.index, slot.terms) = (index, terms);
    }

    /// @inheritdoc IEnsemblePools
    function unseat(Chunk calldata chunk, uint16[] calldata seats) external throughPayroll nonReentrant {
        (PoolSlots.Pool storage slot, PoolIndex index, PoolTerms terms) = _settled(chunk.poolId);
        _requireManager(chunk.poolId, terms);
        PoolSlots.Chunk storage stored = _chunk(chunk);
        uint128 earned = index.index() - chunk.start;
        Due[] memory list = _marked(stored, chunk.roster, seats, PoolSlots.VACATED);
        uint256 units = 0;
        uint256 fractions = 0;
        for (uint256 i = 0; i < list.length; i++) {
            units += Rosters.unitsOf(list[i].seat);
            fractions += uint64(Rosters.unitsOf(list[i].seat) * earned);
        }
        uint256 abandoned;
        (slot.index, abandoned) = index.without(units, fractions);
        if (abandoned > 0) _abandon(chunk.poolId, terms, 0, abandoned);
        uint64 paid = _pay(chunk.poolId, chunk.roster, list, 0, earned);
        emit SeatsVacated(chunk.poolId, chunk.number, earned, paid, seats);
    }

    /// @inheritdoc IEnsemblePools
    function fundPool(uint32 poolId, uint64 gross) external throughPayroll nonReentrant {
        (PoolSlots.Pool storage slot, PoolIndex index, PoolTerms terms) = _settled(poolId);
        PRODUCTIONS.requireStudio(terms.productionId(), msg.sender);
        require(index.units() > 0, PoolIsEmpty(poolId));
        Portion memory p = _portion(terms, gross);
        _takeFree(terms.productionId(), p);
        slot.index = index.earn(p.gross - p.dues).addDues(p.dues);
        emit PoolFunded(poolId, gross, uint64(p.dues), uint64(p.benefits), uint64(p.levy));
    }

    /// @inheritdoc IEnsemblePools
    function streamToPool(uint32 poolId, uint64 gross, uint40 start, uint40 end) external throughPayroll nonReentrant {
        uint40 begins = start == 0 ? uint40(block.timestamp) : start;
        require(begins >= block.timestamp && end > begins, BadStreamTime(start, end));
        (PoolSlots.Pool storage slot, PoolIndex index, PoolTerms terms) = _settled(poolId);
        PRODUCTIONS.requireStudio(terms.productionId(), msg.sender);
        require(index.units() > 0, PoolIsEmpty(poolId));
        Portion memory p = _portion(terms, gross);
        _takeFree(terms.productionId(), p);
        _pools.tracks[poolId].add(Schedules.spread(p.gross - p.dues, begins, end, EPOCH, CYCLE_SECONDS));
        slot.index = index.addDues(p.dues);
        slot.terms = terms.streamingUntil(uint256(_cycleAt(end - 1)) + 1);
        emit PoolStreamOpened(poolId, begins, end, gross, uint64(p.dues), uint64(p.benefits), uint64(p.levy));
    }

    /// @inheritdoc IEnsemblePools
    function push(Chunk calldata chunk) external throughPayroll nonReentrant returns (uint64 paid) {
        (, PoolIndex index,) = _settled(chunk.poolId);
        PoolSlots.Chunk storage stored = _chunk(chunk);
        uint128 earned = index.index() - chunk.start;
        uint128 from = stored.earned;
        stored.earned = earned;
        Due[] memory list;
        if (stored.marked > 0) list = _unmarked(stored, chunk.roster, from);
        paid = _pay(chunk.poolId, chunk.roster, list, from, earned);
        emit PoolPushed(chunk.poolId, chunk.number, earned, paid);
    }

    /// @inheritdoc IEnsemblePools
    function paySeats(Chunk calldata chunk, uint16[] calldata seats)
        external
        throughPayroll
        nonReentrant
        returns (uint64 paid)
    {
        (, PoolIndex index,) = _settled(chunk.poolId);
        PoolSlots.Chunk storage stored = _chunk(chunk);
        uint128 earned = index.index() - chunk.start;
        Due[] memory list = _marked(stored, chunk.roster, seats, earned);
        paid = _pay(chunk.poolId, chunk.roster, list, 0, earned);
        emit SeatsPaid(chunk.poolId, chunk.number, earned, paid, seats);
    }

    /// @inheritdoc IEnsemblePools
    function sweepPools(uint32[] calldata poolIds) external throughPayroll nonReentrant {
        for (uint256 i = 0; i < poolIds.length; i++) {
            (PoolSlots.Pool storage slot, PoolIndex index, PoolTerms terms) = _settled(poolIds[i]);
            uint256 abandoned;
            if (index.units() == 0 && terms.streams() && _today() >= terms.streamsEnd()) {
                (abandoned, terms) = _streamed(poolIds[i], terms);
                slot.terms = terms;
            }
            slot.index = index.withoutDues();
            _side.owed.dues += index.dues();
            _abandon(poolIds[i], terms, index.dues(), abandoned);
        }
    }

    /// @inheritdoc IEnsemblePools
    function reserveForPool(uint32 poolId, uint64 price, uint64 unitUses) external throughPayroll {
        (, PoolTerms terms) = _pool(poolId);
        _requireModule(poolId);
        uint24 productionId = terms.productionId();
        // The studio may have opted out since the pool was opened.
        require(_mayManage(productionId, msg.sender), IPayroll.ModuleNotAllowed(productionId, msg.sender));
        uint256 cost = _cost(_portion(terms, price)) * unitUses;
        _productions[productionId].word = _affording(productionId, cost).subFree(cost).addReserved(cost);
        _pools.reserved[poolId] += cost;
        emit PoolReserved(poolId, price, unitUses, uint64(cost));
    }

    /// @inheritdoc IEnsemblePools
    function chargePool(uint32 poolId, uint64 price, uint32 uses) external throughPayroll nonReentrant {
        (PoolSlots.Pool storage slot, PoolIndex index, PoolTerms terms) = _settled(poolId);
        _requireModule(poolId);
        require(index.units() > 0, PoolIsEmpty(poolId));
        // Every amount is per unit and use, so that how uses are batched changes nothing.
        Portion memory p = _times(_portion(terms, price), index.units() * uses);
        uint24 productionId = terms.productionId();
        _productions[productionId].word = _fromReserve(poolId, productionId, _cost(p)).addOnTop(p.benefits, p.levy);
        slot.index = index.earn(p.gross - p.dues).addDues(p.dues);
        emit PoolCharged(poolId, uint64(p.gross), uint64(p.dues), uint64(p.benefits), uint64(p.levy));
    }

    /// @inheritdoc IEnsemblePools
    function releaseFromPool(uint32 poolId, uint64 price, uint64 unitUses) external throughPayroll {
        (, PoolTerms terms) = _pool(poolId);
        _requireModule(poolId);
        uint24 productionId = terms.productionId();
        uint256 cost = _cost(_portion(terms, price)) * unitUses;
        _productions[productionId].word = _fromReserve(poolId, productionId, cost).addFree(cost);
        emit PoolReleased(poolId, price, unitUses, uint64(cost));
    }

    /// @inheritdoc IEnsemblePools
    function poolOf(uint32 poolId) external view returns (Pool memory pool) {
        (PoolIndex index, PoolTerms terms) = _now(poolId);
        return Pool({
            productionId: terms.productionId(),
            manager: _pools.managers[poolId],
            index: index.index(),
            units: uint40(index.units()),
            remainder: uint40(index.remainder()),
            dues: index.dues(),
            rate: uint64(terms.rate()),
            settledTo: terms.settledTo(),
            partly: uint64(terms.partly()),
            streamsEnd: terms.streamsEnd(),
            chunks: terms.chunks(),
            benefitsBps: uint16(terms.benefitsBps()),
            duesBps: uint16(terms.duesBps()),
            levyBps: uint16(terms.levyBps())
        });
    }

    /// @inheritdoc IEnsemblePools
    function poolCount() external view returns (uint32) {
        return _pools.count;
    }

    /// @inheritdoc IEnsemblePools
    function seatDue(Chunk calldata chunk, uint16 position) external view returns (uint64) {
        PoolSlots.Chunk storage stored = _chunk(chunk);
        (PoolIndex index,) = _now(chunk.poolId);
        Due memory its = _seat(stored, chunk.roster, position);
        return uint64(_between(Rosters.unitsOf(its.seat), its.from, index.index() - chunk.start));
    }

    /// @inheritdoc IEnsemblePools
    function chunkDue(Chunk calldata chunk) external view returns (uint64 amount) {
        PoolSlots.Chunk storage stored = _chunk(chunk);
        (PoolIndex index,) = _now(chunk.poolId);
        uint256 count = chunk.roster.seats();
        for (uint256 i = 0; i < count; i++) {
            uint256 units = Rosters.unitsOf(chunk.roster.seatAt(i));
            uint256 from = stored.earnedBy(i);
            if (from != PoolSlots.VACATED) amount += uint64(_between(units, from, index.index() - chunk.start));
        }
    }

    function _now(uint32 poolId) private view returns (PoolIndex index, PoolTerms terms) {
        PoolSlots.Pool storage slot;
        (slot, terms) = _pool(poolId);
        index = slot.index;
        if (terms.streams() && index.units() > 0) (index, terms) = _settle(poolId, index, terms);
    }

    /// @dev The seats at these positions, marked as paid that far.
    function _marked(PoolSlots.Chunk storage stored, bytes calldata roster, uint16[] calldata positions, uint128 earned)
        private
        returns (Due[] memory list)
    {
        require(positions.length > 0, NoSeats());
        list = new Due[](positions.length);
        for (uint256 k = 0; k < positions.length; k++) {
            list[k] = _seat(stored, roster, positions[k]);
            stored.mark(positions[k], earned);
        }
    }

    /// @dev A seat that is taken.
    function _seat(PoolSlots.Chunk storage stored, bytes calldata roster, uint16 position)
        private
        view
        returns (Due memory)
    {
        require(position < roster.seats(), NoSuchSeat(position));
        uint256 from = stored.earnedBy(position);
        require(from != PoolSlots.VACATED, NoSuchSeat(position));
        return Due(roster.seatAt(position), from);
    }

    function _abandon(uint32 poolId, PoolTerms terms, uint48 dues, uint256 abandoned) private {
        if (abandoned > 0) {
            uint24 productionId = terms.productionId();
            _productions[productionId].word = _load(productionId).addOnTop(0, abandoned);
        }
        emit PoolSwept(poolId, dues, uint64(abandoned));
    }

    /// @dev Takes what this pool's manager reserved; what grants and other pools set aside isn't theirs.
    function _fromReserve(uint32 poolId, uint24 productionId, uint256 cost) private returns (ProductionWord) {
        uint256 reserved = _pools.reserved[poolId];
        require(reserved >= cost, NotReserved(poolId, reserved, cost));
        _pools.reserved[poolId] = reserved - cost;
        return _load(productionId).subReserved(cost);
    }

    function _mayManage(uint24 productionId, address who) private view returns (bool) {
        if (who == POOL_GRANTS || who == COLLECTIVE_LICENCES || who == WRITERS_ROOMS) return true;
        return _optedIn[productionId][who] && PAYEES.moduleAdmitted(who);
    }

    function _requireManager(uint32 poolId, PoolTerms terms) private view {
        if (terms.isManaged()) _requireModule(poolId);
        else PRODUCTIONS.requireStudio(terms.productionId(), msg.sender);
    }

    function _requireModule(uint32 poolId) private view {
        require(msg.sender == _pools.managers[poolId], NotTheManager(poolId, msg.sender));
    }
}
