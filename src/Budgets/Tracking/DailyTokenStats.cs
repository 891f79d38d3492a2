using System.Text.Json.Serialization;

namespace LlmTelemetry.Budgets;

/// <summary>Where a day's tokens stand. As JSON, whatever the naming policy: <c>{date, usage, limit, remaining, percentUsed, withinLimit}</c>, and <c>isStale</c> where it is.</summary>
/// <param name="Date">The day, in the zone of the options.</param>
/// <param name="Usage">Tokens used.</param>
/// <param name="Limit">Tokens a day.</param>
/// <param name="IsStale">Whether the store could not be asked, so that usage reads 0.</param>
public sealed record DailyTokenStats(
    [property: JsonPropertyName("date")] DateOnly Date,
    [property: JsonPropertyName("usage")] long Usage,
    [property: JsonPropertyName("limit")] long Limit,
    [property: JsonPropertyName("isStale"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), JsonPropertyOrder(1)] bool IsStale = false)
{
    /// <summary>Tokens left; never below 0.</summary>
    [JsonPropertyName("remaining")]
    public long Remaining => Math.Max(0, Limit - Usage);

    /// <summary>Tokens used, of 100.</summary>
    [JsonPropertyName("percentUsed")]
    public double PercentUsed => 100d * Usage / Limit;

    /// <summary>Whether usage is at most the limit.</summary>
    [JsonPropertyName("withinLimit")]
    public bool WithinLimit => Usage <= Limit;
}
