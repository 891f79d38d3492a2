namespace LlmTelemetry.StoreConformance;

/// <summary>What must be in a ledger: the sender's own account of it. Not thread-safe.</summary>
internal sealed class Tally
{
    public static readonly IReadOnlyList<SpendGrain> Grains = [SpendGrain.Hour, SpendGrain.Day, SpendGrain.Month];

    private readonly List<(SpendGrain Grain, SpendAggregate Row)> _rows = [];

    public bool HasFigures => _rows.Exists(at => IsFigure(at.Row.Key));

    /// <summary>Adds what a batch that was applied has added.</summary>
    /// <returns>How many increments are past their retention.</returns>
    public int Add(IEnumerable<SpendRow> rows, StoreSettings settings)
    {
        var expired = 0;
        foreach (var row in rows)
        {
            foreach (var grain in Grains)
            {
                if (PeriodOf(grain, in row) is var period && period < settings.FirstKept(grain))
                {
                    expired++;
                }
                else
                {
                    _rows.Add((grain, new SpendAggregate(period, KeyIn(grain, row.Key), Copy(row.Measures), grain == SpendGrain.Hour ? row.Day : null)));
                }
            }
        }

        return expired;
    }

    /// <summary>The same without the periods of a grain that ended before a day of UTC.</summary>
    public Tally Without(SpendGrain grain, DateOnly before)
    {
        var rest = new Tally();
        rest._rows.AddRange(_rows.Where(at => at.Grain != grain || DateOnly.FromDateTime(at.Row.Period.UtcDateTime) >= before));
        return rest;
    }

    /// <summary>What a reading must find.</summary>
    public IReadOnlyList<string> Expected(SpendRead read, StoreSettings settings)
    {
        var kept = settings.FirstKept(read.Grain);
        return Line.Of(
            read,
            _rows.Where(at => at.Grain == read.Grain && at.Row.Period >= read.From && at.Row.Period <= read.To && at.Row.Period >= kept && IsFigure(at.Row.Key) == read.OfFigures).Select(at => at.Row),
            settings.TimeZone);
    }

    /// <summary>The first and the last period that there is; null for none.</summary>
    public (DateTimeOffset From, DateTimeOffset To)? Range(SpendGrain grain) =>
        _rows.Exists(at => at.Grain == grain)
            ? (_rows.Where(at => at.Grain == grain).Min(at => at.Row.Period), _rows.Where(at => at.Grain == grain).Max(at => at.Row.Period))
            : null;

    private static bool IsFigure(in SpendKey key) => key.More?.Parts.Metric is not null;

    // What the contract says, worked out again.
    private static DateTimeOffset PeriodOf(SpendGrain grain, in SpendRow row) => grain switch
    {
        SpendGrain.Hour => DateTimeOffset.FromUnixTimeSeconds(row.Hour * 3600),
        SpendGrain.Day => new DateTimeOffset(row.Day, TimeOnly.MinValue, TimeSpan.Zero),
        _ => new DateTimeOffset(row.Day.AddDays(1 - row.Day.Day), TimeOnly.MinValue, TimeSpan.Zero),
    };

    private static SpendKey KeyIn(SpendGrain grain, in SpendKey key) => grain == SpendGrain.Hour || key.More is not { } more
        ? key
        : key with { More = SpendKeyMore.Of(more.Parts with { Conversation = null, Session = null }, [.. more.Tags]) };

    private static SpendMeasures Copy(SpendMeasures measures)
    {
        var copy = new SpendMeasures();
        copy.Add(measures);
        return copy;
    }
}
