// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Ensemble pools: one deposit or stream pays thousands, by units
/// @notice A pool belongs to a production. Its members sit in chunks; a chunk is a roster of seats, seven bytes each:
/// member (3) and units (4), members ascending. Only a chunk's hash is stored; the roster is in `PoolSeated`, and comes
/// back with every call about the chunk.
///
/// The pool's index is what one unit has earned since the pool was opened, in 2^-64 units of money. A seat has earned
/// `floor(units * (index - start) / 2^64)`, `start` being the index when its chunk was seated: who pushes, and how
/// often, changes nobody's total. What a seat leaves below one unit goes to those who stay.
///
/// A stream spreads over payroll cycles as a member's does: a first and a last part by their share of time, equal ones
/// between. Of each cycle's part, what the clock has passed of the cycle has been earned; so a stream's last part is
/// whole when its last cycle ends. Pay of a single day is better a lump.
///
/// Dues, benefits and levy are split off when money enters, at the rates of the pool's rate card version; pool pay has
/// no ceiling and no agent's share. What entered never goes back to the studio.
interface IEnsemblePools {
    /// @notice A pool. `index` and `remainder` are in 2^-64 units of money; `remainder` waits to be divided.
    /// `rate` is what streams bring this cycle, of which `partly` is in the index already.
    struct Pool {
        uint24 productionId;
        address manager;
        uint128 index;
        uint40 units;
        uint40 remainder;
        uint48 dues;
        uint64 rate;
        uint16 settledTo;
        uint64 partly;
        uint16 streamsEnd;
        uint16 chunks;
        uint16 benefitsBps;
        uint16 duesBps;
        uint16 levyBps;
    }

    /// @notice A chunk to act on: its number, the pool's index when it was seated, and its roster, as `PoolSeated` told.
    struct Chunk {
        uint32 poolId;
        uint16 number;
        uint128 start;
        bytes roster;
    }

    /// @notice `manager` is the module that seats and charges; zero when the studio itself does.
    event PoolOpened(
        uint32 indexed poolId,
        uint24 indexed productionId,
        address manager,
        uint16 rateCardVersion,
        uint16 benefitsBps,
        uint16 duesBps,
        uint16 levyBps
    );

    event PoolSeated(uint32 indexed poolId, uint16 indexed chunk, uint128 start, uint40 units, bytes roster);

    /// @notice These seats, by position, left with everything earned up to `index - start`.
    event SeatsVacated(uint32 indexed poolId, uint16 indexed chunk, uint128 earned, uint64 paid, uint16[] seats);

    /// @notice These seats, by position, were paid alone up to `index - start`.
    event SeatsPaid(uint32 indexed poolId, uint16 indexed chunk, uint128 earned, uint64 paid, uint16[] seats);

    /// @notice Every seat of the chunk is now paid up to `earned`, which is `index - start`.
    event PoolPushed(uint32 indexed poolId, uint16 indexed chunk, uint128 earned, uint64 paid);

    /// @notice The wallet could not receive; the amount, within `paid`, is owed in the member's account.
    event PoolPayHeld(uint32 indexed poolId, uint24 indexed memberId, address wallet, uint64 amount);

    /// @notice A lump from the production's free balance; gross less dues is the members'.
    event PoolFunded(uint32 indexed poolId, uint64 gross, uint64 dues, uint64 benefits, uint64 levy);

    event PoolStreamOpened(
        uint32 indexed poolId, uint40 start, uint40 end, uint64 gross, uint64 dues, uint64 benefits, uint64 levy
    );

    /// @notice Free balance set aside for `unitUses` at `price` each, benefits and levy included.
    event PoolReserved(uint32 indexed poolId, uint64 price, uint64 unitUses, uint64 held);

    /// @notice A lump from what was reserved.
    event PoolCharged(uint32 indexed poolId, uint64 gross, uint64 dues, uint64 benefits, uint64 levy);

    event PoolReleased(uint32 indexed poolId, uint64 price, uint64 unitUses, uint64 held);

    /// @notice Dues went to the union's account, and what nobody is left to earn to the pipeline fund's.
    event PoolSwept(uint32 indexed poolId, uint64 dues, uint64 abandoned);

    /// @notice There is no such pool. Open it first.
    error NoPool(uint32 poolId);

    /// @notice Only the pool's manager may do this.
    error NotTheManager(uint32 poolId, address caller);

    /// @notice The pool has no units. Seat members first.
    error PoolIsEmpty(uint32 poolId);

    /// @notice A roster has 1 to 400 seats of seven bytes. Split or mend it.
    error BadRoster(uint256 length);

    /// @notice Members ascend within a roster, each once.
    error NotAscending(uint256 position);

    /// @notice A seat needs at least one unit.
    error NoUnits(uint256 position);

    /// @notice The highest member of the roster isn't enrolled.
    error NotAMember(uint24 memberId);

    /// @notice Start and roster aren't this chunk's. Take them from its `PoolSeated` event.
    error NotThisChunk(uint32 poolId, uint16 chunk);

    /// @notice The seat is not there, or empty.
    error NoSuchSeat(uint16 seat);

    /// @notice Name at least one seat.
    error NoSeats();

    /// @notice A stream into a pool starts now (0) or later, and ends after it starts.
    error BadStreamTime(uint40 start, uint40 end);

    /// @notice The pool's manager has reserved less than this for it. Reserve more first.
    error NotReserved(uint32 poolId, uint256 reserved, uint256 needed);

    /// @notice Call payroll, not its code for pools.
    error OnlyThroughPayroll();

    /// @notice Opens a pool at the rates of the rate card in effect. By the production's studio, which then manages
    /// it; or by a module that may charge the production, which then does.
    /// @param background Whether benefits are owed at the background rate.
    function openPool(uint24 productionId, bool background) external returns (uint32 poolId);

    /// @notice Seats members, a chunk a roster. Only the pool's manager.
    /// @return firstChunk Number of the first chunk; the others follow.
    function seat(uint32 poolId, bytes[] calldata rosters) external returns (uint16 firstChunk);

    /// @notice Pays these seats, by position, what they earned until now, and empties them. Only the pool's manager.
    function unseat(Chunk calldata chunk, uint16[] calldata seats) external;

    /// @notice Divides a gross lump from the production's free balance among all units. Only the studio.
    function fundPool(uint32 poolId, uint64 gross) external;

    /// @notice Streams a gross amount to all units over the cycles of [start, end); 0 starts now. It can't be cancelled.
    /// Only the studio.
    function streamToPool(uint32 poolId, uint64 gross, uint40 start, uint40 end) external;

    /// @notice Pays every seat of a chunk what it earned until now. By anyone.
    function push(Chunk calldata chunk) external returns (uint64 paid);

    /// @notice Pays these seats, by position, alone. By anyone.
    function paySeats(Chunk calldata chunk, uint16[] calldata seats) external returns (uint64 paid);

    /// @notice Passes pools' dues on to the union's account, and, from a pool that all have left and nothing streams
    /// into, what remains to the pipeline fund's. By anyone.
    function sweepPools(uint32[] calldata poolIds) external;

    /// @notice Sets free balance aside for uses: units times uses, at a gross price each. Only a managing module.
    function reserveForPool(uint32 poolId, uint64 price, uint64 unitUses) external;

    /// @notice Divides the price of so many uses, of all units, from what was reserved. Only a managing module.
    function chargePool(uint32 poolId, uint64 price, uint32 uses) external;

    /// @notice Frees what was reserved and is not needed. Only a managing module.
    function releaseFromPool(uint32 poolId, uint64 price, uint64 unitUses) external;

    /// @notice A pool, settled until now.
    function poolOf(uint32 poolId) external view returns (Pool memory);

    /// @notice How many pools there are; numbers run from 1.
    function poolCount() external view returns (uint32);

    /// @notice What a seat would be paid now.
    function seatDue(Chunk calldata chunk, uint16 seat) external view returns (uint64);

    /// @notice What every seat of a chunk would be paid now, summed.
    function chunkDue(Chunk calldata chunk) external view returns (uint64);
}
