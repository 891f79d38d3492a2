namespace LlmTelemetry.Usage;

/// <summary>Whom a call is attributed to. Null: not said.</summary>
/// <param name="User">The end user's id, or its keyed hash: <paramref name="IsUserHashed"/>.</param>
/// <param name="Tenant">The customer or organisation.</param>
/// <param name="Feature">The feature, package or route of the product.</param>
/// <param name="Conversation">The conversation's id; never invented.</param>
/// <param name="Session">The session's id.</param>
/// <param name="Tier">The user's or tenant's plan.</param>
/// <param name="Tags">Free tags; not kept by reference longer than the event unless immutable.</param>
/// <param name="Client">The application or service that makes the calls; usually one for the whole process.</param>
/// <param name="Environment">Where it is deployed: <c>production</c>, <c>staging</c>.</param>
/// <param name="IsUserHashed">Whether <paramref name="User"/> is a hash: the id itself is nowhere.</param>
public readonly record struct Attribution(
    string? User = null,
    string? Tenant = null,
    string? Feature = null,
    string? Conversation = null,
    string? Session = null,
    string? Tier = null,
    IReadOnlyDictionary<string, string>? Tags = null,
    string? Client = null,
    string? Environment = null,
    bool IsUserHashed = false)
{
    /// <summary>The most UTF-16 units that a value is kept with.</summary>
    public const int MaxLength = 256;

    /// <summary>
    /// A value as trackers and stores keep it: without control characters, cut but never inside a surrogate pair, and half a pair as U+FFFD. The same
    /// object where nothing is to be done, which allocates nothing.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="maxLength">The most UTF-16 units that are kept.</param>
    public static string? Clean(string? value, int maxLength = MaxLength) => value is null ? null : CleanText.Of(value, maxLength);
}
