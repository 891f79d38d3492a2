namespace LlmTelemetry.CostExporter.Stores;

/// <summary>
/// Whose spend a row holds. Null: the call did not say, or it is not kept; it is another value than the empty text. Any text may occur: separators,
/// control characters, lone surrogates, thousands of characters.
/// </summary>
/// <param name="Provider">See <see cref="SpendDimension.Provider"/>.</param>
/// <param name="Model">See <see cref="SpendDimension.Model"/>.</param>
/// <param name="User">See <see cref="SpendDimension.User"/>.</param>
/// <param name="Tenant">See <see cref="SpendDimension.Tenant"/>.</param>
/// <param name="Feature">See <see cref="SpendDimension.Feature"/>.</param>
/// <param name="More">What only some rows say; null for none.</param>
public readonly record struct SpendKey(string? Provider, string? Model, string? User, string? Tenant, string? Feature, SpendKeyMore? More = null)
{
    private const int Parts = 5;

    /// <summary>The value of a dimension; null where it is not said, and for a day. An operation that is not said is <c>chat</c>.</summary>
    public string? ValueOf(SpendDimension dimension) => dimension.Of(in this);

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    public static SpendKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Span<string?> parts = new string?[Parts];
        var more = SpendKeyText.Read(KeyText.Split(text, parts), out _);
        return new SpendKey(parts[0], parts[1], parts[2], parts[3], parts[4], more);
    }

    /// <summary>
    /// The whole key as one text, for stores to keep: different keys never become the same, there are no control characters nor lone surrogates in it,
    /// and it is the same in every version.
    /// </summary>
    public string ToText() => SpendKeyText.JoinHour([Provider, Model, User, Tenant, Feature], More, day: null);
}
