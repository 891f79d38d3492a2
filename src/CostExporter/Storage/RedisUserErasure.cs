namespace LlmTelemetry.CostExporter;

/// <summary>
/// Gives what a user spent to <c>_erased</c>, and deletes the user's sessions: one script for each partition and period, so that no reader sees a part of it
/// and doing it again finds what is left. Hours come first, because days say in which hours the user was; an hour's script also deletes the sessions that its
/// rows name, because nothing names them afterwards.
/// </summary>
internal sealed class RedisUserErasure(RedisConnection connection, Keys keys, SpendPeriods periods, string user)
{
    private const int PeriodsAtOnce = 64;

    // What one script moves: enough for any period of one person, and still well under the time limit.
    private const int FieldsAtOnce = 5000;

    // An exporter may add to what was just erased.
    private const int MaxRounds = 3;

    private static readonly string Script = StoreScript.ReadAdding("move.lua");
    private static readonly string Nobody = ErasedUser.Name;

    private readonly string _field = KeyText.Encode(user);

    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        var changed = 0L;
        foreach (var partition in user == Nobody ? [] : await RedisErasure.PartitionsAsync(connection, keys, cancellationToken).ConfigureAwait(false))
        {
            for (var (round, last) = (0, -1L); round < MaxRounds && last != 0; round++)
            {
                last = await EraseAsync(partition, cancellationToken).ConfigureAwait(false);
                changed += last;
            }
        }

        return changed;
    }

    private async Task<long> EraseAsync(string partition, CancellationToken cancellationToken)
    {
        var changed = 0L;
        foreach (var grain in SpendPeriods.Grains)
        {
            var all = grain == SpendGrain.Hour ? await HoursAsync(partition, cancellationToken).ConfigureAwait(false) : periods.All(grain);
            foreach (var some in all.Chunk(PeriodsAtOnce))
            {
                var found = await Task.WhenAll(some.Select(period => FindAsync(partition, grain, period, cancellationToken))).ConfigureAwait(false);
                foreach (var moves in found.SelectMany(moves => moves.Chunk(FieldsAtOnce)))
                {
                    var arguments = new RedisMoves(moves);
                    changed += (long)await connection.RunAsync(Script, arguments.Keys, arguments.Values, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        return changed;
    }

    // Those kept now, and those of every day that the user was there: hours may have been kept for longer before.
    private async Task<IEnumerable<DateTimeOffset>> HoursAsync(string partition, CancellationToken cancellationToken)
    {
        var hours = periods.All(SpendGrain.Hour).ToHashSet();
        foreach (var days in periods.All(SpendGrain.Day).Chunk(PeriodsAtOnce))
        {
            var there = await connection.CallAsync(
                redis => Task.WhenAll(days.Select(day => redis.HashExistsAsync(keys.ByUser(partition, SpendGrain.Day, day), _field))), cancellationToken).ConfigureAwait(false);
            foreach (var day in days.Zip(there).Where(day => day.Second).Select(day => day.First))
            {
                // Whose hours these are from now on must be named before they are.
                await RedisNames.AddAsync(connection, keys.ByUser(partition, SpendGrain.Day, day), [KeyText.Encode(Nobody)], cancellationToken).ConfigureAwait(false);
                hours.UnionWith(periods.HoursOf(day));
            }
        }

        return hours.Order();
    }

    private async Task<IReadOnlyList<RedisMove>> FindAsync(string partition, SpendGrain grain, DateTimeOffset period, CancellationToken cancellationToken)
    {
        var (rows, figures) = (keys.Rows(partition, grain, period, user), keys.FiguresByUser(partition, grain, period));
        var ofRows = await RedisHashes.FieldsAsync(connection, rows, startsWith: "", cancellationToken).ConfigureAwait(false);
        var ofFigures = await RedisHashes.FieldsAsync(connection, figures, _field + KeyText.Separator, cancellationToken).ConfigureAwait(false);
        List<RedisMove> moves =
        [
            .. ofRows.Select(field => new RedisMove(
                rows, field, keys.Rows(partition, grain, period, Nobody), SpendKeyText.Erase(field, SpendKeyText.RowParts, user: null),
                SpendKeyText.SessionOf(field, SpendKeyText.RowParts) is { } session ? keys.Session(partition, session) : null)),
            .. ofFigures.Select(field => new RedisMove(figures, field, figures, SpendKeyText.Erase(field, SpendKeyText.FigureParts, user: 0))),
        ];
        var byUser = keys.ByUser(partition, grain, period);
        var list = grain == SpendGrain.Hour ? null : keys.Top(partition, grain, period, SpendDimension.User);
        moves.AddRange(await connection.CallAsync(redis => redis.HashExistsAsync(byUser, _field), cancellationToken).ConfigureAwait(false)
            ? [new RedisMove(byUser, _field, byUser, KeyText.Encode(Nobody), IsSum: true, List: list)]
            : []);
        if (grain == SpendGrain.Hour)
        {
            // Of an hour that lies in two days.
            var withDay = await RedisHashes.FieldsAsync(connection, byUser, _field + KeyText.Separator, cancellationToken).ConfigureAwait(false);
            moves.AddRange(withDay.Select(field => new RedisMove(byUser, field, byUser, KeyText.Encode(Nobody) + field[_field.Length..], IsSum: true)));
        }

        return moves;
    }
}
