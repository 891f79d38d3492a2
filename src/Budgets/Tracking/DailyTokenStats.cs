using System.Text.Json.Serialization;

namespace LlmTelemetry.Budgets;

/// <summary>Where a day's tokens stand. As JSON: <c>{date, usage, limit, remaining, percentUsed, withinLimit}</c>, and <c>isStale</c> where it is.</summary>
/// <param name="Date">The day, in the zone of the options.</param>
/// <param name="Usage">Tokens used.</param>
/// <param name="Limit">Tokens a day.</param>
/// <param name="IsStale">Whether the store could not be asked, so that usage reads 0.</param>
public sealed record DailyTokenStats(
    DateOnly Date, long Usage, long Limit, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), JsonPropertyOrder(1)] bool IsStale = false)
{
    /// <summary>Tokens left; never below 0.</summary>
    public long Remaining => Math.Max(0, Limit - Usage);

    /// <summary>Tokens used, of 100.</summary>
    public double PercentUsed => 100d * Usage / Limit;

    /// <summary>Whether usage is at most the limit.</summary>
    public bool WithinLimit => Usage <= Limit;
}
