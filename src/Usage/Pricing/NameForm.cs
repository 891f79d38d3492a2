namespace LlmTelemetry.Usage;

/// <summary>One way to write the name of a model.</summary>
/// <param name="Name">Trimmed and in lower case.</param>
/// <param name="Done">What was done to the name as it was given, for people; null: nothing.</param>
/// <param name="Region">Where the name says that the model runs; null: it does not say.</param>
internal readonly record struct NameForm(string Name, string? Done = null, string? Region = null)
{
    /// <summary>Whether it names something of the customer's own: only patterns that speak of such things mean it.</summary>
    public bool IsCustom { get; } = CustomName.Is(Name);

    public NameForm Then(string name, string done, string? region = null) => new(name, Done is null ? done : $"{Done}, {done}", region ?? Region);
}
