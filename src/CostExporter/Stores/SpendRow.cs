namespace LlmTelemetry.CostExporter.Stores;

/// <summary>What one key spent in one hour: an increment on its way to the store.</summary>
/// <param name="Hour">The UTC hour the calls ended in, counted from 1970-01-01T00:00Z.</param>
/// <param name="Day">The day of the configured time zone they ended in; its month follows. A UTC hour can lie in two days where the zone is off the hour, so the day is part of the row.</param>
/// <param name="Key">Whose spend it is.</param>
/// <param name="Measures">How much. Only read by stores.</param>
public readonly record struct SpendRow(long Hour, DateOnly Day, SpendKey Key, SpendMeasures Measures)
{
    /// <summary>The period that the row is added to: a UTC hour, or midnight (offset 0) of the day or of the month's first day.</summary>
    public DateTimeOffset PeriodOf(SpendGrain grain) => SpendPeriods.Of(grain, in this);

    /// <summary>The key that it is added to there: days and months do not keep what there is no end of, conversations and sessions.</summary>
    public SpendKey KeyIn(SpendGrain grain) => grain == SpendGrain.Hour || Key.More is not { } more
        ? Key
        : Key with { More = SpendKeyMore.Of(more.Parts.WithoutIds(), [.. more.Tags]) };
}
