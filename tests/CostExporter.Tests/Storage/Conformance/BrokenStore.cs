using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>A store in memory that does one thing wrong: the suite must find it.</summary>
internal sealed class BrokenStore(StoreSettings settings, Flaw flaw, Dictionary<string, BrokenStore.Kept> shared) : ISpendStore
{
    private Kept _kept = new();

    public Task OpenAsync(CancellationToken cancellationToken)
    {
        lock (shared)
        {
            ref var kept = ref CollectionsMarshal.GetValueRefOrAddDefault(shared, flaw == Flaw.SharesPrefixes ? "" : settings.KeyPrefix, out var exists);
            if (!exists && settings.ReadOnly && flaw != Flaw.MakesWhatItReads)
            {
                shared.Remove(settings.KeyPrefix);
                throw new IOException("It is not there.");
            }

            _kept = kept ??= new Kept { Zone = settings.TimeZone };
            if (flaw == Flaw.ForgetsNumbersWhenOpened)
            {
                _kept.Numbers.Clear();
            }

            if (!_kept.Zone.HasSameRules(settings.TimeZone) && flaw != Flaw.IgnoresTheZone)
            {
                throw new SpendStoreMismatchException($"{_kept.Zone.Id} is not {settings.TimeZone.Id}.", _kept.Zone.Id);
            }
        }

        return Task.CompletedTask;
    }

    public string PartitionOf(in SpendKey key) => flaw == Flaw.NumbersTenantsTogether ? key.Tenant ?? "none" : "all";

    public async Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken)
    {
        // The partition is left out: right where there is one.
        var instance = flaw == Flaw.MixesInstances ? "" : batch.Instance;
        long last;
        lock (_kept)
        {
            last = _kept.Numbers.GetValueOrDefault(instance);
            if (flaw != Flaw.ChecksBeforeItLocks)
            {
                return Apply(batch, instance, last);
            }
        }

        await Task.Yield();
        lock (_kept)
        {
            return Apply(batch, instance, last);
        }
    }

    public async IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<SpendAggregate> rows;
        lock (_kept)
        {
            rows = Read(read);
        }

        foreach (var row in rows)
        {
            if (flaw == Flaw.LocksWhileItIsRead && !await _kept.Reading.WaitAsync(settings.Timeout, CancellationToken.None))
            {
                throw new TimeoutException("Another reads.");
            }

            yield return row;
            if (flaw == Flaw.LocksWhileItIsRead)
            {
                _kept.Reading.Release();
            }
        }
    }

    public Task<IReadOnlyList<StoredSession>> ReadSessionsAsync(SessionRead read, CancellationToken cancellationToken) =>
        SessionsOfHours.ReadAsync(this, flaw == Flaw.MixesSessionsOfTenants ? read with { AnyTenant = true } : read, cancellationToken);

    private BatchReply Apply(SpendBatch batch, string instance, long last)
    {
        if (batch.Number <= last && flaw != Flaw.AppliesTwice)
        {
            return new BatchReply(flaw == Flaw.SaysAppliedAgain ? BatchStatus.Applied : BatchStatus.AlreadyApplied, last);
        }

        if (batch.Number > last + 1 && flaw != Flaw.IgnoresGaps)
        {
            return new BatchReply(BatchStatus.Gap, last);
        }

        if (flaw == Flaw.RefusesLateRows && batch.Rows.Any(row => row.PeriodOf(SpendGrain.Month) < settings.FirstKept(SpendGrain.Month)))
        {
            throw new InvalidOperationException("Too late.");
        }

        if (flaw != Flaw.LeavesHalfABatch && batch.Rows.Any(DoesNotFit))
        {
            throw new OverflowException("It does not fit.");
        }

        var expired = 0;
        foreach (var grain in Enum.GetValues<SpendGrain>())
        {
            foreach (var row in flaw == Flaw.LosesTheLastRowOfAFullBatch ? batch.Rows.Take(SpendBatch.MaxRows - 1) : batch.Rows)
            {
                expired += Add(grain, in row);
            }
        }

        _kept.Numbers[instance] = batch.Number;
        return new BatchReply(BatchStatus.Applied, batch.Number, flaw == Flaw.HidesLateRows ? 0 : expired);
    }

    private bool DoesNotFit(SpendRow row)
    {
        var sum = new SpendMeasures();
        sum.Add(row.Measures);
        if (_kept.Rows.TryGetValue((SpendGrain.Month, row.PeriodOf(SpendGrain.Month), Change(row.KeyIn(SpendGrain.Month)), null), out var before))
        {
            sum.Add(before);
        }

        return Enumerable.Range(0, sum.Count).Any(i => sum.At(i).Value >> 96 != 0);
    }

    private int Add(SpendGrain grain, in SpendRow row)
    {
        var inUtc = flaw == Flaw.BooksDaysInUtc && grain != SpendGrain.Hour;
        var booked = inUtc ? row with { Day = DateOnly.FromDateTime(row.PeriodOf(SpendGrain.Hour).UtcDateTime) } : row;
        var period = booked.PeriodOf(grain);
        if (period < settings.FirstKept(grain) && flaw != Flaw.KeepsLateRows)
        {
            return 1;
        }

        var day = grain == SpendGrain.Hour && flaw != Flaw.ForgetsTheDayOfHours ? row.Day : (DateOnly?)null;
        var key = Change(flaw == Flaw.KeepsConversationsInDays ? row.Key : row.KeyIn(grain));
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_kept.Rows, (grain, period, key, day), out _);
        sum ??= new SpendMeasures();
        for (var i = 0; i < row.Measures.Count; i++)
        {
            var (measure, value) = row.Measures.At(i);
            var (before, wanted) = (sum[measure], sum[measure] + value);
            if (wanted >> 96 != 0)
            {
                // Too late: what came before it is written.
                throw new OverflowException("It does not fit.");
            }

            sum.Add(measure, Round(wanted) - before);
        }

        return 0;
    }

    private Int128 Round(Int128 value) => flaw switch
    {
        Flaw.LosesALimb => value & ((Int128.One << 48) - 1),
        Flaw.AddsInDoubles => (Int128)(double)value,
        Flaw.AddsInInt64 => unchecked((long)value),
        Flaw.AddsInDecimals when value > (Int128.One << 95) => Int128.One << 95,
        _ => value,
    };

    private SpendKey Change(SpendKey key) => flaw switch
    {
        Flaw.IgnoresCase => key with { User = key.User?.ToUpperInvariant() },
        Flaw.TakesEmptyForNull => key with { Feature = key.Feature?.Length == 0 ? null : key.Feature },
        Flaw.TrimsNames => key with { Model = key.Model?.TrimEnd() },
        Flaw.CutsLongNames => key with { User = key.User?.Length > 1000 ? key.User[..1000] : key.User },
        Flaw.LosesLoneSurrogates => key with { User = key.User is null ? null : System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(key.User)) },
        Flaw.ForgetsTags => key with { More = key.More is { } more ? SpendKeyMore.Of(more.Parts) : null },
        Flaw.ForgetsTiers => key with { More = key.More is { } more ? SpendKeyMore.Of(more.Parts with { Tier = null }, [.. more.Tags]) : null },
        _ => key,
    };

    private List<SpendAggregate> Read(SpendRead read)
    {
        var rows = new List<SpendAggregate>();
        var first = flaw == Flaw.ReadsWhatIsPast ? DateTimeOffset.MinValue : settings.FirstKept(read.Grain);
        foreach (var ((grain, period, key, day), measures) in _kept.Rows)
        {
            var isFigure = key.More?.Parts.Metric is not null;
            if (grain == read.Grain && period >= read.From && (flaw == Flaw.LeavesOutTheLastPeriod ? period < read.To : period <= read.To) && period >= first
                && (isFigure == read.OfFigures || flaw == Flaw.MixesFiguresIntoCalls))
            {
                var one = new SpendMeasures();
                one.Add(measures);
                var of = flaw == Flaw.MergesUsers ? key with { User = "ann" } : flaw == Flaw.LosesTenantsWhereUsersAreAsked && read.By.Contains(SpendDimension.User) ? key with { Tenant = null } : key;
                rows.Add(new SpendAggregate(period, of, flaw == Flaw.HandsOutItsOwnMeasures ? measures : one, day));
            }
        }

        return rows;
    }

    internal sealed class Kept
    {
        public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

        public Dictionary<string, long> Numbers { get; } = [];

        public Dictionary<(SpendGrain, DateTimeOffset, SpendKey, DateOnly?), SpendMeasures> Rows { get; } = [];

        public SemaphoreSlim Reading { get; } = new(1);
    }
}

/// <summary>What a store may do wrong.</summary>
public enum Flaw
{
    None,
    LeavesHalfABatch,
    AppliesTwice,
    SaysAppliedAgain,
    IgnoresGaps,
    MixesInstances,
    NumbersTenantsTogether,
    ChecksBeforeItLocks,
    ForgetsNumbersWhenOpened,
    LosesTheLastRowOfAFullBatch,
    LosesALimb,
    AddsInDoubles,
    AddsInInt64,
    AddsInDecimals,
    IgnoresCase,
    TakesEmptyForNull,
    TrimsNames,
    CutsLongNames,
    LosesLoneSurrogates,
    MergesUsers,
    LosesTenantsWhereUsersAreAsked,
    ForgetsTags,
    ForgetsTiers,
    KeepsConversationsInDays,
    BooksDaysInUtc,
    ForgetsTheDayOfHours,
    LeavesOutTheLastPeriod,
    ReadsWhatIsPast,
    KeepsLateRows,
    HidesLateRows,
    RefusesLateRows,
    MixesFiguresIntoCalls,
    MixesSessionsOfTenants,
    HandsOutItsOwnMeasures,
    LocksWhileItIsRead,
    SharesPrefixes,
    IgnoresTheZone,
    MakesWhatItReads,
}
